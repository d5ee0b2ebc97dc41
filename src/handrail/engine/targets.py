"""Where a request may go: never into our own network, whatever its name says today."""

import asyncio
import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

import msgspec

URL_CHARACTERS_MAX = 2_000
PORTS_REFUSED = frozenset({0, 22, 25, 53, 110, 143, 465, 587, 993, 995, 5432, 6379, 11211, 27017})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses of the outer internet that carry an inner one: it is judged by that.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",  # shared by providers
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "2001::/23",  # Teredo and other assignments for protocols
        "2002::/16",  # 6to4
        "fec0::/10",
        "64:ff9b:1::/48",
    )
)

_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


class ForbiddenTarget(Exception):
    """The address may not be connected to. The message says which rule it breaks."""


class Target(msgspec.Struct, frozen=True):
    """A checked place to connect to: exactly this address, under the name of the URL."""

    scheme: str
    host: str
    port: int
    address: str
    path: str  # with its query

    @property
    def url(self) -> str:
        """With the checked address in place of the name: nothing is resolved again."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == (443 if self.scheme == "https" else 80)
        return host if is_default else f"{host}:{self.port}"


def split_target(url: str, *, allow_loopback: bool = False) -> tuple[SplitResult, str, int]:
    """The parts of an acceptable URL: what can be said without asking for its address."""
    if len(url) > URL_CHARACTERS_MAX or any(ord(char) <= 32 or ord(char) >= 127 for char in url):
        raise ForbiddenTarget("the URL must be printable ASCII; write an IDN in its xn-- form")
    if "\\" in url:
        raise ForbiddenTarget("a URL has no backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as fault:
        raise ForbiddenTarget(f"not a URL: {fault}") from fault
    if parts.username is not None or parts.password is not None:
        raise ForbiddenTarget("the URL must not hold a user name or password")
    host = (parts.hostname or "").rstrip(".")
    if not host or "%" in host:
        raise ForbiddenTarget("the URL names no host")
    if parts.scheme != "https" and not (allow_loopback and parts.scheme == "http"):
        raise ForbiddenTarget("requests leave over https only")
    port = port if port is not None else (443 if parts.scheme == "https" else 80)
    if port in PORTS_REFUSED:
        raise ForbiddenTarget(f"port {port} is no place for a request")
    return parts, host, port


def check_url(url: str, *, allow_loopback: bool) -> None:
    """Raise ForbiddenTarget for one that can never be right, an address written out included."""
    _, host, _ = split_target(url, allow_loopback=allow_loopback)
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return  # a name: what it means today is asked at each request
    check_address(host.strip("[]"), allow_loopback=allow_loopback)


def check_address(text: str, *, allow_loopback: bool, allow_private: bool = False) -> None:
    """Raise ForbiddenTarget unless the address belongs to the outer internet."""
    address = _inner(ipaddress.ip_address(text.partition("%")[0]))
    if allow_loopback and address.is_loopback:
        return
    if allow_private and _is_private(address):
        return
    if (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or any(address in network for network in _REFUSED if network.version == address.version)
    ):
        raise ForbiddenTarget(f"{text} is not an address of the outer internet")


def _is_private(address: Address) -> bool:
    """Of a network of one's own. Link-local is not: there cloud machines keep their secrets."""
    return any(address in network for network in _PRIVATE if network.version == address.version)


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64 or int(address) >> 32 == 0:  # ::a.b.c.d, long deprecated
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def resolve(url: str, *, allow_loopback: bool, allow_private: bool = False) -> Target:
    """Ask for every address of the host and check each; one bad address refuses them all.

    `allow_private`: to networks of one's own as well, where a plain http is taken too.
    Raises ForbiddenTarget, or OSError when the name cannot be resolved now.
    """
    parts, host, port = split_target(url, allow_loopback=allow_loopback or allow_private)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise OSError(f"{host} has no address")
    for address in addresses:
        check_address(address, allow_loopback=allow_loopback, allow_private=allow_private)
    if parts.scheme == "http":  # only ever to ourselves
        for address in addresses:
            inner = _inner(ipaddress.ip_address(address))
            if not (inner.is_loopback or (allow_private and _is_private(inner))):
                raise ForbiddenTarget("requests leave over https only")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(
        scheme=parts.scheme, host=host, port=port, address=addresses[0].partition("%")[0], path=path
    )


def host_of(url: str) -> str:
    """To be shown: what stands behind the host may be a secret."""
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"

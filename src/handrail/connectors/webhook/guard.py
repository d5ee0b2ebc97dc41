"""Where a webhook may go: never into our own network, whatever its name says today."""

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
    def is_default_port(self) -> bool:
        return self.port == (443 if self.scheme == "https" else 80)


def split_target(url: str, *, allow_loopback: bool) -> tuple[SplitResult, str, int]:
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
        raise ForbiddenTarget("webhooks go over https only")
    port = port if port is not None else (443 if parts.scheme == "https" else 80)
    if port in PORTS_REFUSED:
        raise ForbiddenTarget(f"port {port} is no place for a webhook")
    return parts, host, port


def check_address(text: str, *, allow_loopback: bool) -> None:
    """Raise ForbiddenTarget unless the address belongs to the outer internet."""
    address = _inner(ipaddress.ip_address(text.partition("%")[0]))
    if allow_loopback and address.is_loopback:
        return
    if (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or any(address in network for network in _REFUSED if network.version == address.version)
    ):
        raise ForbiddenTarget(f"{text} is not an address of the outer internet")


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64 or int(address) >> 32 == 0:  # ::a.b.c.d, long deprecated
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


async def resolve(url: str, *, allow_loopback: bool) -> Target:
    """Ask for every address of the host and check each; one bad address refuses them all.

    Raises ForbiddenTarget, or OSError when the name cannot be resolved now.
    """
    parts, host, port = split_target(url, allow_loopback=allow_loopback)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise OSError(f"{host} has no address")
    for address in addresses:
        check_address(address, allow_loopback=allow_loopback)
    if parts.scheme == "http":  # only ever to ourselves
        for address in addresses:
            if not _inner(ipaddress.ip_address(address)).is_loopback:
                raise ForbiddenTarget("webhooks go over https only")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(
        scheme=parts.scheme, host=host, port=port, address=addresses[0].partition("%")[0], path=path
    )

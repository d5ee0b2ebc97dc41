"""How often somebody may knock at a public door: a bucket of tokens each."""

from collections import OrderedDict
from datetime import datetime
from ipaddress import IPv6Address, ip_address

import msgspec

NEIGHBOURS = 8  # times what one address may, a whole network may: offices and carriers share one
KNOWN_MAX = 50_000  # who knocks; the longest silent is forgotten first


class Allowance(msgspec.Struct, frozen=True):
    """`at_once`, and one more every `each_s` seconds."""

    at_once: int
    each_s: float


class _Bucket(msgspec.Struct):
    left: float
    at: datetime


class Buckets:
    """Of this node. Time comes from outside."""

    def __init__(self, allowance: Allowance, *, known_max: int = KNOWN_MAX) -> None:
        assert allowance.at_once > 0
        assert allowance.each_s > 0
        self._allowance = allowance
        self._known_max = known_max
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, who: str, *, now: datetime) -> bool:
        """Whether they may; then one token is gone."""
        most = self._allowance.at_once
        bucket = self._buckets.pop(who, None) or _Bucket(left=most, at=now)
        passed_s = max(0.0, (now - bucket.at).total_seconds())
        bucket.left = min(most, bucket.left + passed_s / self._allowance.each_s)
        bucket.at = max(bucket.at, now)
        self._buckets[who] = bucket
        if len(self._buckets) > self._known_max:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True


class Callers:
    """Per address and per network."""

    def __init__(self, allowance: Allowance) -> None:
        self._addresses = Buckets(allowance)
        self._networks = Buckets(
            Allowance(allowance.at_once * NEIGHBOURS, allowance.each_s / NEIGHBOURS)
        )

    def take(self, address: str, *, now: datetime) -> bool:
        return self._addresses.take(address, now=now) and self._networks.take(
            network_of(address), now=now
        )


def network_of(address: str) -> str:
    """Who shares a bucket: the /24 of IPv4, the /48 of IPv6; of no address, everybody."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return ":".join(found.exploded.split(":")[:3])
        found = found.ipv4_mapped
    return ".".join(str(found).split(".")[:3])

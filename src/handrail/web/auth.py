"""Who may: bearer keys with scopes."""

from collections.abc import Collection
from typing import Literal, Protocol

KeyScope = Literal[
    "leads:write",
    "handoffs:read",
    "handoffs:write",
    "roster:write",
    "contracts:write",
    "metrics:read",
    "admin",
]


class KnownKey(Protocol):
    """What a good key says of its bearer."""

    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> Collection[str]: ...


class KeyStore(Protocol):
    """What the doors need of the keys; `engine/keys.py` has them."""

    async def check(self, token: str) -> KnownKey | None:
        """The key that this bearer token (`hr_...`) belongs to, if it is live."""
        ...

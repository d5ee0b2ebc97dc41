"""Doors over HTTP: the JSON API under `/api/v1`, the console, health."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from handrail.web.settings import HookSource, WebSettings

if TYPE_CHECKING:
    from handrail.engine.engine import Engine
    from handrail.engine.keys import Keys

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

__all__ = ["HookSource", "WebSettings", "create_app"]


def create_app(
    *, engine: "Engine", keys: "Keys | None", settings: WebSettings | None = None
) -> AsgiApp:
    """The ASGI app of one node; run it with the lifespan on.

    `keys=None` is open access: whoever reaches it may do anything, so it answers only to the
    loopback's own names.
    """
    from handrail.web.app import build

    return build(engine=engine, keys=keys, settings=settings or WebSettings())

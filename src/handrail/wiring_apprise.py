"""The channel of other services: its file of addresses, and the guard over their hosts."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from handrail.connectors.apprise.allowed import NotAllowed
from handrail.connectors.apprise.client import AppriseSender, AppriseSettings, NotInstalled
from handrail.engine.settings import BadSetting, Settings
from handrail.engine.targets import ForbiddenTarget, resolve

NAME = "HANDRAIL_APPRISE_URLS"


def apprise_of(settings: Settings) -> AppriseSender | None:
    """None when it is not set up. Raises BadSetting, which quotes no address."""
    if settings.apprise_urls is None:
        return None

    async def check(url: str) -> None:
        try:
            await resolve(url, allow_loopback=settings.webhook_loopback)
        except ForbiddenTarget as fault:
            raise NotAllowed(str(fault)) from fault

    try:
        return AppriseSender(
            AppriseSettings(
                urls=_urls(settings.apprise_urls),
                check=check,
                allow_loopback=settings.webhook_loopback,
            )
        )
    except (NotInstalled, NotAllowed) as fault:
        raise BadSetting(f"{NAME}: {fault}") from fault


def _urls(path: Path) -> Mapping[str, str]:
    """By the names in the roster's `ids: {apprise: NAME}`, else by the ids of people."""
    try:
        return msgspec.json.decode(path.expanduser().read_bytes(), type=dict[str, str])
    except OSError as fault:
        raise BadSetting(f"{NAME}: {path}: {fault.strerror}") from fault
    except msgspec.MsgspecError as fault:
        raise BadSetting(
            f'{NAME}: {path} is a JSON object such as {{"ada": "tgram://TOKEN/CHAT"}}'
        ) from fault

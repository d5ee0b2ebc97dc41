"""Sends through Apprise: in threads of its own, each message within its time, to checked hosts."""

import asyncio
import logging
import re
import warnings
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import msgspec

from handrail.connectors.apprise.allowed import NotAllowed, host_of, schema_of
from handrail.connectors.apprise.translate import Words, words_of
from handrail.engine.alerts import Alert
from handrail.engine.deliver import Delivered, Later, Outcome, Undeliverable

SYSTEM = "apprise"  # in the roster: `ids: {apprise: NAME}`
THREADS = 4
TIMEOUT_S = 12.0  # the library's own limit; ours is a little later
GRACE_S = 2.0
FOR_GOOD = frozenset({400, 404, 410, 413, 422})  # trying again would say the same
_STATUS = re.compile(r"error=(\d{3})\b")

Check = Callable[[str], Awaitable[None]]


class NotInstalled(Exception):
    """The library is an extra that is not there; the message says how to get it."""


class AppriseSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`urls`: secrets, by the name that the roster gives or the person's id. `check`: looks at a
    host before each message; raises NotAllowed, or OSError while its name cannot be resolved."""

    urls: Mapping[str, str]
    check: Check
    allow_loopback: bool = False
    timeout_s: float = TIMEOUT_S


class AppriseSender:
    """A `Sender` to people, each at an address of their own."""

    needs_person = True

    def __init__(self, settings: AppriseSettings) -> None:
        """Raises NotInstalled, and NotAllowed where an address can never be right."""
        self._settings = settings
        self._library = _library()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="apprise")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it reads its plugins here
            for name, url in settings.urls.items():
                try:
                    self._service(url)
                except NotAllowed as fault:
                    raise NotAllowed(f"{name}: {fault}") from fault

    async def send(self, alert: Alert) -> Outcome:
        assert alert.to is not None, "the deliverer gives a channel of persons a person"
        url = self._settings.urls.get(alert.to.ids.get(SYSTEM, alert.to.id))
        if url is None:
            return Undeliverable(reason=f"HANDRAIL_APPRISE_URLS has no address for {alert.to.id}")
        try:
            service, host = self._service(url)
            if host is not None:
                await self._settings.check(host)
        except NotAllowed as fault:
            return Undeliverable(reason=f"not sent there: {fault}")
        except OSError:
            return Later(reason="the name of its host cannot be resolved now")
        return await self._in_time(service, words_of(alert))

    async def close(self) -> None:
        """A thread that still waits for an answer ends with its own limit."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_time(self, service: Any, words: Words) -> Outcome:
        limit_s = self._settings.timeout_s + GRACE_S
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(limit_s):
                return await loop.run_in_executor(self._threads, self._notify, service, words)
        except TimeoutError:
            return Later(reason=f"no answer within {limit_s:g} s")

    def _notify(self, service: Any, words: Words) -> Outcome:
        """In a thread. What the library says is read for a status alone: it may quote the URL."""
        try:
            sending = self._library.Apprise(asset=self._asset())
            sending.add(service)
            with sending.notify(
                title=words.title,
                body=words.body,
                body_format="text",
                timeout=self._settings.timeout_s,
            ) as result:
                return _outcome(bool(result), [str(entry.message) for entry in result.logs()])
        except Exception as fault:  # of any of 170 plugins; its words may quote the URL
            return Later(reason=f"the library failed: {type(fault).__name__}")

    def _service(self, url: str) -> tuple[Any, str | None]:
        """What the library makes of it, and the address to check. Raises NotAllowed."""
        schema = schema_of(url, allow_loopback=self._settings.allow_loopback)
        service = self._library.Apprise.instantiate(url, asset=self._asset())
        if service is None:
            raise NotAllowed(f"{schema}:// is not written as Apprise reads it")
        return service, host_of(service, schema=schema)

    def _asset(self) -> Any:
        """Nothing is kept on disk, followed, or read into the text."""
        return self._library.AppriseAsset(
            storage_mode="memory",
            http_redirects=False,
            async_mode=False,
            interpret_emojis=False,
            interpret_escapes=False,
            pgp_autogen=False,
            pem_autogen=False,
            allow_templates=False,
        )


def _outcome(is_sent: bool, said: list[str]) -> Outcome:
    if is_sent:
        return Delivered()
    found = [int(match[1]) for line in said for match in _STATUS.finditer(line)]
    if not found:
        return Later(reason="the service did not take it")
    reason = f"the service answered {found[-1]}"
    return Undeliverable(reason=reason) if found[-1] in FOR_GOOD else Later(reason=reason)


def _library() -> Any:
    """Imported where it is used: an extra that few need. It logs addresses, so that it may not."""
    logger = logging.getLogger(SYSTEM)
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return import_module(SYSTEM)
    except ImportError as fault:
        raise NotInstalled(
            "Apprise is not installed; it is an extra: pip install 'handrail[apprise]'"
        ) from fault

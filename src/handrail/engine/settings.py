"""Settings of a node, read once from the environment: `HANDRAIL_...`."""

import base64
import binascii
import difflib
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import msgspec

from handrail.engine.statuses import read_statuses

PREFIX = "HANDRAIL_"
MASTER_KEY_BYTES = 32
WEBHOOK_SECRET_BYTES = (24, 64)  # what Standard Webhooks allows
PORT_MAX = 65_535

Role = Literal["all", "web", "worker"]
SmtpSecurity = Literal["tls", "starttls", "none"]


class BadSetting(Exception):
    """A setting cannot be used; the message names it and says what to write."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is set by `HANDRAIL_` and its name in capitals: docs/reference/settings.md."""

    database_url: str | None = None
    data_dir: Path | None = None
    master_key: bytes | None = None
    role: Role = "all"
    host: str = "127.0.0.1"
    port: int = 8040
    observe: bool = False
    public_url: str | None = None
    hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ("127.0.0.1",)
    hooks: Path | None = None
    forms: Path | None = None
    webhook_url: str | None = None
    webhook_secrets: tuple[str, ...] = ()
    webhook_loopback: bool = False
    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_security: SmtpSecurity = "starttls"
    smtp_username: str | None = None
    smtp_password: str | None = None
    mail_from: str | None = None
    calendars: tuple[str, ...] = ("caldav", "ics", "google", "microsoft")
    calendar_private: bool = False
    google_client_id: str | None = None
    google_client_secret: str | None = None
    google_url: str | None = None
    microsoft_tenant: str | None = None
    microsoft_client_id: str | None = None
    microsoft_client_secret: str | None = None
    microsoft_graph_url: str = "https://graph.microsoft.com/v1.0"
    microsoft_login_url: str = "https://login.microsoftonline.com"
    apprise_urls: Path | None = None
    model_url: str | None = None
    model_name: str | None = None
    model_key: str | None = None
    slack_bot_token: str | None = None
    slack_app_token: str | None = None
    slack_signing_secrets: tuple[str, ...] = ()
    slack_base_url: str = "https://slack.com/api/"
    slack_statuses: tuple[str, ...] = ()
    watch_smtp_host: str | None = None
    watch_smtp_port: int = 587
    watch_smtp_security: SmtpSecurity = "starttls"
    watch_smtp_username: str | None = None
    watch_smtp_password: str | None = None
    watch_mail_from: str | None = None
    watch_mail_to: tuple[str, ...] = ()
    watch_webhook_url: str | None = None
    watch_webhook_secrets: tuple[str, ...] = ()
    watch_deadman_url: str | None = None


def setting_names() -> tuple[str, ...]:
    return tuple(PREFIX + field.upper() for field in Settings.__struct_fields__)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raises BadSetting. An empty variable counts as absent; an unknown one is refused, since a
    misspelt setting would otherwise be silently off."""
    given = {name: text for name, text in environment.items() if name.startswith(PREFIX) and text}
    for name in sorted(given):
        if name not in setting_names():
            raise BadSetting(f"{name} is no setting{_nearest(name)}")
    hints = get_type_hints(Settings)
    values = {}
    for field in Settings.__struct_fields__:
        name = PREFIX + field.upper()
        if name in given:
            values[field] = _read(name, given[name].strip(), hints[field])
    settings = Settings(**values)
    _check_channels(settings)
    return settings


def _check_channels(settings: Settings) -> None:
    """A channel that is set up by half would be silently off."""
    if (settings.webhook_url is None) != (not settings.webhook_secrets):
        raise BadSetting("HANDRAIL_WEBHOOK_URL and HANDRAIL_WEBHOOK_SECRETS go together")
    for secret in settings.webhook_secrets:
        _check_webhook_secret("HANDRAIL_WEBHOOK_SECRETS", secret)
    if (settings.smtp_host is None) != (settings.mail_from is None):
        raise BadSetting("HANDRAIL_SMTP_HOST and HANDRAIL_MAIL_FROM go together")
    if (settings.smtp_username is None) != (settings.smtp_password is None):
        raise BadSetting("HANDRAIL_SMTP_USERNAME and HANDRAIL_SMTP_PASSWORD go together")
    _check_sender("HANDRAIL_MAIL_FROM", settings.mail_from)
    _check_sender("HANDRAIL_WATCH_MAIL_FROM", settings.watch_mail_from)
    _check_model(settings)
    _check_slack(settings)
    _check_watch(settings)
    _check_google(settings)
    _check_microsoft(settings)
    url = settings.public_url
    if url is not None and not url.startswith(("https://", "http://")):
        raise BadSetting(
            f"HANDRAIL_PUBLIC_URL is {url!r}; write where people reach it, https://..."
        )


def _check_google(settings: Settings) -> None:
    if (settings.google_client_id is None) != (settings.google_client_secret is None):
        raise BadSetting("HANDRAIL_GOOGLE_CLIENT_ID and HANDRAIL_GOOGLE_CLIENT_SECRET go together")
    if settings.google_client_id is not None and settings.public_url is None:
        raise BadSetting(
            "HANDRAIL_GOOGLE_CLIENT_ID needs HANDRAIL_PUBLIC_URL: Google sends people back there"
        )
    url = settings.google_url
    if url is not None and not url.startswith(("https://", "http://127.0.0.1:")):
        raise BadSetting("HANDRAIL_GOOGLE_URL begins with https://")


def _check_microsoft(settings: Settings) -> None:
    given = (
        settings.microsoft_tenant,
        settings.microsoft_client_id,
        settings.microsoft_client_secret,
    )
    if any(given) and not all(given):
        raise BadSetting(
            "HANDRAIL_MICROSOFT_TENANT, HANDRAIL_MICROSOFT_CLIENT_ID and "
            "HANDRAIL_MICROSOFT_CLIENT_SECRET go together"
        )
    for name, url in (
        ("GRAPH", settings.microsoft_graph_url),
        ("LOGIN", settings.microsoft_login_url),
    ):
        if not url.startswith(("https://", "http://127.0.0.1:")):
            raise BadSetting(f"HANDRAIL_MICROSOFT_{name}_URL begins with https://")


def _check_sender(name: str, text: str | None) -> None:
    """`handrail@acme.example`, or with a name before it in front of angle brackets."""
    if text is None:
        return
    _, address = parseaddr(text)
    user, _, domain = address.rpartition("@")
    if not user or ("." not in domain.strip(".") and domain != "localhost"):
        raise BadSetting(f"{name} is {text!r}; write an address, Handrail <handrail@your.domain>")


def _check_model(settings: Settings) -> None:
    url = settings.model_url
    if (url is None) != (settings.model_name is None):
        raise BadSetting("HANDRAIL_MODEL_URL and HANDRAIL_MODEL_NAME go together")
    if url is not None and not url.startswith(("https://", "http://")):
        raise BadSetting(f"HANDRAIL_MODEL_URL is {url!r}; write its base, https://host/v1")


def _check_watch(settings: Settings) -> None:
    mail = (settings.watch_smtp_host, settings.watch_mail_from, settings.watch_mail_to or None)
    if len({part is None for part in mail}) > 1:
        raise BadSetting(
            "HANDRAIL_WATCH_SMTP_HOST, HANDRAIL_WATCH_MAIL_FROM and HANDRAIL_WATCH_MAIL_TO go "
            "together"
        )
    if (settings.watch_smtp_username is None) != (settings.watch_smtp_password is None):
        raise BadSetting(
            "HANDRAIL_WATCH_SMTP_USERNAME and HANDRAIL_WATCH_SMTP_PASSWORD go together"
        )
    if (settings.watch_webhook_url is None) != (not settings.watch_webhook_secrets):
        raise BadSetting(
            "HANDRAIL_WATCH_WEBHOOK_URL and HANDRAIL_WATCH_WEBHOOK_SECRETS go together"
        )
    for secret in settings.watch_webhook_secrets:
        _check_webhook_secret("HANDRAIL_WATCH_WEBHOOK_SECRETS", secret)
    for name, url in (
        ("WEBHOOK", settings.watch_webhook_url),
        ("DEADMAN", settings.watch_deadman_url),
    ):
        if url is not None and not url.startswith(("https://", "http://")):
            raise BadSetting(f"HANDRAIL_WATCH_{name}_URL begins with https:// or http://")


def _check_slack(settings: Settings) -> None:
    """Without a way in, the buttons of its messages would do nothing."""
    bot, app = settings.slack_bot_token, settings.slack_app_token
    ways_in = app is not None or bool(settings.slack_signing_secrets)
    if (bot is not None) != ways_in:
        raise BadSetting(
            "HANDRAIL_SLACK_BOT_TOKEN goes together with HANDRAIL_SLACK_APP_TOKEN (Socket Mode) or "
            "HANDRAIL_SLACK_SIGNING_SECRETS (a public address), or with both"
        )
    for name, token, prefix in (("BOT", bot, "xoxb-"), ("APP", app, "xapp-")):
        if token is not None and not token.startswith(prefix):
            raise BadSetting(f"HANDRAIL_SLACK_{name}_TOKEN begins with {prefix}")
    try:
        read_statuses(settings.slack_statuses)
    except ValueError as fault:
        raise BadSetting(f"HANDRAIL_SLACK_STATUSES: {fault}") from None
    url = settings.slack_base_url
    if not url.startswith(("https://", "http://127.0.0.1:")) or not url.endswith("/"):
        raise BadSetting(
            "HANDRAIL_SLACK_BASE_URL begins with https:// (or is on the loopback) and ends with /"
        )


def decode_master_key(text: str, *, place: str) -> bytes:
    """32 bytes in base64, as `openssl rand -base64 32` prints them. Raises BadSetting."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise BadSetting(f"{place} must hold 32 bytes in base64, as of `openssl rand -base64 32`")
    if len(set(key)) == 1:
        raise BadSetting(f"{place} holds no secret: every byte is the same")
    return key


def _check_webhook_secret(name: str, secret: str) -> None:
    kind, _, text = secret.partition("_")
    try:
        size = len(base64.b64decode(text, validate=True)) if kind == "whsec" else 0
    except (binascii.Error, ValueError):
        size = 0
    if not WEBHOOK_SECRET_BYTES[0] <= size <= WEBHOOK_SECRET_BYTES[1]:
        raise BadSetting(
            f"{name}: each is `whsec_` and 24 to 64 bytes in base64, as of "
            "`openssl rand -base64 32`"
        )


def _read(name: str, text: str, kind: Any) -> Any:
    if name == f"{PREFIX}MASTER_KEY":
        return decode_master_key(text, place=name)
    if kind is int:
        if not text.isascii() or not text.isdigit() or int(text) > PORT_MAX:
            raise BadSetting(f"{name} is {text!r}; write a number from 0 to {PORT_MAX}")
        return int(text)
    if kind is bool:
        if text.lower() not in _FLAGS:
            raise BadSetting(f"{name} is {text!r}; write one of {', '.join(_FLAGS)}")
        return _FLAGS[text.lower()]
    if kind in (Role, SmtpSecurity) and text not in get_args(kind):
        raise BadSetting(f"{name} is {text!r}; write one of {', '.join(get_args(kind))}")
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return Path(text) if kind == Path | None else text


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, setting_names(), n=1)
    known = f"there are {', '.join(setting_names())}"
    return f"; did you mean {close[0]}?" if close else f"; {known}"


_FLAGS = {"1": True, "true": True, "yes": True, "on": True} | dict.fromkeys(
    ("0", "false", "no", "off"), False
)

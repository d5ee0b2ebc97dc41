"""Which of Apprise's services may be used, and what an address must hold to. Pure.

Apprise opens its own connections. So only services are let in whose address is fixed by their
vendor, or stands in the URL, where it can be looked at before each message.
"""

from typing import Protocol

# The URL holds keys and recipients; the host is the vendor's own, over https.
OF_VENDORS = frozenset(
    "46elks elks atalk bulksms clickatell clicksend cm exotel msgbird plivo seven telnyx twilio "
    "vonage nexmo voipms discord gchat groupme line tgram webex wxteams whatsapp threema viber "
    "flock dingtalk feishu lark pover pbul prowl pushy simplepush ifttt join pagerduty opsgenie "
    "pagertree ilert incidentio splunk victorops squadcast spike signl4".split()
)
# The URL names the host, which must belong to the outer internet.
OF_HOSTS = frozenset(
    "apprises gotifys jsons mmosts nctalks ntfys rockets signals synologys workflow workflows "
    "forms xmls".split()
)
# Their forms without TLS, only to this machine.
ON_THIS_MACHINE = frozenset("apprise gotify json mmost ntfy rocket signal form xml".split())
HTTPS_PORT, HTTP_PORT = 443, 80


class NotAllowed(Exception):
    """The address may not be used. The message says why, and nothing of the address but its host
    or service: it is a secret."""


class Service(Protocol):
    """What Apprise makes of a URL, as far as it is looked at."""

    schema: str
    secure: bool
    host: str | None
    port: int | None
    verify_certificate: bool
    redirects: bool


def schema_of(url: str, *, allow_loopback: bool) -> str:
    """Raises NotAllowed."""
    schema = url.partition("://")[0].strip().lower()
    known = OF_VENDORS | OF_HOSTS | (ON_THIS_MACHINE if allow_loopback else frozenset())
    if schema in ON_THIS_MACHINE and schema not in known:
        raise NotAllowed(f"{schema}:// is not encrypted; write {schema}s://")
    if schema not in known or "://" not in url:
        shown = schema if schema.isalnum() and len(schema) < 20 and "://" in url else "it"
        raise NotAllowed(f"{shown} is none of the services that may be used; see the documentation")
    return schema


def host_of(service: Service, *, schema: str) -> str | None:
    """The https address whose host is to be checked; None where the vendor fixes it.

    Raises NotAllowed for what would weaken the check: other hosts after it (redirects), or a host
    that need not prove its name (certificates).
    """
    if service.schema != schema:
        raise NotAllowed(f"{schema}:// was read as another service")
    if not service.verify_certificate or service.redirects:
        raise NotAllowed(f"{schema}:// may carry neither verify=no nor redirect=yes")
    if getattr(service, "template", None) and schema not in OF_VENDORS:
        raise NotAllowed(f"{schema}:// may carry no template, which is a file")
    if schema in OF_VENDORS:
        return None
    if not service.host:
        raise NotAllowed(f"{schema}:// names no host")
    is_plain = schema in ON_THIS_MACHINE
    port = service.port or (HTTP_PORT if is_plain else HTTPS_PORT)
    host = f"[{service.host}]" if ":" in service.host else service.host
    return f"{'http' if is_plain else 'https'}://{host}:{port}/"

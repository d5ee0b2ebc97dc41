"""The XML of WebDAV and CalDAV (RFC 4918, 4791, 6578): what is asked, and answers taken apart."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import msgspec

from handrail.engine.calendars.source import CalendarFault

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CALENDARSERVER = "{http://calendarserver.org/ns/}"
_NAMESPACES = (
    'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" '
    'xmlns:cs="http://calendarserver.org/ns/"'
)
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'


class Resource(msgspec.Struct, frozen=True):
    """One `response` of a multistatus. `found`: the properties that it has, by name."""

    href: str
    is_gone: bool
    found: dict[str, ElementTree.Element]

    def text(self, name: str) -> str | None:
        element = self.found.get(name)
        return element.text.strip() if element is not None and element.text else None

    def inner_href(self, name: str) -> str | None:
        element = self.found.get(name)
        inner = element.find(f"{DAV}href") if element is not None else None
        return inner.text.strip() if inner is not None and inner.text else None

    def has_type(self, name: str) -> bool:
        element = self.found.get(f"{DAV}resourcetype")
        return element is not None and element.find(name) is not None


class Multistatus(msgspec.Struct, frozen=True):
    resources: tuple[Resource, ...]
    sync_token: str | None = None
    is_cut: bool = False  # the server had more than it would say at once


def read(body: bytes, *, place: str) -> Multistatus:
    """Raises CalendarFault where it is no multistatus."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise CalendarFault("bad_answer", f"{place} answers with XML that defines entities")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as fault:
        raise CalendarFault("bad_answer", f"{place} answers with no XML: {fault}") from None
    if root.tag != f"{DAV}multistatus":
        raise CalendarFault("bad_answer", f"{place} answers with {root.tag[:60]}")
    token = root.find(f"{DAV}sync-token")
    statuses = [one.findtext(f"{DAV}status", "") for one in root.iter(f"{DAV}response")]
    return Multistatus(
        resources=tuple(_resources(root)),
        sync_token=token.text.strip() if token is not None and token.text else None,
        is_cut=any(" 507 " in f"{status} " for status in statuses),
    )


def _resources(root: ElementTree.Element) -> Iterator[Resource]:
    for response in root.findall(f"{DAV}response"):
        href = (response.findtext(f"{DAV}href") or "").strip()
        status = f"{response.findtext(f'{DAV}status', '')} "
        if not href or " 507 " in status:
            continue
        found = {
            element.tag: element
            for part in response.findall(f"{DAV}propstat")
            if " 200 " in f"{part.findtext(f'{DAV}status', '')} "
            for element in part.findall(f"{DAV}prop/*")
        }
        yield Resource(href=href, is_gone=" 404 " in status, found=found)


def propfind(*names: str) -> bytes:
    """`names` with their prefix: `d:resourcetype`, `c:calendar-home-set`."""
    props = "".join(f"<{name}/>" for name in names)
    return f"{_HEAD}<d:propfind {_NAMESPACES}><d:prop>{props}</d:prop></d:propfind>".encode()


def events_from(begins: datetime) -> bytes:
    """All events that end after this instant, or recur after it."""
    return (
        f"{_HEAD}<c:calendar-query {_NAMESPACES}>"
        "<d:prop><d:getetag/><c:calendar-data/></d:prop>"
        '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
        f'<c:time-range start="{begins:%Y%m%dT%H%M%SZ}"/>'
        "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    ).encode()


def changed_since(token: str) -> bytes:
    return (
        f"{_HEAD}<d:sync-collection {_NAMESPACES}><d:sync-token>{escape(token)}</d:sync-token>"
        "<d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"
    ).encode()


def these(hrefs: Iterable[str]) -> bytes:
    named = "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs)
    return (
        f"{_HEAD}<c:calendar-multiget {_NAMESPACES}>"
        f"<d:prop><d:getetag/><c:calendar-data/></d:prop>{named}</c:calendar-multiget>"
    ).encode()

"""The page that both teams sign: a contract in plain words, for people who never saw its file."""

from collections.abc import Iterable
from typing import Any

import msgspec

from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.page.agreement import (
    checked,
    governance,
    looked_at,
    people,
    scope,
    signatures,
)
from handrail.contract.page.changes import changes
from handrail.contract.page.definitions import definitions, rejections
from handrail.contract.page.document import Page, Section, SignatureLine
from handrail.contract.page.plain import render_plain
from handrail.contract.page.promises import alerts, booking, lead_types, promises
from handrail.contract.page.routes import exclusions, routing
from handrail.contract.page.scoring import scoring
from handrail.terms.people import Roster

__all__ = ["Page", "SignatureLine", "page_of", "render_plain"]


def page_of(
    contract: Contract,
    *,
    findings: Iterable[Finding] | None = None,
    lines: tuple[SignatureLine, ...] | None = None,
    roster: Roster | None = None,
    since: Contract | None = None,
) -> Page:
    """The page of one version. With `roster` teams have their people's names; with `since`, the
    version before, it begins with what changed; without `findings` nothing is said of the check.
    Without `lines` marketing and sales have one each to sign on by hand."""
    said = _said(contract, roster)
    changed = () if since is None else _changed(since, said, roster)
    found = () if findings is None else (checked(findings),)
    page = Page(
        title=contract.name,
        version=contract.version,
        digest=contract.digest,
        timezone=contract.timezone,
        sections=(*changed, *said, *found, signatures(contract, lines)),
    )
    return msgspec.convert(_visible(msgspec.to_builtins(page)), Page)


def _said(contract: Contract, roster: Roster | None) -> tuple[Section, ...]:
    return (
        scope(contract),
        definitions(contract),
        lead_types(contract),
        promises(contract),
        routing(contract),
        exclusions(contract),
        rejections(contract),
        scoring(contract),
        alerts(contract),
        *booking(contract),
        governance(contract),
        people(contract, roster),
        looked_at(contract),
    )


def _changed(since: Contract, said: tuple[Section, ...], roster: Roster | None) -> tuple[Section]:
    return (changes(_said(since, roster), said, version=since.version),)


def _visible(value: Any) -> Any:
    """Whatever could hide or turn around a text, such as a mark for right-to-left, is shown by its
    number: what is signed is what is seen."""
    if isinstance(value, str):
        return "".join(_shown(char) for char in value)
    if isinstance(value, list | tuple):
        return [_visible(one) for one in value]
    if isinstance(value, dict):
        return {name: _visible(one) for name, one in value.items()}
    return value


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    return " " if char in "\n\t\r" else f"\\u{ord(char):04x}"

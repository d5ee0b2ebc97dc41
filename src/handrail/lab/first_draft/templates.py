"""What a first contract begins from: fields, rules of fit, and the teams that it needs."""

from collections.abc import Mapping

import msgspec

from handrail.lab.first_draft.routes import FieldDraft


class FitRule(msgspec.Struct, frozen=True):
    """A rule of fit; it stands only where its field has this type."""

    field: str
    type: str
    when: str
    add: int
    because: str


class Template(msgspec.Struct, frozen=True):
    """`large_team`: those who take large companies first."""

    name: str
    means: str
    fields: tuple[FieldDraft, ...]
    fit: tuple[FitRule, ...]
    asks: tuple[str, ...]
    signals: tuple[str, ...] = ()  # further lines of intent
    large_team: str | None = None


_COUNTRY = FieldDraft("lead.country", "string", is_country=True)
_CAMPAIGN = FieldDraft("lead.source_campaign", "string")
_EMPLOYEES = FieldDraft("account.employees", "integer", min=0)
_PERSONA = FieldDraft(
    "lead.persona", "string", values=("executive", "practitioner", "student", "other")
)
_INDUSTRY = FieldDraft("account.industry", "string")
_SEATS = FieldDraft("product.seats", "integer", min=0)

_LARGE = FitRule("account.employees", "integer", "account.employees >= 200", 40, "large enough")
_ENTERPRISE = FitRule("account.employees", "integer", "account.employees >= 1000", 20, "enterprise")
_DECIDES = FitRule("lead.persona", "string", 'lead.persona == "executive"', 30, "can decide")
_WORKS = FitRule("lead.persona", "string", 'lead.persona == "practitioner"', 20, "would use it")
_USED = FitRule("product.seats", "integer", "product.seats >= 5", 40, "a team uses it already")

_BASIC = (_COUNTRY, _CAMPAIGN, _EMPLOYEES)
_INBOUND = (*_BASIC, _PERSONA, _INDUSTRY)
_ALL = (
    Template(
        name="minimal",
        means="one team, two ways to ask: the least that works",
        fields=_BASIC,
        fit=(_LARGE, _ENTERPRISE),
        asks=("demo", "content"),
    ),
    Template(
        name="inbound",
        means="a website with forms, webinars and downloads",
        fields=_INBOUND,
        fit=(_LARGE, _ENTERPRISE, _DECIDES, _WORKS),
        asks=("demo", "contact", "webinar", "content"),
    ),
    Template(
        name="enterprise",
        means="inbound, with a team of its own for large companies",
        fields=_INBOUND,
        fit=(_LARGE, _ENTERPRISE, _DECIDES, _WORKS),
        asks=("demo", "contact", "webinar", "content"),
        large_team="enterprise",
    ),
    Template(
        name="plg",
        means="a product that people try before they talk to anybody",
        fields=(*_BASIC, _SEATS),
        fit=(_LARGE, _USED),
        asks=("demo", "pricing", "trial", "content"),
        signals=(
            "invited_colleague: {add: 30, at_most: 1 per day}",
            "reached_limit: {add: 40, at_most: 1 per week}",
        ),
    ),
)
TEMPLATES: Mapping[str, Template] = {template.name: template for template in _ALL}

"""The agreement around the rules: who owns and changes it, what it looks at, who signs."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from handrail.contract.findings import Finding, Severity
from handrail.contract.iso import ISO_3166_1_ALPHA_2
from handrail.contract.model import Contract, Field, FieldType
from handrail.contract.page.document import (
    Block,
    Facts,
    Paragraph,
    Said,
    Section,
    SignatureLine,
    Signatures,
    Table,
)
from handrail.contract.page.phrases import (
    counted,
    duration,
    field_name,
    listed,
    number,
    quoted,
    spaced,
)
from handrail.terms.people import Roster, Team

_SIGNERS = ("marketing", "sales")
_SEVERITIES: dict[Severity, str] = {
    "error": "error: cannot be in force",
    "warning": "warning",
    "note": "note",
}
_KINDS: dict[FieldType, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "list": "a list of texts",
    "rep": "a rep",
}


def scope(contract: Contract) -> Section:
    """For which leads and purposes this contract is meant."""
    told: list[tuple[str, Said]] = []
    if contract.governance.scope is not None:
        told.append(("Meant for", Said(contract.governance.scope)))
    takes = Said("Every lead that no other contract takes.")
    if contract.sources:
        takes = Said(f"Leads that came from {listed(map(quoted, contract.sources), 'or')}.")
    return Section("scope", "What it is for", (Facts((*told, ("Takes", takes))),))


def people(contract: Contract, roster: Roster | None) -> Section:
    owners = tuple((spaced(role), Said(address)) for role, address in contract.owners.items())
    return Section("people", "Owners and teams", (Facts(owners), *_teams(contract, roster)))


def _teams(contract: Contract, roster: Roster | None) -> tuple[Block, ...]:
    names = sorted(contract.teams_named())
    if roster is None:
        told = f"The rules name {counted(len(names), 'team')}: {listed(names)}."
        return (Paragraph(Said(told)),)
    rows = tuple((Said(name), *_staff(roster.teams.get(name), roster)) for name in names)
    return (Table("Teams that the rules name", ("Team", "Manager", "Members"), rows),)


def _staff(team: Team | None, roster: Roster) -> tuple[Said, Said]:
    if team is None:
        return Said("not in the roster"), Said("")
    members = [_person(member.rep, roster) for member in team.members]
    return Said(_person(team.manager, roster)), Said(", ".join(members))


def _person(who: str, roster: Roster) -> str:
    known = roster.reps.get(who) or roster.people.get(who)
    return known.name if known is not None else who


def governance(contract: Contract) -> Section:
    rules = contract.governance
    told: list[tuple[str, Said]] = []
    if rules.both_sign:
        told.append(("Both teams sign changes of", _sections(rules.both_sign)))
    if rules.revops_alone:
        told.append(("RevOps alone may change", _sections(rules.revops_alone)))
    if rules.both_sign or rules.revops_alone:
        told.append(("Everything else", Said("Both teams sign.")))
    if rules.emergency is not None:
        told.append(("In an emergency", Said(_emergency(rules.emergency))))
    if rules.never_use:
        never = listed(map(spaced, rules.never_use))
        told.append(("Never used to decide", Said(never, ", ".join(rules.never_use))))
    if rules.triage_when_uncertain is not None:
        rate = f"When a learned score would err in over {rules.triage_when_uncertain}% of cases."
        told.append(("People decide instead", Said(rate)))
    if rules.review_every is not None:
        by = f" by {spaced(rules.review_owner)}" if rules.review_owner else ""
        told.append(("Reviewed", Said(f"Every {rules.review_every}{by}.")))
    nothing = Paragraph(Said("Nothing is said about changes; both teams sign every one."))
    return Section("governance", "Changing it", (Facts(tuple(told)) if told else nothing,))


def _emergency(period: timedelta) -> str:
    return (
        f"One owner may put a change in force, with a reason, for {duration(period)}; "
        "then the version before is in force again, unless both teams have signed."
    )


def _sections(names: tuple[str, ...]) -> Said:
    return Said(listed(map(spaced, names)), ", ".join(names))


def looked_at(contract: Contract) -> Section:
    """What conditions may look at; anything else on a lead is kept and not seen."""
    rows = tuple(
        (Said(field_name(field.name), field.name), Said(_values(field)))
        for field in contract.fields.values()
    )
    blocks: list[Block] = [
        Paragraph(Said("Rules can look at these fields and at nothing else on a lead.")),
        Table("Fields", ("Field", "Holds"), rows),
    ]
    if contract.tables:
        tables = tuple(
            (Said(table.name), Said(counted(len(table.keys), "line")))
            for table in contract.tables.values()
        )
        blocks.append(Table("Tables that belong to this contract", ("Table", "Size"), tables))
    return Section("fields", "What the rules look at", tuple(blocks))


def _values(field: Field) -> str:
    if field.values == ISO_3166_1_ALPHA_2:
        return "a country code (ISO 3166)"
    if field.values is not None:
        return f"{_KINDS[field.type]}: one of {', '.join(sorted(field.values))}"
    limits = [
        f"{word} {number(limit)}"
        for word, limit in (("from", field.min), ("up to", field.max))
        if limit is not None
    ]
    return " ".join([_KINDS[field.type], *limits])


def checked(findings: Iterable[Finding]) -> Section:
    rows = tuple(
        (
            Said(_SEVERITIES[one.severity], one.kind),
            Said(f"line {one.line}"),
            Said(one.message),
            Said("" if one.example is None else msgspec.json.encode(one.example).decode()),
        )
        for one in findings
    )
    columns = ("Finding", "Where", "What", "Such as this lead")
    block: Block = Paragraph(Said("The check found nothing to say."))
    if rows:
        block = Table("Findings", columns, rows)
    return Section("findings", "What the check found", (block,))


def signatures(contract: Contract, lines: tuple[SignatureLine, ...] | None) -> Section:
    """`lines`: whose word was given and whose is awaited; None while nobody can have signed."""
    if lines is None:
        owners = contract.owners.items()
        lines = tuple(SignatureLine(role, who) for role, who in owners if role in _SIGNERS)
    said = Said(
        f"By signing, both teams agree to {quoted(contract.name)} version {contract.version}, "
        "with all its tables, exactly as this hash names them:",
        contract.digest,
    )
    return Section("signatures", "Signatures", (Paragraph(said), Signatures(lines)))

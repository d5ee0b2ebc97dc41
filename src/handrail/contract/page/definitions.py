"""MQL, SAL and SQL: what each means, when it is reached, what must be known."""

from handrail.contract.model import (
    AcceptedBy,
    Again,
    Consequence,
    Contract,
    FollowUp,
    Handover,
    IfMissing,
    RejectCode,
)
from handrail.contract.page.document import (
    Block,
    Facts,
    Heading,
    Listing,
    Paragraph,
    Said,
    Section,
    Table,
)
from handrail.contract.page.phrases import (
    coded,
    counted,
    duration,
    field_name,
    listed,
    quoted,
    required_name,
    sentence,
    spaced,
    target_name,
    within,
)
from handrail.contract.page.spoken import tell

_ACCEPTED: dict[AcceptedBy, str] = {
    "accept": "a rep accepts it",
    "meeting_booked": "a meeting is booked",
    "conversation": "a conversation is held",
}
_LACKING: dict[IfMissing, str] = {
    "route_and_flag": "is routed all the same and marked as incomplete",
    "triage": "goes to triage, where people complete it",
    "nurture": "stays with marketing",
}
_FOLLOWS: dict[Consequence, str] = {
    "recycle": "goes back to marketing",
    "reroute": "goes to another rep",
    "disqualify": "is disqualified and ends",
    "merge": "is merged into the lead that it repeats",
}
_NOTHING = Said("Nothing beyond what is asked before.")


def definitions(contract: Contract) -> Section:
    return Section(
        "definitions",
        "What we call qualified",
        (
            *_mql(contract),
            *_sal(contract),
            *_sql(contract),
        ),
    )


def _mql(contract: Contract) -> tuple[Block, ...]:
    mql = contract.mql
    ways = tuple((Said(one.name), tell(one.when, always="always")) for one in mql.any)
    title = "A lead becomes an MQL when one of these holds"
    if len(ways) == 1:
        title = "A lead becomes an MQL when this holds"
    facts = _lacking(contract) if mql.require else []
    return (
        Heading("MQL, marketing-qualified lead"),
        Paragraph(Said(sentence(mql.means))),
        Table(title, ("By", "When"), ways),
        _required("An MQL must have:", contract, mql.require),
        *_facts(*facts, *_again(mql.again)),
    )


def _lacking(contract: Contract) -> list[tuple[str, Said]]:
    """What becomes of an MQL that lacks something, by lead type."""
    told = []
    for name, then in sorted(contract.mql.if_missing.items(), key=lambda one: one[0] == "default"):
        others = len(contract.mql.if_missing) > 1
        who = f"A {spaced(name)} lead" if name != "default" else "Any other" if others else "It"
        told.append((f"If something is missing ({spaced(name)})", Said(f"{who} {_LACKING[then]}.")))
    return told


def _again(again: Again) -> list[tuple[str, Said]]:
    told = []
    if again.keep_owner is not None:
        keeps = f"Within {duration(again.keep_owner)} a lead that comes again keeps its owner."
        told.append(("Coming again", Said(keeps)))
    if again.needs_new_signal:
        told.append(("To come again", Said("A lead needs a new signal.")))
    if again.after_rejection is not None:
        wait = (
            f"A rejected lead comes again after {duration(again.after_rejection)} at the earliest."
        )
        told.append(("After a rejection", Said(wait)))
    return told


def _sal(contract: Contract) -> tuple[Block, ...]:
    sal = contract.sal
    by = [words for way, words in _ACCEPTED.items() if way in sal.accepted_by]
    facts = [
        ("It is accepted when", Said(f"{listed(by, 'or')}.")),
        ("A rep accepts or rejects", Said(f"{within(sal.accept_within)} of getting it.")),
    ]
    if sal.follow_up is not None:
        facts.append(("Following up", Said(_follow_up(sal.follow_up))))
    return (
        Heading("SAL, sales-accepted lead"),
        Paragraph(Said(sentence(sal.means))),
        *_facts(*facts),
        _answers("To accept it, this must be known or said:", contract, sal.require),
    )


def _follow_up(follow_up: FollowUp) -> str:
    attempts = counted(follow_up.attempts, "attempt")
    return (
        f"At least {attempts} within {duration(follow_up.within)}; "
        f"without an answer it is then rejected as {quoted(spaced(follow_up.then))}."
    )


def _sql(contract: Contract) -> tuple[Block, ...]:
    sql = contract.sql
    facts = [] if sql.handover is None else [("It is handed over", _handover(sql.handover))]
    return (
        Heading("SQL, sales-qualified lead"),
        Paragraph(Said(sentence(sql.means))),
        _answers("To call it an SQL, this must be known or said:", contract, sql.require),
        *_facts(*facts),
    )


def _handover(handover: Handover) -> Said:
    to = ", else to ".join(target_name(target) for target in handover.to)
    return Said(f"To {to}; accepted {within(handover.accept_within)}.")


def _facts(*rows: tuple[str, Said]) -> tuple[Facts, ...]:
    return (Facts(rows),) if rows else ()


def _required(title: str, contract: Contract, names: tuple[str, ...]) -> Listing:
    scores = [score.name for score in contract.scores]
    items = tuple(Said(required_name(name, scores=scores), name) for name in names)
    return Listing(title, items or (_NOTHING,))


def _answers(title: str, contract: Contract, names: tuple[str, ...]) -> Listing:
    """A name that is no field of the lead is an answer, which a person gives with the act."""
    fields = contract.fields
    items = tuple(
        Said(field_name(name if name in fields else f"lead.{name}"), name)
        if name in fields or f"lead.{name}" in fields
        else coded(name)
        for name in names
    )
    return Listing(title, items or (_NOTHING,))


def rejections(contract: Contract) -> Section:
    rows = tuple(
        (coded(code.name), _what_follows(code)) for code in contract.sal.reject_codes.values()
    )
    said = "A rep who declines a lead gives one of these codes. The code decides what follows."
    return Section(
        "rejections",
        "Rejecting a lead",
        (
            Paragraph(Said(said)),
            Table("Reject codes", ("Code", "What follows: the lead"), rows),
        ),
    )


def _what_follows(code: RejectCode) -> Said:
    words = _FOLLOWS[code.then]
    if code.after is not None:
        words += f" and is looked at again after {duration(code.after)}"
    return Said(f"{words}.", note="the rep's share is given back" if code.credit else None)

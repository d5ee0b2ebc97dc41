"""The stages that both teams define: MQL, SAL, SQL."""

from collections.abc import Iterable
from datetime import timedelta
from typing import get_args

from handrail.contract.model import (
    SAME_DAY,
    AcceptedBy,
    Again,
    Consequence,
    ContinueTarget,
    FollowUp,
    Handover,
    IfMissing,
    Mql,
    RejectCode,
    Sal,
    Sql,
    Threshold,
    Window,
)
from handrail.contract.read import keys
from handrail.contract.read.clauses import check_targets
from handrail.contract.read.report import Report, listed, nearest
from handrail.contract.read.shapes import Entries, Item, Key
from handrail.contract.read.vocabulary import Vocabulary, refuse_twins
from handrail.contract.text.tree import Block, Scalar

STAMPED = ("tier", "threshold", "intent_signals", "territory", "lead_type")
UNDECLARED = "lead.source_campaign"  # stamped at capture, whether declared or not
_NOTHING = timedelta()


def read_mql(root: Entries, vocabulary: Vocabulary, report: Report) -> Mql | None:
    entries = root.get(keys.MQL_SECTION)
    if entries is None:
        return None
    scope = vocabulary.everywhere()
    items = entries.take(keys.MQL_ANY, ())
    refuse_twins(items, keys.THRESHOLD_NAME, report)
    required = entries.take(keys.MQL_REQUIRE, ())
    _check_required(required, vocabulary, report)
    return Mql(
        means=entries.take(keys.MQL_MEANS, ""),
        any=tuple(
            Threshold(
                name=item.value.take(keys.THRESHOLD_NAME, ""),
                when=scope.compile(item.value.item(keys.THRESHOLD_WHEN), item.node),
            )
            for item in items
        ),
        require=tuple(item.value for item in required),
        if_missing=_if_missing(entries, vocabulary, report),
        again=_again(entries.get(keys.MQL_AGAIN)),
    )


def _check_required(items: Iterable[Item[str]], vocabulary: Vocabulary, report: Report) -> None:
    known = {*STAMPED, *vocabulary.score_names, *vocabulary.declared, UNDECLARED}
    bare = {name.removeprefix("lead.") for name in known if name.startswith("lead.")}
    for item in items:
        if item.value not in known and item.value not in bare:
            hint = nearest(item.value, known | bare) or f" Known names: {listed(known)}."
            report.at(item.node, "undefined", f"`{item.value}` is not declared.{hint}")


def _if_missing(entries: Entries, vocabulary: Vocabulary, report: Report) -> dict[str, IfMissing]:
    given: dict[str, IfMissing] = {"default": "triage"}
    for name, item in entries.take(keys.MQL_IF_MISSING, {}).items():
        given[name] = item.value
        if name != "default" and name not in vocabulary.lead_types:
            types = ("default", *vocabulary.lead_types)
            hint = nearest(name, types) or f" Known: {listed(types)}."
            report.at(item.key or item.node, "undefined", f"`{name}` is no lead type.{hint}")
    return given


def _again(entries: Entries | None) -> Again:
    if entries is None:
        return Again()
    return Again(
        keep_owner=entries.get(keys.AGAIN_KEEP_OWNER),
        needs_new_signal=entries.get(keys.AGAIN_NEEDS) is not None,
        after_rejection=entries.get(keys.AGAIN_AFTER_REJECTION),
    )


def read_sal(root: Entries, vocabulary: Vocabulary, report: Report) -> Sal | None:
    entries = root.get(keys.SAL_SECTION)
    if entries is None:
        return None
    codes = entries.take(keys.SAL_REJECT_CODES, {})
    accepted_by = entries.get(keys.SAL_ACCEPTED_BY)
    ways: tuple[AcceptedBy, ...] = (
        get_args(AcceptedBy) if accepted_by is None else tuple(item.value for item in accepted_by)
    )
    return Sal(
        means=entries.take(keys.SAL_MEANS, ""),
        accept_within=entries.take(keys.SAL_ACCEPT_WITHIN, SAME_DAY),
        reject_codes={name: _reject_code(name, item.value, report) for name, item in codes.items()},
        accepted_by=frozenset(ways),
        require=_answers(entries.take(keys.SAL_REQUIRE, ()), vocabulary, report),
        follow_up=_follow_up(entries, report),
    )


def _answers(
    items: tuple[Item[str], ...], vocabulary: Vocabulary, report: Report
) -> tuple[str, ...]:
    """What a rep must know: a field by its dotted name, or a word for what they must answer."""
    for item in items:
        if "." in item.value and item.value not in vocabulary.declared:
            hint = nearest(item.value, vocabulary.declared)
            message = f"the field `{item.value}` is not declared.{hint} An answer has no dot."
            report.at(item.node, "undefined", message)
    return tuple(item.value for item in items)


def _reject_code(name: str, entries: Entries, report: Report) -> RejectCode:
    then: Consequence = entries.take(keys.CODE_THEN, "recycle")
    after = entries.get(keys.CODE_AFTER)
    if after is not None and then != "recycle":
        message = f"only a recycled lead comes back after a time; `{name}` has then: {then}"
        report.at(entries.at(keys.CODE_AFTER), "value", message)
    return RejectCode(name, then, after, entries.take(keys.CODE_CREDIT, False))


def _follow_up(sal: Entries, report: Report) -> FollowUp | None:
    entries = sal.get(keys.SAL_FOLLOW_UP)
    if entries is None:
        return None
    codes = sal.written(keys.SAL_REJECT_CODES)  # a code that cannot be read is there all the same
    then = entries.item(keys.FOLLOW_THEN)
    known = [key.text for key, _ in codes.entries] if isinstance(codes, Block) else []
    if then is not None and known and then.value not in known:
        hint = nearest(then.value, known) or f" Codes: {listed(known)}."
        report.at(then.node, "undefined", f"`{then.value}` is no reject code.{hint}")
    return FollowUp(
        attempts=entries.take(keys.FOLLOW_ATTEMPTS, 1),
        within=entries.take(keys.FOLLOW_WITHIN, _NOTHING),
        then="" if then is None else then.value,
    )


def read_sql(root: Entries, vocabulary: Vocabulary, report: Report) -> Sql | None:
    entries = root.get(keys.SQL_SECTION)
    if entries is None:
        return None
    return Sql(
        means=entries.take(keys.SQL_MEANS, ""),
        require=_answers(entries.take(keys.SQL_REQUIRE, ()), vocabulary, report),
        handover=_handover(entries.get(keys.SQL_HANDOVER), vocabulary, report),
    )


def _handover(entries: Entries | None, vocabulary: Vocabulary, report: Report) -> Handover | None:
    if entries is None:
        return None
    targets = entries.take(keys.HANDOVER_TO, ())
    check_targets(targets, vocabulary, report)
    for item in targets:
        if isinstance(item.value, ContinueTarget):
            message = "`continue` means the next routing rule; a handover has none"
            report.at(item.node, "value", message)
    return Handover(
        to=tuple(item.value for item in targets),
        accept_within=entries.take(keys.HANDOVER_WITHIN, SAME_DAY),
    )


def check_windows(root: Entries, report: Report) -> None:
    """On a business clock a window is working time, of which nobody can say what a day is."""
    sla = root.get(keys.SLA_SECTION)
    if sla is None or sla.get(keys.SLA_CLOCK) != "business":
        return
    for entries, key in _windows(root):
        node = entries.written(key)
        if (
            isinstance(node, Scalar)
            and entries.get(key) not in (None, SAME_DAY)
            and "d" in node.text
        ):
            message = "on a business clock `d` is not defined; write hours and minutes, or same_day"
            report.at(node, "value", message)


def _windows(root: Entries) -> Iterable[tuple[Entries, Key[Window]]]:
    for item in root.take(keys.LEAD_TYPES, ()):
        yield item.value, keys.TYPE_FIRST_ACTION
    sal = root.get(keys.SAL_SECTION)
    if sal is not None:
        yield sal, keys.SAL_ACCEPT_WITHIN
    sql = root.get(keys.SQL_SECTION)
    handover = None if sql is None else sql.get(keys.SQL_HANDOVER)
    if handover is not None:
        yield handover, keys.HANDOVER_WITHIN

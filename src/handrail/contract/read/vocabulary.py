"""What conditions may name: fields, scores, tiers, tables, signals; and from which section on."""

from collections.abc import Callable, Iterable, Mapping

from handrail.contract.iso import ISO_3166_1_ALPHA_2
from handrail.contract.model import (
    Field,
    FieldType,
    Idle,
    Score,
    ScoreRule,
    SignalScore,
    Table,
)
from handrail.contract.read import keys
from handrail.contract.read.conditions import Scope
from handrail.contract.read.report import Report, listed, nearest
from handrail.contract.read.shapes import Entries, Item, Key
from handrail.contract.tables import TableFault, TableMissing, read_table

Load = Callable[[str], str]  # a table's text by its file name; raises TableFault

_BUILT_IN: tuple[Field, ...] = (
    Field("lead.email", "string"),
    Field("lead.email_domain", "string"),
    Field("lead.times_mql", "integer", min=0),
    Field("account.domain", "string"),
    Field("account.owner", "rep"),
    Field("account.last_owner", "rep"),
    Field("account.last_lead_days", "integer", min=0),
)
BUILT_IN_FIELDS: Mapping[str, Field] = {field.name: field for field in _BUILT_IN}
RESERVED_SCORES = frozenset(
    {"lead_type", "tier", "territory", "threshold", "intent_signals", "lead", "account"}
)
ALWAYS_SCORES = ("fit", "intent")


class Vocabulary:
    """All names of one contract, and the scopes that its sections see."""

    def __init__(self, root: Entries, report: Report, load: Load) -> None:
        self._report = report
        self._scores = root.take(keys.SCORES, {})
        self.tables, self.table_sources = _read_tables(root, report, load)
        self.declared = {**BUILT_IN_FIELDS, **_read_fields(root, report)}
        self.signals = _declared_signals(self._scores.values())
        self.tiers = _read_tiers(root, report)
        self.lead_types = _names(root.take(keys.LEAD_TYPES, ()), keys.TYPE_NAME)
        self.territories = _names(root.take(keys.TERRITORIES, ()), keys.TERRITORY_NAME)
        self.score_names = (*dict.fromkeys((*ALWAYS_SCORES, *self._scores)),)
        self._scored = {name: Field(name, "integer") for name in self.score_names}
        self._scored["tier"] = Field("tier", "string", frozenset(dict(self.tiers)))
        self._placed = {"territory": Field("territory", "string", frozenset(self.territories))}
        self._typed = {"lead_type": Field("lead_type", "string", frozenset(self.lead_types))}
        self.fields = {**self.declared, **self._scored, **self._placed, **self._typed}
        self.stand_ins: dict[str, Field] = {}

    def in_scores(self) -> Scope:
        return self._scope({}, {**self._scored, **self._placed, **self._typed})

    def in_territories(self) -> Scope:
        return self._scope(self._scored, {**self._placed, **self._typed})

    def in_lead_types(self) -> Scope:
        return self._scope({**self._scored, **self._placed}, self._typed)

    def everywhere(self) -> Scope:
        return self._scope({**self._scored, **self._placed, **self._typed}, {})

    def _scope(self, known: Mapping[str, Field], later: Iterable[str]) -> Scope:
        return Scope(
            self._report,
            fields={**self.declared, **known},
            signals=self.signals,
            tables=self.tables,
            later={name: self._when_known(name) for name in later},
            stand_ins=self.stand_ins,
        )

    def _when_known(self, name: str) -> str:
        if name in self._typed:
            return "the lead type comes last, so that exclude, mql, routing and alerts may use it"
        if name in self._placed:
            return "territories are told first, so that lead_types and what follows may use it"
        return "scores and tier come first, so that territories and what follows may use them"


def _names(items: Iterable[Item[Entries]], key: Key[str]) -> tuple[str, ...]:
    found = (item.value.get(key) for item in items)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def refuse_twins(items: Iterable[Item[Entries]], key: Key[str], report: Report) -> None:
    """Two clauses of one name could not be told apart in a decision."""
    seen: set[str] = set()
    for item in items:
        name = item.value.get(key)
        if name is not None and name in seen:
            message = f"the name `{name}` stands twice; change one"
            report.at(item.value.at(key), "value", message, in_clause=True)
        seen.add(name or "")


# Fields and tables


def _read_fields(root: Entries, report: Report) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for name, item in root.take(keys.FIELDS, {}).items():
        field = _field(name, item.value, report)
        built_in = BUILT_IN_FIELDS.get(name)
        if built_in is not None and field.type != built_in.type:
            report.at(
                item.value.at(keys.FIELD_TYPE),
                "value",
                f"`{name}` is built in with type {built_in.type}; remove it or give it that type",
            )
            field = built_in
        fields[name] = field
    return fields


def _field(name: str, entries: Entries, report: Report) -> Field:
    kind: FieldType = entries.take(keys.FIELD_TYPE, "string")
    values = entries.get(keys.FIELD_VALUES)
    least, most = entries.get(keys.FIELD_MIN), entries.get(keys.FIELD_MAX)
    if values is not None and kind != "string":
        message = f"values can be listed for a string only; `{name}` is of type {kind}"
        report.at(entries.at(keys.FIELD_VALUES), "type", message)
    for key, bound in ((keys.FIELD_MIN, least), (keys.FIELD_MAX, most)):
        if bound is not None and kind not in ("integer", "number"):
            message = f"only an integer or number has bounds; `{name}` is of type {kind}"
            report.at(entries.at(key), "type", message)
    if least is not None and most is not None and least > most:
        report.at(entries.at(keys.FIELD_MIN), "value", f"min {least:g} is above max {most:g}")
    return Field(name, kind, _value_set(values), least, most)


def _value_set(values: str | tuple[Item[str], ...] | None) -> frozenset[str] | None:
    if values is None:
        return None
    if isinstance(values, str):
        return ISO_3166_1_ALPHA_2
    return frozenset(item.value for item in values)


def _read_tables(
    root: Entries, report: Report, load: Load
) -> tuple[dict[str, Table], dict[str, str]]:
    tables: dict[str, Table] = {}
    sources: dict[str, str] = {}
    for name, item in root.take(keys.TABLES, {}).items():
        tables[name] = Table(name, frozenset(), {})
        try:
            text = sources.setdefault(item.value, "")
            text = text or load(item.value)
            sources[item.value] = text
            tables[name] = read_table(name, text)
        except TableFault as fault:
            kind = "undefined" if isinstance(fault, TableMissing) else "value"
            report.at(item.node, kind, f"{item.value}: {fault}")
    return tables, sources


# Scores and tiers


def _declared_signals(scores: Iterable[Item[Entries]]) -> frozenset[str]:
    names: set[str] = set()
    for item in scores:
        names.update(item.value.take(keys.SCORE_SIGNALS, {}))
        names.update(reset.value for reset in item.value.take(keys.SCORE_RESET_ON, ()))
    return frozenset(names)


def _read_tiers(root: Entries, report: Report) -> tuple[tuple[str, int], ...]:
    items = root.take(keys.TIERS, {})
    by_least: dict[int, str] = {}
    for name, item in items.items():
        twin = by_least.setdefault(item.value, name)
        if twin != name:
            report.at(item.node, "value", f"`{twin}` begins at {item.value} too; change one")
    if items and min(by_least) > 0:
        lowest = items[by_least[min(by_least)]]
        message = (
            f"the lowest tier begins at {min(by_least)}; start it at 0 so that every fit has one"
        )
        report.at(lowest.node, "value", message, "warning")
    return tuple(sorted(((name, item.value) for name, item in items.items()), key=_falling))


def _falling(tier: tuple[str, int]) -> tuple[int, str]:
    return -tier[1], tier[0]


def read_scores(root: Entries, vocabulary: Vocabulary, report: Report) -> tuple[Score, ...]:
    """Every score, `fit` and `intent` among them, sums after what they add up."""
    items = root.take(keys.SCORES, {})
    scope = vocabulary.in_scores()
    scores = {name: Score(name) for name in ALWAYS_SCORES}
    for name, item in items.items():
        if name in RESERVED_SCORES:
            report.at(item.key or item.node, "value", f"`{name}` is built in; choose another name")
        scores[name] = _score(name, item.value, scope, report)
    for name, item in items.items():
        _check_sum(name, item.value, scores, report)
    return _sums_last(scores)


def _score(name: str, entries: Entries, scope: Scope, report: Report) -> Score:
    floor, cap = entries.take(keys.SCORE_FLOOR, 0), entries.get(keys.SCORE_CAP)
    if cap is not None and cap < floor:
        report.at(entries.at(keys.SCORE_CAP), "value", f"cap {cap} is below the floor {floor}")
    signals = entries.take(keys.SCORE_SIGNALS, {})
    return Score(
        name=name,
        rules=tuple(_rule(item, scope) for item in entries.take(keys.SCORE_RULES, ())),
        signals={signal: _signal(signal, item.value) for signal, item in signals.items()},
        idle=_idle(entries.get(keys.SCORE_IDLE)),
        reset_on=frozenset(item.value for item in entries.take(keys.SCORE_RESET_ON, ())),
        floor=floor,
        cap=cap,
        sum_of=tuple(item.value for item in entries.take(keys.SCORE_SUM, ())),
    )


def _rule(item: Item[Entries], scope: Scope) -> ScoreRule:
    entries = item.value
    return ScoreRule(
        when=scope.compile(entries.item(keys.RULE_WHEN), item.node),
        add=entries.take(keys.RULE_ADD, 0),
        because=entries.get(keys.RULE_BECAUSE),
    )


def _signal(name: str, entries: Entries) -> SignalScore:
    return SignalScore(
        name=name,
        add=entries.take(keys.SIGNAL_ADD, 0),
        at_most=entries.get(keys.SIGNAL_AT_MOST),
        half_life=entries.get(keys.SIGNAL_HALF_LIFE),
    )


def _idle(entries: Entries | None) -> Idle | None:
    if entries is None:
        return None
    after, every = entries.get(keys.IDLE_AFTER), entries.get(keys.IDLE_EVERY)
    if after is None or every is None:
        return None
    return Idle(after=after, add=entries.take(keys.IDLE_ADD, 0), every=every)


def _check_sum(name: str, entries: Entries, scores: Mapping[str, Score], report: Report) -> None:
    own = (keys.SCORE_RULES, keys.SCORE_SIGNALS, keys.SCORE_IDLE, keys.SCORE_RESET_ON)
    items = entries.take(keys.SCORE_SUM, ())
    if items and any(entries.written(key) is not None for key in own):
        message = "a sum has no rules, signals, idle or reset_on of its own; make it two scores"
        report.at(entries.at(keys.SCORE_SUM), "value", message)
    for item in items:
        if item.value not in scores:
            hint = nearest(item.value, scores) or f" Scores: {listed(scores)}."
            report.at(item.node, "undefined", f"`{item.value}` is no score.{hint}")
        elif name in _reached(item.value, scores):
            report.at(
                item.node, "value", f"`{name}` would be part of itself through `{item.value}`"
            )


def _reached(start: str, scores: Mapping[str, Score]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in reached and name in scores:
            reached.add(name)
            waiting.extend(scores[name].sum_of)
    return reached


def _sums_last(scores: Mapping[str, Score]) -> tuple[Score, ...]:
    """A score that adds up others reaches strictly more of them than each of those does."""
    return tuple(sorted(scores.values(), key=lambda score: _depth(score, scores)))


def _depth(score: Score, scores: Mapping[str, Score]) -> int:
    return 0 if not score.sum_of else len(_reached(score.name, scores))

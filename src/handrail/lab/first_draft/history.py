"""Routing drafted from history: who got which lead, as rules that people can read and change.

The list is learned from the earlier four fifths of the rows and held against the latest fifth.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import sqrt

import msgspec

from handrail.lab.first_draft.answers import team_slug
from handrail.lab.first_draft.decision_list import DecisionList, LearnedRule, learn
from handrail.lab.first_draft.routes import RouteDraft, Routes
from handrail.lab.first_draft.table import HistoryRow, Table, Value, table_of

HELD_OUT = 5  # one row in so many, the latest
ROWS_MIN = 20  # from fewer nothing can be learned
ROWS_MAX = 200_000  # held in memory at once
MEMBERS_MAX = 50  # of a team in the first roster
MEMBER_SHARE = 0.1  # of the leads of the one who has most
ALIKE_MAX = 3.5  # standard errors between two owners who take turns
NAME_MAX = 60  # characters

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class CannotLearn(Exception):
    """Why these rows give no rules; the message says what to do."""


class Unexplained(msgspec.Struct, frozen=True):
    """A row that went elsewhere than the draft would send it. `rule` is the one that takes it."""

    id: str
    given: str
    drafted: str
    rule: str
    attributes: Mapping[str, object]


class Agreement(msgspec.Struct, frozen=True):
    """`held_out_right` of `held_out` rows, which the rules never saw, go where they went;
    `always_right` would, if every lead went to the most frequent team."""

    rows: int
    learned_from: int
    learned_right: int
    held_out: int
    held_out_right: int
    always_right: int
    teams_found: bool  # in the rows; else put together from owners who take turns
    unexplained: tuple[Unexplained, ...]

    @property
    def rate(self) -> float:
        return self.held_out_right / self.held_out


class FromHistory(msgspec.Struct, frozen=True):
    """`columns`: fields by the columns of the file, where their names differ."""

    routes: Routes
    agreement: Agreement
    columns: Mapping[str, str]


def draft_from_history(given: Sequence[HistoryRow]) -> FromHistory:
    """Rules from rows that name an owner or a team. Raises CannotLearn."""
    rows = sorted(
        (row for row in given if row.team is not None or row.owner is not None),
        key=lambda row: (row.at or _LONG_AGO, row.id),
    )
    if len(rows) < ROWS_MIN:
        raise CannotLearn(
            f"{len(rows)} of {len(given)} rows name an `owner` or a `team`; "
            f"at least {ROWS_MIN} are needed (a mapping can say which column it is)"
        )
    table = table_of(rows)
    labels, members, teams_found = _teams(rows, table)
    held_out = range(len(rows) - len(rows) // HELD_OUT, len(rows))
    if any(row.at is None for row in rows):
        held_out = range(HELD_OUT - 1, len(rows), HELD_OUT)
    training = [number for number in range(len(rows)) if number not in held_out]
    found = learn(table, labels, training)
    names = _names(found.rules)
    agreement = _agreement(rows, labels, found, names, training, held_out, teams_found)
    routes = Routes(
        rules=tuple(
            _route(rule, name, table) for rule, name in zip(found.rules, names, strict=True)
        ),
        fields=table.fields,
        fallback=found.otherwise,
        members=members,
        title=_title(agreement),
    )
    renamed = {column: name for column, name in table.names.items() if column != name}
    return FromHistory(routes, agreement, renamed)


def _title(found: Agreement) -> tuple[str, ...]:
    return (
        f"Learned from {found.learned_from:,} leads of the past. Of {found.held_out:,} later ones "
        f"{found.held_out_right:,} went where these rules send them ({found.rate:.1%});",
        f"the most frequent team alone would be right about {found.always_right:,}. "
        "Beside each rule: of how many leads it was right.",
    )


def _route(rule: LearnedRule, name: str, table: Table) -> RouteDraft:
    example = {field.name: table.values[field.name][rule.first] for field in table.fields}
    return RouteDraft(
        name=name,
        when=rule.when,
        team=rule.label,
        comment=f"{rule.right:,} of {rule.covered:,}",
        example=tuple((name, value) for name, value in example.items() if value is not None),
    )


def _names(rules: Sequence[LearnedRule]) -> list[str]:
    """What people would call them: `country DE and employees >= 200`."""
    names: list[str] = []
    for rule in rules:
        words = " and ".join(_in_words(test.text) for test in rule.tests)
        stem = words if len(words) <= NAME_MAX else f"{words[: NAME_MAX - 3]}..."
        number = sum(name.startswith(stem) for name in names) + 1
        names.append(stem if number == 1 else f"{stem} ({number})")
    return names


def _in_words(text: str) -> str:
    name, sign, value = text.split(" ", 2)
    plain = value.strip("[]").replace('"', "")
    sign = "" if sign in ("==", "in") else f" {sign}"
    return f"{name.rpartition('.')[2]}{sign} {plain}"


def _agreement(
    rows: Sequence[HistoryRow],
    labels: Sequence[str],
    found: DecisionList,
    names: Sequence[str],
    training: Sequence[int],
    held_out: Sequence[int],
    teams_found: bool,
) -> Agreement:
    said = [found.label(number) for number in range(len(rows))]
    right = {number for number in range(len(rows)) if said[number] == labels[number]}
    usual = Counter(labels[number] for number in training).most_common(1)[0][0]
    return Agreement(
        rows=len(rows),
        learned_from=len(training),
        learned_right=len(right.intersection(training)),
        held_out=len(held_out),
        held_out_right=len(right.intersection(held_out)),
        always_right=sum(labels[number] == usual for number in held_out),
        teams_found=teams_found,
        unexplained=tuple(
            Unexplained(
                id=row.id,
                given=labels[number],
                drafted=said[number],
                rule=_rule_of(found, names, number),
                attributes=row.attributes,
            )
            for number, row in enumerate(rows)
            if number not in right
        ),
    )


def _rule_of(found: DecisionList, names: Sequence[str], number: int) -> str:
    for rule, name in zip(found.rules, names, strict=True):
        if all(test.rows >> number & 1 for test in rule.tests):
            return name
    return "everyone else"


# --- teams

Members = tuple[tuple[str, tuple[str, ...]], ...]


def _teams(rows: Sequence[HistoryRow], table: Table) -> tuple[list[str], Members, bool]:
    """The team of each row, and the members of each; whether the rows themselves name teams."""
    if all(row.team is not None for row in rows):
        labels = [team_slug(row.team or "") for row in rows]
        owners: dict[str, Counter[str]] = defaultdict(Counter)
        for label, row in zip(labels, rows, strict=True):
            if row.owner is not None:
                owners[label][row.owner] += 1
        members = tuple((team, _most(owners[team])) for team in sorted(owners))
        return labels, members, True
    team_of = _turns(rows, table)
    labels = [team_of[row.owner or row.team or ""] for row in rows]
    by_team: dict[str, Counter[str]] = defaultdict(Counter)
    for label, row in zip(labels, rows, strict=True):
        by_team[label][row.owner or row.team or ""] += 1
    return labels, tuple((team, _most(by_team[team])) for team in sorted(by_team)), False


def _most(owners: Counter[str]) -> tuple[str, ...]:
    """Those who belong to it, not those who once stood in for somebody."""
    if not owners:
        return ()
    ranked = sorted(owners.items(), key=lambda one: (-one[1], one[0]))
    least = MEMBER_SHARE * ranked[0][1]
    return tuple(owner for owner, count in ranked[:MEMBERS_MAX] if count >= least)


def _turns(rows: Sequence[HistoryRow], table: Table) -> dict[str, str]:
    """Owners who get the same kinds of leads take turns: they are one team.

    Those with most leads begin; each of the others joins the team whose leads are most like
    theirs, unless some value is much more frequent with one than with the other.
    """
    kinds: dict[str, Counter[_Kind]] = defaultdict(Counter)
    counts: Counter[str] = Counter()
    cuts = {field.name: _cuts(table.values[field.name]) for field in table.fields}
    for number, row in enumerate(rows):
        owner = row.owner or row.team or ""
        counts[owner] += 1
        for field in table.fields:
            value = table.values[field.name][number]
            kinds[owner].update((field.name, kind) for kind in _kinds(value, cuts[field.name]))
    teams: list[list[str]] = []
    for owner, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        apart = [
            _apart(kinds[owner], counts[owner], *_together(team, kinds, counts)) for team in teams
        ]
        nearest = min(range(len(teams)), key=lambda number: apart[number], default=None)
        if nearest is None or apart[nearest] > ALIKE_MAX:
            teams.append([owner])
        else:
            teams[nearest].append(owner)
    return {owner: _team_name(team) for team in teams for owner in team}


_Kind = tuple[str, Value | None]


def _cuts(values: Sequence[Value | None]) -> tuple[float, ...]:
    """The octiles of a number; a text has none."""
    numbers = sorted(one for one in values if isinstance(one, int | float))
    count = len(numbers)
    return tuple(dict.fromkeys(numbers[count * part // 8] for part in range(1, 8))) if count else ()


def _kinds(value: Value | None, cuts: tuple[float, ...]) -> Iterator[Value | None]:
    """A text is a kind; a number is one for each octile that it reaches."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from (cut for cut in cuts if value >= cut)
    else:
        yield value


def _together(
    team: Sequence[str],
    kinds: Mapping[str, Counter[_Kind]],
    counts: Mapping[str, int],
) -> tuple[Counter[_Kind], int]:
    found: Counter[_Kind] = Counter()
    for owner in team:
        found.update(kinds[owner])
    return found, sum(counts[owner] for owner in team)


def _apart(
    one: Mapping[_Kind, int],
    one_count: int,
    other: Mapping[_Kind, int],
    other_count: int,
) -> float:
    """The greatest difference between the parts of two that have a value, in standard errors."""
    worst = 0.0
    for kind in {*one, *other}:
        pooled = (one.get(kind, 0) + other.get(kind, 0)) / (one_count + other_count)
        error = sqrt(pooled * (1 - pooled) * (1 / one_count + 1 / other_count))
        if error:
            apart = abs(one.get(kind, 0) / one_count - other.get(kind, 0) / other_count)
            worst = max(worst, apart / error)
    return worst


def _team_name(owners: Sequence[str]) -> str:
    first = team_slug(owners[0].partition("@")[0])
    return first if len(owners) == 1 else f"{first}-and-{len(owners) - 1}"

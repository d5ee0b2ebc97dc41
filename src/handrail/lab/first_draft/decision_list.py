"""An ordered list of rules learned from rows with labels: the first that matches decides.

Greedy covering: the best rule for the rows that are left is taken, its rows are put aside, and so
on; what no rule is worth goes to the most frequent label. A rule is a test, or up to three joined
by `&&`. Sets of rows are whole numbers, a bit a row, so that ten thousand rules are tried at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from handrail.lab.first_draft.quoting import literal, literals
from handrail.lab.first_draft.table import Table, Value

RULES_MAX = 30  # a list that people can read
TESTS_MAX = 3  # of one rule
CUTS_MAX = 16  # thresholds of one number
BEAM = 24  # rules of one length that are made longer
SUPPORT_MIN = 5  # rows that a rule must be right about
PRECISION_MIN = 0.8  # part of its rows that a rule must be right about
WRONG_COST = 4  # rows that must be right for a wrong one, or a rule swallows its neighbours
TEST_COST = 1  # rows that a further test must be worth: shorter rules read better

Rows = int


class Test(msgspec.Struct, frozen=True):
    """A comparison of one field, as a condition says it, with the rows on which it holds.

    A rule has one test of each `about`: a field, or one end of a number's range.
    """

    text: str
    about: str
    rows: Rows


class LearnedRule(msgspec.Struct, frozen=True):
    """`right` of the `covered` rows that were left for it had this label."""

    tests: tuple[Test, ...]
    label: str
    covered: int
    right: int
    first: int  # the first row that it took

    @property
    def when(self) -> str:
        return " && ".join(test.text for test in self.tests)


class DecisionList(msgspec.Struct, frozen=True):
    rules: tuple[LearnedRule, ...]
    otherwise: str

    def label(self, row: int) -> str:
        """What it says of a row of the table that the tests were made from."""
        for rule in self.rules:
            if all(test.rows >> row & 1 for test in rule.tests):
                return rule.label
        return self.otherwise


def learn(table: Table, labels: Sequence[str], training: Sequence[int]) -> DecisionList:
    """The list for the `training` rows; `labels` are those of all rows."""
    assert training, "nothing to learn from"
    of_training = _rows(training)
    by_label = {
        label: _rows(row for row in training if labels[row] == label)
        for label in sorted({labels[row] for row in training})
    }
    otherwise = Counter(labels[row] for row in training).most_common(1)[0][0]
    tests = list(_tests(table, of_training, by_label))
    left = of_training
    rules: list[LearnedRule] = []
    while len(rules) < RULES_MAX:
        rule = _best(tests, left, by_label)
        if rule is None:
            break
        rules.append(rule)
        left &= ~_covered(rule.tests)
    if left:
        otherwise = _majority(left, by_label)[0]
    while rules and rules[-1].label == otherwise:
        rules.pop()
    return DecisionList(tuple(rules), otherwise)


def _best(tests: Sequence[Test], left: Rows, by_label: Mapping[str, Rows]) -> LearnedRule | None:
    """The rule of the greatest worth; of equals the shorter, then the narrower: `>= 900` says more
    than `>= 20` where an earlier rule has taken what lies between."""
    beam: list[tuple[Test, ...]] = [()]
    found: list[tuple[_Rank, LearnedRule]] = []
    for _ in range(TESTS_MAX):
        ranked = sorted(
            ((_rank(rule, left, by_label), rule) for rule in _longer(beam, tests, left)),
            key=lambda one: one[0],
        )
        for rank, rule in ranked:
            learned = _learned(rule, left, by_label)
            if learned is not None and rank[0] < 0:
                found.append((rank, learned))
                break
        beam = [rule for _, rule in ranked[:BEAM]]
    return min(found, key=lambda one: one[0])[1] if found else None


_Rank = tuple[int, int, int, str]  # worth, negated; length; rows of the whole table; text


def _longer(
    beam: Iterable[tuple[Test, ...]], tests: Sequence[Test], left: Rows
) -> Iterator[tuple[Test, ...]]:
    """Each rule with one test more, where that leaves it any row."""
    for start in beam:
        rows = left & _covered(start)
        about = {test.about for test in start}
        for test in tests:
            if rows & test.rows and test.about not in about:
                yield (*start, test)


def _rank(rule: tuple[Test, ...], left: Rows, by_label: Mapping[str, Rows]) -> _Rank:
    """Right rows pay for wrong ones and for each test."""
    rows = left & _covered(rule)
    _, right = _majority(rows, by_label)
    worth = right - WRONG_COST * (rows.bit_count() - right) - TEST_COST * len(rule)
    everywhere = _covered(rule).bit_count()
    return -worth, len(rule), everywhere, " && ".join(test.text for test in rule)


def _learned(
    rule: tuple[Test, ...], left: Rows, by_label: Mapping[str, Rows]
) -> LearnedRule | None:
    """The rule with its figures; None when it is right about too few."""
    rows = left & _covered(rule)
    label, right = _majority(rows, by_label)
    count = rows.bit_count()
    if right < SUPPORT_MIN or right < PRECISION_MIN * count:
        return None
    return LearnedRule(rule, label, count, right, (rows & -rows).bit_length() - 1)


def _majority(rows: Rows, by_label: Mapping[str, Rows]) -> tuple[str, int]:
    counts = {label: (rows & those).bit_count() for label, those in by_label.items()}
    label = max(counts, key=lambda one: (counts[one], one))
    return label, counts[label]


def _covered(tests: Iterable[Test]) -> Rows:
    rows = -1
    for test in tests:
        rows &= test.rows
    return rows


def _rows(numbers: Iterable[int]) -> Rows:
    found = bytearray()
    for number in numbers:
        place, bit = divmod(number, 8)
        if place >= len(found):
            found.extend(bytes(place + 1 - len(found)))
        found[place] |= 1 << bit
    return int.from_bytes(found, "little")


# --- tests of one field


def _tests(table: Table, training: Rows, by_label: Mapping[str, Rows]) -> Iterator[Test]:
    for field in table.fields:
        values = table.values[field.name]
        match field.type:
            case "integer" | "number":
                yield from _cuts(field.name, values, training)
            case _:
                yield from _kinds(field.name, values, training, by_label)


def _kinds(
    name: str, values: Sequence[Value | None], training: Rows, by_label: Mapping[str, Rows]
) -> Iterator[Test]:
    """`==` each value, and `in` those that mostly have one label."""
    places: dict[Value, list[int]] = {}
    for row, value in enumerate(values):
        if value is not None:
            places.setdefault(value, []).append(row)
    holding = {value: _rows(places[value]) for value in sorted(places, key=str)}
    alike: dict[str, list[Value]] = {}
    for value, rows in holding.items():
        if not rows & training:
            continue
        yield Test(f"{name} == {literal(value)}", name, rows)
        label, right = _majority(rows & training, by_label)
        if right >= PRECISION_MIN * (rows & training).bit_count():
            alike.setdefault(label, []).append(value)
    for together in alike.values():
        texts = tuple(value for value in together if isinstance(value, str))
        if len(texts) > 1:
            rows = 0
            for value in texts:
                rows |= holding[value]
            yield Test(f"{name} in {literals(texts)}", name, rows)


def _cuts(name: str, values: Sequence[Value | None], training: Rows) -> Iterator[Test]:
    """From a threshold up, and below it; thresholds are values that stand in the rows."""
    numbers = [(value, row) for row, value in enumerate(values) if isinstance(value, int | float)]
    seen = sorted({value for value, row in numbers if training >> row & 1})
    if len(seen) < 2:
        return
    step = max(1, len(seen) // CUTS_MAX)
    for cut in seen[step::step] or seen[1:]:
        above = _rows(row for value, row in numbers if value >= cut)
        below = _rows(row for value, row in numbers if value < cut)
        yield Test(f"{name} >= {literal(cut)}", f"{name} from", above)
        yield Test(f"{name} < {literal(cut)}", f"{name} below", below)

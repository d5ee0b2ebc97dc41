"""What tests that look inside strings say of each other, and strings that pass them."""

import itertools
from collections.abc import Container, Iterator, Mapping, Sequence

from handrail.contract.cel.typed import Compared, FieldValue, Known, Sized, Term, TextTest
from handrail.contract.proof.classes.partition import Atom
from handrail.contract.proof.formula import Any, Formula, Literal, Not

COMPARED_MAX = 100  # tests of one field; beyond, contradictions are not looked for
COMPOSED_MAX = 5_000  # strings that are tried
FRESH = "other"


def contradictions(flags: Mapping[str, Atom], others: Formula) -> list[Formula]:
    """What holds of the other strings: one that starts with `ab` starts with `a`, not with `b`."""
    told = [(name, one) for name, atom in flags.items() if (one := _told(atom.term)) is not None]
    if len(told) > COMPARED_MAX:
        return []
    found: list[Formula] = []
    for (name, test), (other_name, other) in itertools.permutations(told, 2):
        passed, passes_too = Literal(name, 0b10), Literal(other_name, 0b10)
        if _implies(test, other):
            found.append(Any((Not(others), Not(passed), passes_too)))
        elif _bars(test, other):
            found.append(Any((Not(others), Not(passed), Not(passes_too))))
    return found


Test = tuple[str, str]


def _told(term: Term) -> Test | None:
    match term:
        case TextTest(name=name, subject=FieldValue(), argument=Known(value=str(text))):
            return name, text
        case _:
            return None


def _implies(test: Test, other: Test) -> bool:
    (name, text), (other_name, other_text) = test, other
    if other_name == "contains":
        return other_text in text
    if name != other_name:
        return False
    return text.startswith(other_text) if name == "startsWith" else text.endswith(other_text)


def _bars(test: Test, other: Test) -> bool:
    """Both look at the same end of the string and want something else there."""
    name, other_name = test[0], other[0]
    at_one_end = name == other_name and name != "contains"
    return at_one_end and not (_implies(test, other) or _implies(other, test))


def fresh(field: str, taken: Container[str]) -> str:
    """A string that nothing names, of the look that the field has."""
    stem, tail = FRESH, ""
    if field == "lead.email":
        stem, tail = "lena", "@fresh.example"
    elif field.endswith("domain"):
        stem, tail = "fresh", ".example"
    return next(
        text for number in itertools.count() if (text := f"{stem}{number or ''}{tail}") not in taken
    )


def texts_passing(plain: str, terms: Sequence[Term]) -> Iterator[str]:
    """Strings that may pass several of the tests at once, `plain` first."""
    told = [one for term in terms if (one := _told(term)) is not None]
    by_name: dict[str, list[str]] = {"startsWith": [""], "contains": [""], "endsWith": [""]}
    for name, text in told:
        by_name[name].append(text)
    middles = ["", plain, *by_name["contains"][1:]]
    middles += ["".join(by_name["contains"])]
    joined = itertools.product(by_name["startsWith"], middles, by_name["endsWith"])
    texts = (start + middle + end for start, middle, end in joined)
    for text in itertools.islice(itertools.chain([plain], texts), COMPOSED_MAX):
        yield text
        for length in _lengths(terms):
            yield text[:length] if len(text) > length else text.ljust(length, "x")
            yield text + "x" * (length - len(text))
    yield from _neighbours(terms)


def _lengths(terms: Sequence[Term]) -> list[int]:
    """Lengths about those that are asked for."""
    found: set[int] = set()
    for term in terms:
        match term:
            case (
                Compared(left=Sized(), right=Known(value=int(size)))
                | Compared(left=Known(value=int(size)), right=Sized())
            ):
                found.update(one for one in (size - 1, size, size + 1) if 0 <= one <= COMPOSED_MAX)
            case _:
                pass
    return sorted(found)


def _neighbours(terms: Sequence[Term]) -> Iterator[str]:
    """Strings right before and after those that others are compared with."""
    for term in terms:
        match term:
            case (
                Compared(left=FieldValue(), right=Known(value=str(text)))
                | Compared(left=Known(value=str(text)), right=FieldValue())
            ):
                yield text + " "
                if text:
                    yield text[:-1] + chr(max(ord(text[-1]) - 1, 32)) + "z"
            case _:
                pass

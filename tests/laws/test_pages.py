"""The page that both teams sign says all that the contract says, and nothing else.

Law: conditions of the same words mean the same.
Law: every clause stands on the page, in both of its forms.
Law: what a contract's author typed is never markup, and nothing hidden stays hidden.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.contract.cel import Compiled, Names, compile_condition
from handrail.contract.facts import Facts
from handrail.contract.model import Condition, Contract, Field, Place
from handrail.contract.page import page_of, render_plain
from handrail.contract.page.spoken import is_always, say
from handrail.contract.read import read_contract_file
from handrail.web.console.agreement import whole_page
from tests.laws.test_cel_against_rust import NOW

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = sorted((ROOT / "examples").rglob("contract.yaml")) + sorted(
    (ROOT / "examples").rglob("contracts/*.yaml")
)

# --- words and meaning

NAMES = Names(fields={name: Field(name, "boolean") for name in ("lead.a", "lead.b")})
ATOMS = ("lead.a", "lead.b", "has(lead.a)")


def grown(parts: list[str]) -> list[str]:
    """The parts, and every condition that is made of two of them or of three atoms."""
    pairs = list(product(parts, repeat=2))
    return [
        *parts,
        *(f"!({one})" for one in parts),
        *(f"({one}) {sign} ({other})" for one, other in pairs for sign in ("&&", "||", "==")),
        *(f"({one}) ? {yes} : {no}" for one in parts for yes, no in product(ATOMS, repeat=2)),
    ]


KNOWN = [
    {name: value for name, value in zip(("lead.a", "lead.b"), pair, strict=True) if value != "none"}
    for pair in product((True, False, "none"), repeat=2)
]


def answers(text: str) -> tuple[str, list[bool | None]]:
    """The words of a condition, and whether it holds in each situation; None for a fault."""
    made = compile_condition(text, NAMES)
    assert isinstance(made, Compiled), made
    words = say(Condition(text, Place(1, 1), made.test, made.expression))
    told = [made.test(Facts(dict(known), (), NOW)) for known in KNOWN]
    return words, [one if isinstance(one, bool) else None for one in told]


def test_conditions_of_the_same_words_mean_the_same() -> None:
    """All of them up to two signs deep, not drawn: clashes are too rare to be met by chance."""
    meant: dict[str, tuple[str, list[bool | None]]] = {}
    for text in grown(grown(list(ATOMS))):
        words, holds = answers(text)
        other, before = meant.setdefault(words, (text, holds))
        assert holds == before, f"{text} and {other} are both said as: {words}"


# --- nothing is left out


def read(path: Path) -> Contract:
    contract = read_contract_file(path).contract
    assert contract is not None
    return contract


def clauses(contract: Contract) -> Iterator[str]:
    """What the author named or wrote, wherever a decision can come from it."""
    conditions = contract.conditions()
    yield from (one.text for one in conditions if not is_always(one))
    yield from (say(one) for one in conditions if not is_always(one))
    yield from (rule.name for rule in contract.routing)
    yield from (way.name for way in contract.mql.any)
    yield from (bar.because for bar in contract.exclude)
    yield from (area.name for area in contract.territories)
    for score in contract.scores:
        yield from score.signals
        yield from (f"{rule.add}" for rule in score.rules)
        yield from (rule.because for rule in score.rules if rule.because is not None)
    yield from contract.sal.reject_codes
    yield from (kind.name for kind in contract.lead_types)
    yield from (*contract.mql.require, *contract.sal.require, *contract.sql.require)
    yield from contract.teams_named()
    yield from contract.owners.values()
    yield from contract.sources
    yield from contract.governance.never_use
    yield from (name for name, _ in contract.tiers)
    yield from (contract.mql.means[1:], contract.sal.means[1:], contract.sql.means[1:])
    yield contract.digest


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_clause_stands_on_the_page(path: Path) -> None:
    contract = read(path)
    seen = Seen(whole_page(page_of(contract)))
    missing = [clause for clause in clauses(contract) if clause not in seen.text]
    assert not missing


# --- nothing is run, nothing is hidden


class Seen(HTMLParser):
    """The elements of a document with their attributes' names, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(f"{tag} {' '.join(name for name, _ in attrs)}")

    def handle_data(self, data: str) -> None:
        self.text += data


ACME = read(ROOT / "examples" / "acme" / "contract.yaml")
HOSTILE = st.text(
    st.sampled_from("<>&\"'`={}%#x /\\\u202e\u200b\x1b\x00"), min_size=1, max_size=24
).map(lambda text: f"a{text}")


def renamed(contract: Contract, text: str) -> Contract:
    """The contract with `text` wherever its author may write freely."""
    rules = tuple(msgspec.structs.replace(rule, name=text) for rule in contract.routing)
    bars = tuple(msgspec.structs.replace(bar, because=text) for bar in contract.exclude)
    ways = tuple(msgspec.structs.replace(way, name=text) for way in contract.mql.any)
    return msgspec.structs.replace(
        contract,
        name=text,
        owners=dict.fromkeys(contract.owners, text),
        routing=rules,
        exclude=bars,
        mql=msgspec.structs.replace(contract.mql, means=text, any=ways),
        governance=msgspec.structs.replace(contract.governance, scope=text, review_owner=text),
    )


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_what_an_author_typed_is_never_markup(text: str) -> None:
    hostile = Seen(whole_page(page_of(renamed(ACME, text))))
    assert hostile.elements == Seen(whole_page(page_of(renamed(ACME, "a")))).elements


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_nothing_on_the_page_hides_or_turns_a_text(text: str) -> None:
    page = page_of(renamed(ACME, text))
    said = render_plain(page).replace("\n", "") + Seen(whole_page(page)).text.replace("\n", "")
    assert all(char.isprintable() for char in said)

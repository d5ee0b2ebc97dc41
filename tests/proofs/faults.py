"""Two hundred faults planted into the sound contracts, each with the line it is to be found at."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from tests.proofs import dead, wrong
from tests.proofs.sound import ALL_SOUND
from tests.proofs.written import (
    Line,
    Lines,
    Written,
    area,
    bar,
    kind,
    marked,
    points,
    rule,
    way,
)

FAULTS_MIN = 200
UNION_MIN = 30

Shown = Literal["taken earlier", "taken by none", "nothing", "anything"]
Plant = Callable[[Written], Written]


@dataclass(frozen=True)
class Fault:
    """`among` are the clauses that take the leads together, where no single one does."""

    name: str
    written: Written
    kind: str
    shown: Shown = "anything"
    among: Lines = ()


_WORDS = re.compile(
    r"(?:lead|account)\.\w+|\b(?:fit|intent|tier|territory|lead_type)\b|"
    r"pricing_view|demo_request|trial_started|webinar_attended"
)


def hosts(lines: Lines, count: int, turn: int) -> list[Written]:
    """Sound contracts whose routing looks at nothing that these lines look at.

    So the fault is where it was planted, and nothing around it takes part.
    """
    words = {word for line in lines for word in _WORDS.findall(line.text)}
    apart = [one for one in ALL_SOUND if not words & _asked(one)]
    assert len(apart) >= count, f"too few contracts leave {sorted(words)} alone"
    return [apart[(turn + 7 * number) % len(apart)] for number in range(count)]


def _asked(one: Written) -> set[str]:
    return {word for line in one.routing for word in _WORDS.findall(line.text)}


def all_faults() -> Iterator[Fault]:
    yield from _shadowed()
    yield from _never_true()
    yield from _in_other_sections()
    yield from _unrouted()
    yield from _unreadable()
    yield from _bands()
    yield from _chains()
    yield from _duties()


def _shadowed() -> Iterator[Fault]:
    for turn, (name, whens) in enumerate({**dead.BY_ONE, **dead.BY_UNION}.items()):
        earlier = tuple(
            rule(f"earlier {number}", when, "team:east") for number, when in enumerate(whens[:-1])
        )
        last = marked(rule("planted", whens[-1], "team:west"))
        among = earlier if name in dead.BY_UNION else ()
        for host in hosts((*earlier, last, *_made_anew(name)), 2, turn):
            made = _with_scores(name, host).adding(*earlier, last)
            yield Fault(f"{name} in {host.name}", made, "dead_rule", "taken earlier", among)


def _never_true() -> Iterator[Fault]:
    for turn, (name, when) in enumerate(dead.NEVER.items()):
        line = marked(rule("planted", when, "team:west"))
        for host in hosts((line, *_made_anew(name)), 2 if turn % 2 else 1, turn):
            made = _with_scores(name, host).adding(line)
            yield Fault(f"{name} in {host.name}", made, "dead_rule", "nothing")


def _with_scores(name: str, host: Written) -> Written:
    """Some faults lie in how scores, territories or lead types are made."""
    return dead.MADE[name](host) if name in dead.MADE else host


def _made_anew(name: str) -> Lines:
    """What rules of the host may not look at, since it comes to be otherwise."""
    return (Line("fit intent tier territory lead_type"),) if name in dead.MADE else ()


def _in_other_sections() -> Iterator[Fault]:
    for turn, (name, plant) in enumerate(SECTIONS.items()):
        made, shown = plant(ALL_SOUND[(turn * 11) % len(ALL_SOUND)])
        yield Fault(f"{name} in {made.name}", made, "dead_rule", shown)


def _unrouted() -> Iterator[Fault]:
    for turn, (name, when) in enumerate(dead.NOT_ALL.items()):
        for host in hosts((rule("", when),), 1, turn):
            last = marked(rule("the rest", when))
            made = replace(host, routing=(*host.routing[:-1], last))
            yield Fault(f"{name} in {host.name}", made, "unrouted", "taken by none")
    for turn, target in enumerate(("account.owner", "account.csm", "continue", "[]")):
        host = ALL_SOUND[turn * 9]
        last = marked(rule("the rest", "true", target.strip("[]")))
        made = replace(host, routing=(*host.routing[:-1], last))
        yield Fault(
            f"ends in {target} in {host.name}", made, "unrouted" if target != "[]" else "value"
        )


def _unreadable() -> Iterator[Fault]:
    for turn, (name, (expected, when)) in enumerate(wrong.CONDITIONS.items()):
        for number in (0, 1):
            host = ALL_SOUND[(turn * 3 + number * 17) % len(ALL_SOUND)]
            line = marked(rule("planted", when, "team:west"))
            yield Fault(f"{name} in {host.name}", host.adding(line), expected)
    for turn, (name, (expected, plant)) in enumerate(wrong.PLACES.items()):
        host = ALL_SOUND[(turn * 5 + 2) % len(ALL_SOUND)]
        yield Fault(f"{name} in {host.name}", plant(host), expected)


def _bands() -> Iterator[Fault]:
    for turn, (name, (expected, whens)) in enumerate(wrong.BANDS.items()):
        lines = tuple(points(when, 5) for when in whens[:-1])
        for number in (0, 1):
            host = ALL_SOUND[(turn * 4 + number * 23) % len(ALL_SOUND)]
            made = replace(host, fit=(*host.fit, *lines, marked(points(whens[-1], 10))))
            yield Fault(f"{name} in {host.name}", made, expected)


def _chains() -> Iterator[Fault]:
    for turn, (name, (expected, steps, at)) in enumerate(wrong.CHAINS.items()):
        lines = [Line(f"    - {step}") for step in steps]
        lines[at] = marked(lines[at])
        for number in (0, 1):
            host = ALL_SOUND[(turn * 6 + number * 19) % len(ALL_SOUND)]
            made = replace(host, escalation=tuple(lines))
            yield Fault(f"{name} in {host.name}", made, expected)


def _duties() -> Iterator[Fault]:
    for turn, (name, (expected, plant)) in enumerate(wrong.DUTIES.items()):
        for number in (0, 1):
            host = ALL_SOUND[(turn * 9 + number * 21) % len(ALL_SOUND)]
            yield Fault(f"{name} in {host.name}", plant(host), expected)


SectionPlant = Callable[[Written], tuple[Written, Shown]]


def _territories(*whens: str) -> SectionPlant:
    areas = [area(f"area {number}", when) for number, when in enumerate(whens)]
    lines = (*areas[:-1], marked(areas[-1]), area("elsewhere", "true"))

    def plant(host: Written) -> tuple[Written, Shown]:
        rules = tuple(line for line in host.routing if "territory" not in line.text)
        shown: Shown = "taken earlier" if len(whens) > 1 else "nothing"
        return replace(host, territories=lines, routing=rules), shown

    return plant


def _types(*whens: str) -> SectionPlant:
    windows = ("5m", "10m", "15m", "20m", "25m")
    kinds = [
        kind("demo" if number == 0 else f"kind {number}", when, windows[number])
        for number, when in enumerate(whens)
    ]
    lines = (*kinds[:-1], marked(kinds[-1]), kind("content", "true", "same_day"))

    def plant(host: Written) -> tuple[Written, Shown]:
        rules = tuple(line for line in host.routing if "lead_type" not in line.text)
        return replace(host, lead_types=lines, routing=rules), "taken earlier"

    return plant


def _barred(when: str) -> SectionPlant:
    def plant(host: Written) -> tuple[Written, Shown]:
        return replace(host, exclude=(*host.exclude, marked(bar(when)))), "nothing"

    return plant


def _qualified(when: str) -> SectionPlant:
    def plant(host: Written) -> tuple[Written, Shown]:
        return replace(host, mql=(*host.mql, marked(way("planted", when)))), "nothing"

    return plant


def _scored(when: str) -> SectionPlant:
    def plant(host: Written) -> tuple[Written, Shown]:
        return replace(host, fit=(*host.fit, marked(points(when, 10)))), "nothing"

    return plant


SECTIONS: dict[str, SectionPlant] = {
    "territory behind one": _territories("has(lead.country)", 'lead.country == "US"'),
    "territory behind one prefix": _territories(
        'lead.postal_code.startsWith("9")', 'lead.postal_code.startsWith("94")'
    ),
    "territory behind two": _territories(
        "account.employees < 500", "account.employees >= 500", "account.employees > 20"
    ),
    "territory behind three": _territories(
        'lead.country in ["US", "CA", "MX"]',
        'lead.country in ["GB", "DE", "AT", "CH", "FR"]',
        'lead.country in ["JP", "AU"]',
        "has(lead.country) && account.employees > 3",
    ),
    "territory behind look-ups": _territories(
        'lookup("zips", lead.postal_code) == "west"',
        'lookup("zips", lead.postal_code) in ["east", "middle"]',
        'lead.postal_code == "94105" || lead.postal_code == "10001"',
    ),
    "territory that cannot be": _territories("account.seats > 10 && account.seats < 10"),
    "territory of a tier against its fit": _territories('tier == "B" && fit >= 70'),
    "lead type behind one": _types('seen("demo_request")', 'seen("demo_request") && fit > 20'),
    "lead type behind a count": _types(
        'count("pricing_view", "2h") >= 2', 'count("pricing_view", "1h") >= 3'
    ),
    "lead type behind two": _types(
        'seen("demo_request") && lead.opted_in',
        'seen("demo_request") && !lead.opted_in',
        'seen("demo_request") && has(lead.opted_in)',
    ),
    "lead type behind two counts": _types(
        'count("pricing_view", "7d") >= 4',
        'count("pricing_view", "7d") in [1, 2, 3]',
        'count("pricing_view", "7d") > 1',
    ),
    "lead type behind two tiers": _types(
        'tier == "A"', 'seen("demo_request") && tier != "A"', 'seen("demo_request")'
    ),
    "exclusion that cannot be": _barred('lead.country == "US" && lead.country == "CA"'),
    "exclusion of too many seats": _barred("account.seats > 10000"),
    "exclusion of what is both there and not": _barred("has(lead.title) && !has(lead.title)"),
    "exclusion of two domains": _barred(
        'lead.email_domain == "a.example" && lead.email_domain == "b.example"'
    ),
    "threshold above the cap": _qualified("fit > 100"),
    "threshold that contradicts itself": _qualified("intent >= 80 && intent < 30"),
    "threshold of a tier against its fit": _qualified('tier == "C" && fit >= 40'),
    "points for nobody": _scored("account.employees >= 1000 && account.employees < 500"),
    "points for two industries": _scored(
        'account.industry == "health" && account.industry == "retail"'
    ),
    "points for a negative count": _scored("account.open_deals < 0"),
}

ALL_FAULTS = tuple(all_faults())

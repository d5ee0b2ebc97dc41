"""Leads of the sample company, each with its fate: what the reps who get it will do."""

import itertools
import random
from collections.abc import Iterator
from typing import Literal

import msgspec

from handrail.engine.items import CaptureItem

Doing = Literal[
    "call", "email", "message", "accept", "converse", "reject", "qualify", "book", "signal", "take"
]
LEAD_NAME = "demo-{:04d}"

Act = tuple[int, Doing] | tuple[int, Doing, str]
"""Seconds after what set it off, what is done, and its detail (a code, a signal, an owner)."""


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What people do about one lead: after it came, at each assignment, in triage, in an incident.

    An empty turn is a rep who does nothing: the clock runs out.
    """

    turns: tuple[tuple[Act, ...], ...] = ()
    on_arrival: tuple[Act, ...] = ()
    on_triage: tuple[Act, ...] = ()
    on_incident: tuple[Act, ...] = ()


class SampleLead(msgspec.Struct, frozen=True):
    item: CaptureItem
    fate: Fate
    first_name: str
    company: str


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of person asks, and what they did before they asked."""

    signals: tuple[str, ...]
    employees: tuple[int, int] = (120, 900)
    countries: tuple[str, ...] = ("US", "US", "GB", "CA", "FR", "NL")
    personas: tuple[str, ...] = ("executive", "practitioner")
    industries: tuple[str, ...] = ("software", "finance")
    domain: str | None = None
    lacks: tuple[str, ...] = ()


ASKS = Profile(signals=("demo_request",))
ASKS_BIG = Profile(signals=("demo_request",), employees=(1_200, 9_000))
ASKS_GERMAN = Profile(signals=("demo_request",), countries=("DE", "AT", "CH"))
NAMED = Profile(
    signals=("pricing_view", "demo_request"),
    employees=(2_000, 9_000),
    domain="northgate-bank.example",
)
HEARD = Profile(signals=("webinar_attended",))
READS = Profile(signals=("guide_download", "pricing_view"))
LOOKS = Profile(signals=("guide_download",))
STUDENT = Profile(signals=("guide_download",), personas=("student",), employees=(1, 40))
RIVAL = Profile(signals=("demo_request",), domain="rival.example")
NO_COUNTRY = Profile(signals=("webinar_attended",), lacks=("lead.country",))

WON: tuple[Act, ...] = ((5, "call"), (9, "accept"), (21, "converse"), (40, "qualify"))
SOLD = Fate(turns=(WON, WON, WON))
MEETS = Fate(turns=(((4, "email"), (10, "book"), (45, "converse"), (60, "qualify")), WON, WON))
IGNORED_ONCE = Fate(turns=((), WON, WON))
IGNORED_TWICE = Fate(
    turns=((), (), ((7, "message"), (12, "accept"), (30, "converse"), (50, "reject", "premature")))
)
IGNORED = Fate(
    turns=((), (), (), ()),
    on_incident=((34, "call"), (37, "accept"), (60, "converse"), (75, "qualify")),
)
WRONG_PERSON = Fate(turns=(((6, "call"), (16, "reject", "wrong_persona")),) * 3)
NO_FIT = Fate(
    turns=(((6, "call"), (10, "accept"), (24, "converse"), (33, "reject", "wrong_product_fit")),)
    * 3
)
ELSEWHERE = Fate(turns=(((5, "reject", "outside_territory"),), WON, WON))
TWICE = Fate(turns=(((8, "reject", "duplicate"),),) * 3)
SLEEPY = Fate(turns=(((6, "call"), (70, "reject", "no_response")),) * 2)  # never accepts
RETURNS = Fate(
    on_arrival=((12, "signal", "pricing_view"), (16, "signal", "pricing_view")),
    turns=(WON, WON, WON),
)
RELEASED = Fate(on_triage=((14, "take", "team:inbound"),), turns=(WON, WON, WON))
LEFT_IN_TRIAGE = Fate(on_triage=((55, "take", "team:inbound"),), turns=(WON, WON, WON))
NOBODYS = Fate()

CAST: tuple[tuple[Profile, Fate], ...] = (
    (ASKS, SOLD),
    (ASKS_BIG, IGNORED_ONCE),
    (ASKS, IGNORED),
    (READS, SOLD),
    (LOOKS, RETURNS),
    (ASKS_GERMAN, SOLD),
    (NO_COUNTRY, RELEASED),
    (ASKS, IGNORED_TWICE),
    (HEARD, WRONG_PERSON),
    (RIVAL, NOBODYS),
    (NAMED, MEETS),
    (ASKS, ELSEWHERE),
    (LOOKS, NOBODYS),
    (HEARD, IGNORED_ONCE),
    (ASKS_BIG, SOLD),
    (ASKS, TWICE),
    (STUDENT, NOBODYS),
    (READS, NO_FIT),
    (ASKS_GERMAN, IGNORED_ONCE),
    (NO_COUNTRY, LEFT_IN_TRIAGE),
    (ASKS, SLEEPY),
    (HEARD, SOLD),
)

FIRST_NAMES = """
    Alma Anton Bea Bruno Carla Cem Dora Elias Emma Fabio Femke Gita Hugo Ida Ines Ivo Jana Jonas
    Kaya Lars Lea Lino Maja Marc Mina Nils Noor Olga Oskar Paula Pedro Quinn Rana Rolf Sara Sven
    Tara Theo Uma Vera Viktor Wanda Xenia Yara Yusuf Zoe
""".split()
LAST_NAMES = """
    Abel Bauer Berg Blanc Braun Costa Dahl Diaz Engel Faber Frost Gallo Hahn Horn Iten Jansen
    Keller Klein Lang Lopez Maas Meyer Moreau Nagel Novak Olsen Peters Quist Rossi Roth Santos
    Schmid Silva Stern Tanaka Urban Vogel Weber Wolf Young Zeller Zimmer
""".split()
COMPANY_FIRST = """
    Alder Amber Birch Cedar Cobalt Copper Coral Delta Ember Fjord Granite Harbor Hazel Indigo
    Juniper Kestrel Lark Maple Meadow Nimbus North Opal Orchid Pebble Quartz Raven River Saffron
    Slate Summit Tidal Umber Vale Violet Willow Zephyr
""".split()
COMPANY_SECOND = """
    Analytics Cargo Clinics Foods Freight Labs Logistics Mobility Networks Optics Outfitters
    Payments Power Robotics Software Studios Supply Systems Textiles Works
""".split()
CAMPAIGNS = ("spring-webinar", "search-brand", "partner-newsletter", "trade-fair")


def sample_leads(seed: int, *, first: int = 1) -> Iterator[SampleLead]:
    """Without end, numbered from `first`; the same seed gives the same leads."""
    chance = random.Random(seed)
    for number, (profile, fate) in enumerate(itertools.cycle(CAST), start=first):
        yield _lead(number, profile, fate, chance)


def _lead(number: int, profile: Profile, fate: Fate, chance: random.Random) -> SampleLead:
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    words = chance.choice(COMPANY_FIRST), chance.choice(COMPANY_SECOND)
    domain = profile.domain or f"{'-'.join(words).lower()}-{number}.example"
    company = " ".join(words)
    attributes: dict[str, object] = {
        "lead.first_name": first,
        "lead.last_name": last,
        "lead.country": chance.choice(profile.countries),
        "lead.persona": chance.choice(profile.personas),
        "lead.source_campaign": chance.choice(CAMPAIGNS),
        "account.name": company,
        "account.employees": chance.randint(*profile.employees),
        "account.industry": chance.choice(profile.industries),
    }
    item = CaptureItem(
        id=LEAD_NAME.format(number),
        email=f"{first}.{last}{number}@{domain}".lower(),
        attributes={key: value for key, value in attributes.items() if key not in profile.lacks},
        signals=tuple((name, None) for name in profile.signals),
    )
    return SampleLead(item=item, fate=fate, first_name=first, company=company)

"""What must be known before a first contract can be written, with a default for each."""

import re
import unicodedata

import msgspec

MINUTES_MAX = 240  # a first window must fit into the morning of the rehearsals


class Person(msgspec.Struct, frozen=True):
    """`id` is how teams call them."""

    id: str
    name: str
    email: str


class TeamAnswer(msgspec.Struct, frozen=True):
    name: str
    members: tuple[Person, ...]


class Answers(msgspec.Struct, frozen=True):
    """`teams`: the first takes everyone else. `countries`: ISO codes; none: everywhere."""

    company: str
    timezone: str
    revops: Person
    marketing: Person
    sales: Person
    teams: tuple[TeamAnswer, ...]
    asks: tuple[str, ...]
    minutes: int
    countries: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        return slug(self.company) or "company"


def slug(text: str) -> str:
    """Letters, digits and hyphens, lower case: `São Paulo!` is `sao-paulo`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def team_slug(text: str) -> str:
    """A team's name in a contract. `revops` is the team that triages, so no other may be it."""
    name = slug(text) or "team"
    return f"{name}-leads" if name == "revops" else name


def person(email: str, *, taken: frozenset[str] = frozenset()) -> Person:
    """A person by their address; a second one of the same id gets a number."""
    local = email.partition("@")[0]
    stem = slug(local) or "person"
    id_, number = stem, 2
    while id_ in taken:
        id_, number = f"{stem}-{number}", number + 1
    return Person(id_, " ".join(part.capitalize() for part in re.split(r"[._-]+", local)), email)


def people(emails: tuple[str, ...], *, known: tuple[Person, ...] = ()) -> tuple[Person, ...]:
    """A person for each address, one of `known` where it is theirs."""
    by_email = {one.email.lower(): one for one in known}
    for email in emails:
        taken = frozenset(one.id for one in by_email.values())
        by_email.setdefault(email.lower(), person(email, taken=taken))
    return tuple(dict.fromkeys(by_email[email.lower()] for email in emails))


def answers_for(
    *,
    company: str = "Acme",
    timezone: str = "America/New_York",
    owners: tuple[str, str, str] | None = None,
    reps: tuple[str, ...] = (),
    asks: tuple[str, ...] = ("demo", "content"),
    minutes: int = 5,
    countries: tuple[str, ...] = (),
    team: str = "inbound",
) -> Answers:
    """Answers of which any may be left out. `owners`: the addresses of revops, marketing, sales."""
    domain = f"{slug(company) or 'company'}.example"
    named = owners or (f"revops@{domain}", f"marketing@{domain}", f"sales@{domain}")
    revops, marketing, sales = people_of(named)
    members = people(
        reps or tuple(f"{name}@{domain}" for name in ("ada", "ben", "cy")),
        known=tuple(dict.fromkeys((revops, marketing, sales))),
    )
    return Answers(
        company=company,
        timezone=timezone,
        revops=revops,
        marketing=marketing,
        sales=sales,
        teams=(TeamAnswer(team_slug(team), members),),
        asks=asks,
        minutes=minutes,
        countries=countries,
    )


def people_of(emails: tuple[str, str, str]) -> tuple[Person, Person, Person]:
    """The same person for the same address."""
    found = {one.email.lower(): one for one in people(emails)}
    first, second, third = (found[email.lower()] for email in emails)
    return first, second, third

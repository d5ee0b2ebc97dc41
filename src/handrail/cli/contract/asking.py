"""The few questions of `handrail contract init`; what was given as an option is not asked."""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
import typer

from handrail.cli.say import CannotDo
from handrail.contract.iso import ISO_3166_1_ALPHA_2
from handrail.contract.read.words import ADDRESS_PATTERN
from handrail.lab.first_draft import ASKS, Answers, Template, answers_for
from handrail.lab.first_draft.answers import MINUTES_MAX, slug
from handrail.terms.zones import is_timezone

EVERYWHERE = "all"

T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True):
    """The options as typed; None is asked for, or takes its default."""

    company: str | None
    timezone: str | None
    revops: str | None
    marketing: str | None
    sales: str | None
    reps: str | None
    asks: str | None
    minutes: int | None
    countries: str | None


def ask(given: Asked, *, template: Template, quiet: bool) -> Answers:
    """Every answer: as an option, by the keyboard, or the default where `quiet`.

    Raises CannotDo for an option that cannot be.
    """
    questions = _Questions(quiet)
    company = questions.put("Company", given.company, "Acme", _company)
    domain = f"{slug(company)}.example"
    timezone = questions.put("Time zone", given.timezone, "America/New_York", _zone)
    owners = (
        questions.put("Who owns the contract", given.revops, f"revops@{domain}", _address),
        questions.put("Who signs for marketing", given.marketing, f"marketing@{domain}", _address),
        questions.put("Who signs for sales", given.sales, f"sales@{domain}", _address),
    )
    if owners[1].lower() == owners[2].lower():
        raise CannotDo("marketing and sales are signed for by different people; give two addresses")
    few = ", ".join(f"{name}@{domain}" for name in ("ada", "ben", "cy"))
    minutes = None if given.minutes is None else str(given.minutes)
    return answers_for(
        company=company,
        timezone=timezone,
        owners=owners,
        reps=questions.put("Reps, with commas", given.reps, few, _addresses),
        asks=questions.put(
            f"What buyers ask for ({', '.join(ASKS)})", given.asks, ", ".join(template.asks), _asks
        ),
        minutes=questions.put("Minutes to the first call", minutes, "5", _minutes),
        countries=questions.put(
            "Countries (ISO codes with commas, or all)", given.countries, EVERYWHERE, _countries
        ),
    )


class _Questions:
    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def put(self, question: str, given: str | None, default: str, read: Callable[[str], T]) -> T:
        if given is not None or self._quiet:
            try:
                return read(given if given is not None else default)
            except ValueError as wrong:
                raise CannotDo(str(wrong)) from None
        while True:
            answer = typer.prompt(question, default=default, err=True)
            try:
                return read(str(answer))
            except ValueError as wrong:
                typer.echo(f"  {wrong}", err=True)


def _company(text: str) -> str:
    if not slug(text) or len(text) > 100:
        raise ValueError(f"{text!r} is no company's name; write letters or digits")
    return text.strip()


def _zone(text: str) -> str:
    if not is_timezone(text.strip()):
        raise ValueError(f"{text!r} is no time zone; write an IANA name such as Europe/Berlin")
    return text.strip()


def _address(text: str) -> str:
    if re.fullmatch(ADDRESS_PATTERN, text.strip()) is None or len(text) > 254:
        raise ValueError(f"{text!r} is no address; write it like dana@acme.example")
    return text.strip()


def _addresses(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_address(part) for part in text.split(",") if part.strip()))
    if not found:
        raise ValueError("a team needs a rep; write an address")
    return found


def _asks(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in names if name not in ASKS]
    if unknown or not names:
        raise ValueError(f"{', '.join(unknown) or 'nothing'}: write any of {', '.join(ASKS)}")
    return names


def _minutes(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= MINUTES_MAX:
        raise ValueError(f"{text!r} is no time to act; write from 1 to {MINUTES_MAX} minutes")
    return int(text)


def _countries(text: str) -> tuple[str, ...]:
    if text.strip().lower() == EVERYWHERE:
        return ()
    codes = tuple(dict.fromkeys(part.strip().upper() for part in text.split(",") if part.strip()))
    unknown = [code for code in codes if code not in ISO_3166_1_ALPHA_2]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: write ISO codes such as US, CA, DE, or all")
    return codes

"""What a decision is taken on, and what it answers."""

from typing import Literal

import msgspec

from handrail.terms.effect import Effect
from handrail.terms.event import Event
from handrail.terms.evidence import AccountHistory, Staffing
from handrail.terms.handoff import Handoff
from handrail.terms.lead import Lead
from handrail.terms.risk import RiskWeights


class Case(msgspec.Struct, frozen=True):
    """A lead together with its latest handoff: the unit a decision is taken on."""

    lead: Lead
    handoff: Handoff | None = None


class Evidence(msgspec.Struct, frozen=True):
    """What the decision may look at besides the case itself."""

    staffing: Staffing
    account: AccountHistory = AccountHistory()
    at_once: bool = False  # the commit itself delivers: there is no channel but the console
    risk: RiskWeights | None = None  # what foretells a missed meeting; None: as before they were
    wishes: bool = True  # who may not be contacted is not; ledgers of before did not ask


class Candidate(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One rep who was looked at. `reason`: an ineligibility code, `picked`, or the first
    criterion in which the rep is worse than the one picked. `rank` from 1 among the eligible."""

    rep: str
    eligible: bool
    reason: str
    rank: int | None = None


class Routing(msgspec.Struct, frozen=True):
    """Why a handoff got its owner: the rule, the targets tried, everyone not chosen."""

    rule: str | None
    targets: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    teams: tuple[str, ...] = ()  # whose shares were compared


class Reasons(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why: routings in the order taken, fields that were missing, values not understood."""

    routings: tuple[Routing, ...] = ()
    missing: tuple[str, ...] = ()
    hygiene: tuple[str, ...] = ()


class Decision(msgspec.Struct, frozen=True):
    events: tuple[Event, ...]
    effects: tuple[Effect, ...]
    reasons: Reasons
    case: Case  # with the events folded in


RefusalCode = Literal[
    "no_handoff",
    "ended",
    "not_owner",
    "already_done",
    "unknown_code",
    "missing_fields",
    "unknown_rep",
    "unknown_team",
    "unknown_stage",
    "bad_time",
    "bad_value",
    "not_in_version",
    "ineligible",
]


class Refusal(msgspec.Struct, frozen=True):
    """The command cannot be taken: nothing changed. The message says what to do instead."""

    code: RefusalCode
    message: str
    missing: tuple[str, ...] = ()  # of `missing_fields`: the names


class Binding(msgspec.Struct, frozen=True):
    """`serve` gives one waiting handoff to one rep."""

    lead: str
    handoff: str
    team: str
    rep: str

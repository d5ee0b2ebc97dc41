"""The contract as values: what `read` makes of the file and the kernel decides by.

Durations are `timedelta`; `SAME_DAY` stands for the end of the owner's working day. Every clause
keeps the place where it stands, so that a decision can name it.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from typing import Literal

import msgspec

from handrail.contract.facts import Facts, Fault
from handrail.terms.lead import Value
from handrail.terms.load import ONE_LOAD


class _SameDay(Enum):
    SAME_DAY = "same_day"


SAME_DAY = _SameDay.SAME_DAY
Window = timedelta | Literal[_SameDay.SAME_DAY]

FieldType = Literal["string", "integer", "number", "boolean", "date", "list", "rep"]


class Place(msgspec.Struct, frozen=True, gc=False, order=True):
    """Line and column in the contract file, both from 1."""

    line: int
    column: int


class Condition(msgspec.Struct, frozen=True):
    """A typed and compiled condition. `fields` are the dotted fields and built-ins it reads.

    One with a problem is not `readable`. It holds for no lead, and its `expression` is a boolean
    field of its own, of which nothing is known: so no proof rests on what was meant by it.
    """

    text: str
    place: Place
    test: Callable[[Facts], bool | Fault]
    expression: object  # the typed syntax tree (`contract.cel`), for proofs
    fields: frozenset[str] = frozenset()
    signals: frozenset[str] = frozenset()
    readable: bool = True


class Field(msgspec.Struct, frozen=True):
    name: str  # dotted: lead.country
    type: FieldType
    values: frozenset[str] | None = None  # None: any
    min: float | None = None
    max: float | None = None


class ScoreRule(msgspec.Struct, frozen=True):
    when: Condition
    add: int
    because: str | None = None


class Frequency(msgspec.Struct, frozen=True):
    """At most `count` kept signals in any (t - period, t]; period None is `ever`."""

    count: int
    period: timedelta | None


class SignalScore(msgspec.Struct, frozen=True):
    name: str
    add: int
    at_most: Frequency | None = None
    half_life: timedelta | None = None


class Idle(msgspec.Struct, frozen=True):
    after: timedelta
    add: int
    every: timedelta


class Score(msgspec.Struct, frozen=True):
    """One declared score: rules on attributes, kept signals, idle decay; or a sum of others."""

    name: str
    rules: tuple[ScoreRule, ...] = ()
    signals: Mapping[str, SignalScore] = {}
    idle: Idle | None = None
    reset_on: frozenset[str] = frozenset()
    floor: int = 0
    cap: int | None = None
    sum_of: tuple[str, ...] = ()


class Exclusion(msgspec.Struct, frozen=True):
    when: Condition
    because: str


class Territory(msgspec.Struct, frozen=True):
    name: str
    when: Condition


class LeadType(msgspec.Struct, frozen=True):
    """`strategy` ranks the eligible: `fastest` or `fair`. `loads`: by tier, in hundredths, where
    they differ from `load`."""

    name: str
    when: Condition
    first_action: Window
    strategy: Literal["fastest", "fair"] = "fastest"
    load: int = ONE_LOAD
    loads: Mapping[str, int] = {}

    def load_of(self, tier: str) -> int:
        """What one open handoff of the tier fills of its owner's hands, in hundredths."""
        return self.loads.get(tier, self.load)

    @property
    def load_differs(self) -> bool:
        """Whether some open handoff of this type fills more or less than one."""
        return any(load != ONE_LOAD for load in (self.load, *self.loads.values()))


class Threshold(msgspec.Struct, frozen=True):
    name: str
    when: Condition


class Again(msgspec.Struct, frozen=True):
    keep_owner: timedelta | None = None
    needs_new_signal: bool = False
    after_rejection: timedelta | None = None


IfMissing = Literal["route_and_flag", "triage", "nurture"]


class Mql(msgspec.Struct, frozen=True):
    means: str
    any: tuple[Threshold, ...]
    require: tuple[str, ...] = ()
    if_missing: Mapping[str, IfMissing] = {}  # by lead type, with `default`
    again: Again = Again()


Consequence = Literal["recycle", "reroute", "disqualify", "merge"]


class RejectCode(msgspec.Struct, frozen=True):
    name: str
    then: Consequence
    after: timedelta | None = None
    credit: bool = False


class FollowUp(msgspec.Struct, frozen=True):
    attempts: int
    within: timedelta
    then: str  # a reject code


AcceptedBy = Literal["accept", "meeting_booked", "conversation"]


class Sal(msgspec.Struct, frozen=True):
    means: str
    accept_within: Window
    reject_codes: Mapping[str, RejectCode]
    accepted_by: frozenset[AcceptedBy] = frozenset({"accept", "meeting_booked", "conversation"})
    require: tuple[str, ...] = ()
    follow_up: FollowUp | None = None


class FieldTarget(msgspec.Struct, frozen=True):
    """A field of type rep: `account.owner`."""

    field: str


class TeamTarget(msgspec.Struct, frozen=True):
    team: str


class ContinueTarget(msgspec.Struct, frozen=True):
    """Go on with the next rule."""


Target = FieldTarget | TeamTarget | ContinueTarget


class Handover(msgspec.Struct, frozen=True):
    to: tuple[Target, ...]
    accept_within: Window


class Sql(msgspec.Struct, frozen=True):
    means: str
    require: tuple[str, ...] = ()
    handover: Handover | None = None


class RoutingRule(msgspec.Struct, frozen=True):
    name: str
    when: Condition
    to: tuple[Target, ...]
    needs: frozenset[str] = frozenset()


class AlertManagerStep(msgspec.Struct, frozen=True):
    pass


class RerouteStep(msgspec.Struct, frozen=True):
    pass


class AssignTeamStep(msgspec.Struct, frozen=True):
    team: str


class IncidentStep(msgspec.Struct, frozen=True):
    pass


StepAct = AlertManagerStep | RerouteStep | AssignTeamStep | IncidentStep


class EscalationStep(msgspec.Struct, frozen=True):
    """What follows the nth breach of a first-action window; `repeat` pages an incident again."""

    breach: int
    do: tuple[StepAct, ...]
    repeat: timedelta | None = None
    place: Place = Place(1, 1)


class Sla(msgspec.Struct, frozen=True):
    clock: Literal["business", "wall"]
    escalation: tuple[EscalationStep, ...]
    warn_at: int | None = None  # per cent of the window


class Triage(msgspec.Struct, frozen=True):
    team: str
    within: timedelta


class QuietHours(msgspec.Struct, frozen=True):
    """Local minutes after midnight in the recipient's zone; may run over midnight."""

    from_minute: int
    until_minute: int


class Always(msgspec.Struct, frozen=True):
    """What nobody can switch off for themselves."""

    kinds: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class Noise(msgspec.Struct, frozen=True):
    """How much one person is told one by one; what is more is told together.

    `storm_above`: messages within a minute; `storm_every`: between two digests while a storm lasts;
    `budget`: messages within a shift; `digest_every`: between two digests beyond it.
    """

    budget: int = 20
    digest_every: timedelta = timedelta(minutes=15)
    storm_above: int = 2
    storm_every: timedelta = timedelta(minutes=5)


class Alerts(msgspec.Struct, frozen=True):
    high_intent: Condition | None = None
    stalled_after: timedelta | None = None
    no_show_risk_at: int | None = None  # per cent
    quiet_hours: QuietHours | None = None
    always: Always = Always()
    noise: Noise = Noise()


class NoShow(msgspec.Struct, frozen=True):
    """What follows when the buyer does not come to a meeting that Handrail arranged. `credit`: the
    rep's share is given back, once a handoff; `offer`: the buyer gets new times by mail."""

    credit: bool = False
    offer: bool = True


class Booking(msgspec.Struct, frozen=True):
    """When buyers may book a meeting with whoever owns their handoff. Elapsed time throughout."""

    length: timedelta = timedelta(minutes=30)
    step: timedelta = timedelta(minutes=15)  # times begin on it, from the rep's midnight
    before: timedelta = timedelta()  # free time wanted before a meeting
    after: timedelta = timedelta()
    notice: timedelta = timedelta(hours=1)
    within: timedelta = timedelta(days=14)
    per_day: int | None = None  # meetings of one rep
    offer: int = 5  # times in the answer to a lead
    hold: timedelta = timedelta(minutes=10)  # how long a chosen time is kept for the buyer
    reminders: tuple[timedelta, ...] = ()  # before the meeting, by mail to the buyer
    title: str = "Meeting"
    no_show: NoShow = NoShow()


class Governance(msgspec.Struct, frozen=True):
    scope: str | None = None
    never_use: tuple[str, ...] = ()
    triage_when_uncertain: int | None = None  # per cent
    review_every: str | None = None
    review_owner: str | None = None
    both_sign: tuple[str, ...] = ()
    revops_alone: tuple[str, ...] = ()
    emergency: timedelta | None = None  # how long one signature holds; None: it never does


class Table(msgspec.Struct, frozen=True):
    """A CSV of the contract: the first column is the key, `lookup` gives the second."""

    name: str
    keys: frozenset[str]
    second: Mapping[str, str]


class Contract(msgspec.Struct, frozen=True):
    """One version of the agreement. `digest` is the hash of the file and all its tables."""

    name: str
    version: int
    timezone: str
    owners: Mapping[str, str]
    fields: Mapping[str, Field]  # declared ones and the built-in fields
    scores: tuple[Score, ...]  # sums after what they add up
    tiers: tuple[tuple[str, int], ...]  # by falling threshold of fit
    lead_types: tuple[LeadType, ...]
    mql: Mql
    sal: Sal
    sql: Sql
    routing: tuple[RoutingRule, ...]
    sla: Sla
    triage: Triage
    exclude: tuple[Exclusion, ...] = ()
    territories: tuple[Territory, ...] = ()
    tables: Mapping[str, Table] = {}
    alerts: Alerts = Alerts()
    governance: Governance = Governance()
    booking: Booking | None = None
    fairness_window: Literal["day", "week", "month", "quarter", "year"] = "month"
    sources: tuple[str, ...] = ()  # whose leads it takes; none: all that no other contract takes
    digest: str = ""
    source: str = ""  # the text of the file
    table_sources: Mapping[str, str] = {}  # file name -> text

    def lead_type(self, name: str) -> LeadType:
        return next(kind for kind in self.lead_types if kind.name == name)

    def reads(self, *names: str) -> bool:
        """Whether any condition or routing target looks at one of these fields."""
        targets = {t.field for r in self.routing for t in r.to if isinstance(t, FieldTarget)}
        wanted = frozenset(names)
        return bool(targets & wanted) or any(c.fields & wanted for c in self.conditions())

    def conditions(self) -> tuple[Condition, ...]:
        """Every condition, section by section."""
        alert = self.alerts.high_intent
        return (
            *(rule.when for score in self.scores for rule in score.rules),
            *(bar.when for bar in self.exclude),
            *(area.when for area in self.territories),
            *(kind.when for kind in self.lead_types),
            *(way.when for way in self.mql.any),
            *(rule.when for rule in self.routing),
            *(() if alert is None else (alert,)),
        )

    def teams_named(self) -> frozenset[str]:
        """Every team that a clause of the contract names."""
        targets = [target for rule in self.routing for target in rule.to]
        if self.sql.handover is not None:
            targets.extend(self.sql.handover.to)
        acts = [act for step in self.sla.escalation for act in step.do]
        return frozenset(
            [target.team for target in targets if isinstance(target, TeamTarget)]
            + [act.team for act in acts if isinstance(act, AssignTeamStep)]
            + [self.triage.team]
        )


Attributes = Mapping[str, Value]

"""The fixed cast, for tests of the pure floors: Ada and Ben answer, Cy serves another territory,
Mo manages them, Lena of Acme is the lead. Monday, 2 March 2026, 10:00 in New York.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.contract.roster import read_roster_text
from handrail.engine.ports import LoadRow, Turn
from handrail.engine.standing import Standing, StandingAt
from handrail.kernel.decide import decide
from handrail.kernel.decision import Case, Decision, Evidence, Refusal
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.evidence import AccountHistory, RepConditions
from handrail.terms.people import Roster
from handrail.terms.risk import RiskWeights
from handrail.terms.signal import Signal

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

CONTRACT = """\
contract: cast
version: 1
timezone: America/New_York
owners: {revops: dana@acme.example, marketing: mia@acme.example, sales: sam@acme.example}
fields:
  lead.country: {type: string, values: [US, DE]}
  account.employees: {type: integer, min: 0}
scores:
  fit: {cap: 100, rules: [{when: account.employees >= 1000, add: 40}]}
  intent:
    cap: 300
    signals:
      demo_request: {add: 100}
      pricing_view: {add: 25, at_most: 1 per week}
      webinar_attended: {add: 40, half_life: 14d}
      careers_view: {add: -10, at_most: 1 per day}
    idle: {after: 30d, add: -10, every: 30d}
    reset_on: [unsubscribe]
tiers: {A: 70, B: 40, C: 0}
lead_types:
  - {name: demo, when: 'seen("demo_request")', first_action: 5m, strategy: fastest}
  - {name: content, when: 'true', first_action: same_day, strategy: fair}
mql:
  means: shows intent now
  any:
    - {name: asked, when: 'lead_type == "demo"'}
    - {name: intent, when: intent >= 25}
sal:
  means: pursued now
  accept_within: 4h
  reject_codes:
    outside_territory: {then: reroute}
    premature: {then: recycle, after: 90d}
    duplicate: {then: merge, credit: true}
    no_fit: {then: disqualify}
sql: {means: a dated next step, require: [problem, next_step_at]}
routing:
  - {name: everyone, when: 'true', to: [team:inbound]}
sla:
  clock: business
  warn_at: 60%
  escalation:
    - {breach: 1, do: reroute}
    - {breach: 2, do: [alert_manager, assign team:inbound]}
    - {breach: 3, do: incident, repeat: 15m}
triage: {to: team:revops, within: 4h}
"""

ROSTER = """\
roster: cast
teams:
  - {name: inbound, manager: mo, members: [ada, ben]}
  - {name: elsewhere, manager: mo, members: [cy]}
  - {name: revops, manager: dana, members: [dana]}
reps:
  - {id: ada, name: Ada Adler, email: ada@acme.example, timezone: America/New_York}
  - {id: ben, name: Ben Brook, email: ben@acme.example, timezone: America/New_York}
  - {id: cy, name: Cy Cole, email: cy@acme.example, timezone: America/New_York}
  - {id: dana, name: Dana Dale, email: dana@acme.example, timezone: America/New_York}
people:
  - {id: mo, name: Mo Malik, email: mo@acme.example}
"""


def contract(text: str = CONTRACT) -> Contract:
    read = read_contract_text(text, tables={})
    assert read.contract is not None, read.findings
    return read.contract


def roster(text: str = ROSTER) -> Roster:
    read = read_roster_text(text, name="roster.yaml")
    assert not isinstance(read, tuple), read
    return read.roster


THE_CONTRACT = contract()
THE_ROSTER = roster()


class Scene:
    """One lead's case, decided step by step; whoever owns it is busy as its handoff says."""

    def __init__(
        self,
        *,
        of: Contract = THE_CONTRACT,
        people: Roster = THE_ROSTER,
        loads: dict[str, LoadRow] | None = None,
        conditions: dict[str, RepConditions] | None = None,
        turns: Sequence[tuple[datetime, str, str]] = (),
        risk: RiskWeights | None = None,
    ) -> None:
        self.contract = of
        self.risk = risk
        self.standing = Standing(roster=people)
        self.standing.loads.update(loads or {})
        for rep, known in (conditions or {}).items():
            self.standing.set_conditions(rep, known)
        for at, team, rep in turns:
            self.standing.add_turn(Turn(seq=0, at=at, team=team, rep=rep))
        self.case: Case | None = None

    def ask(
        self,
        command: cmd.Command,
        *,
        at: datetime,
        account: AccountHistory | None = None,
    ) -> Decision | Refusal:
        """Decide without counting what comes of it."""
        staffing = StandingAt(of=self.standing, contract=self.contract, now=at)
        evidence = Evidence(
            staffing=staffing, account=account or AccountHistory(), at_once=True, risk=self.risk
        )
        return decide(
            contract=self.contract, case=self.case, command=command, evidence=evidence, now=at
        )

    def do(self, command: cmd.Command, *, at: datetime) -> tuple[ev.Event, ...]:
        """Decide and count; a refusal fails the test."""
        answer = self.ask(command, at=at)
        assert isinstance(answer, Decision), answer
        self.case = answer.case
        return answer.events

    def lena(
        self, *signals: str, at: datetime = START, **attributes: object
    ) -> tuple[ev.Event, ...]:
        """Lena of Acme asks."""
        return self.do(lena(*signals, at=at, **attributes), at=at)


def lena(*signals: str, at: datetime = START, **attributes: object) -> cmd.Capture:
    return cmd.Capture(
        id="lena",
        captured_at=at,
        signals=tuple(Signal(name=name, at=at) for name in signals or ("demo_request",)),
        personal=cmd.Personal(
            email="lena@acme.example",
            attributes={name.replace("__", "."): value for name, value in attributes.items()},
        ),
    )


def names(events: Sequence[ev.Event]) -> list[str]:
    """The events' names, in order."""
    return [str(event.__struct_config__.tag) for event in events]

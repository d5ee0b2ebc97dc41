"""Laws of the stages: the contract's list of moves and the kernel agree."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.contract.lifecycle import ENDED, NURTURE, Move, Mover, State, lifecycle
from handrail.contract.model import Contract
from handrail.kernel.clockwork import wake_at
from handrail.kernel.decision import Case, Decision
from handrail.kernel.evolve import evolve
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.signal import Signal
from tests.cast import CONTRACT, MINUTE, START, Scene, contract, lena

ASKING = "    - {name: intent, when: intent >= 25}\n"
FOLLOW_UP = "  reject_codes:\n"
PLAIN = CONTRACT.replace(ASKING, f"{ASKING}    - {{name: fits, when: fit >= 40}}\n")
COMES_BACK = "    premature: {then: recycle, after: 90d}\n"
CONTRACTS = {
    "plain": contract(PLAIN),
    "asking first": contract(
        PLAIN.replace(
            "    - {name: fits, when: fit >= 40}\n",
            "    - {name: fits, when: fit >= 40}\n  require: [country]\n",
        )
    ),
    "followed up": contract(
        PLAIN.replace(
            FOLLOW_UP, f"  follow_up: {{attempts: 1, within: 1d, then: no_fit}}\n{FOLLOW_UP}"
        )
    ),
    "followed up by another": contract(
        PLAIN.replace(
            FOLLOW_UP,
            f"  follow_up: {{attempts: 1, within: 1d, then: outside_territory}}\n{FOLLOW_UP}",
        )
    ),
    "accepted by hand": contract(
        PLAIN.replace(COMES_BACK, "    premature: {then: recycle}\n").replace(
            FOLLOW_UP, f"  accepted_by: [accept]\n{FOLLOW_UP}"
        )
    ),
    "nobody moves": contract(
        PLAIN.replace("do: reroute", "do: alert_manager").replace(
            "[alert_manager, assign team:inbound]", "alert_manager"
        )
    ),
}
ENDS = ("premature: {then: recycle, after: 90d}", "duplicate: {then: merge, credit: true}")
PASSED_ON = PLAIN.replace("no_fit: {then: disqualify}", "no_fit: {then: reroute}")
for code in ENDS:
    PASSED_ON = PASSED_ON.replace(code, code.split(":", maxsplit=1)[0] + ": {then: reroute}")
CONTRACTS["only passed on"] = contract(PASSED_ON)
STAGES = ("triage", "assigned", "accepted", "sql", *ENDED)
GIVEN = cmd.Personal(attributes={"country": "US", "account.employees": 4_000})
CASES_MAX = 250  # looked at in order of length: what is possible at all is so early
LATER = timedelta(days=30)


def palette(now: datetime) -> list[cmd.Command]:
    return [
        lena(at=now),
        lena("careers_view", at=now),
        lena("webinar_attended", at=now, lead__country="US"),
        cmd.AddSignal(signal=Signal(name="demo_request", at=now)),
        cmd.Wake(),
        *(cmd.LogAct(rep=rep, act="call") for rep in ("ada", "ben")),
        *(cmd.Accept(rep=rep) for rep in ("ada", "ben")),
        cmd.Complete(by="dana", personal=GIVEN),
        *(
            cmd.Reject(rep=rep, code=code)
            for rep in ("ada", "ben", "dana")
            for code in ("outside_territory", "premature", "duplicate", "no_fit")
        ),
        cmd.LogConversation(),
        cmd.BookMeeting(rep="ada", from_at=now + MINUTE, until_at=now + 2 * MINUTE),
        *(
            cmd.QualifySql(rep=rep, next_step_at=now + LATER, answers=("problem",))
            for rep in ("ada", "ben")
        ),
        *(cmd.Override(by="mo", stage=stage) for stage in STAGES),
        *(cmd.Override(by="mo", owner=owner) for owner in ("ada", "team:inbound")),
        cmd.Override(by="mo", score={"intent": 0}),
        cmd.Override(by="mo", release=True),
        cmd.LeaveOwner(why="departed"),
        cmd.Close(outcome="lost"),
    ]


CHOICES = len(palette(START))
WAITS = (timedelta(0), MINUTE, 6 * MINUTE, timedelta(days=2), timedelta(days=91))


def mover(command: cmd.Command) -> Mover:
    match command:
        case cmd.Capture() | cmd.AddSignal():
            return "buyer"
        case cmd.Wake():
            return "clock"
        case cmd.Override():
            return "override"
        case cmd.LeaveOwner():
            return "roster"
        case _:
            return "person"


def stage_of(case: Case | None) -> State:
    return NURTURE if case is None or case.handoff is None else case.handoff.stage


def taken(
    before: Case | None, events: tuple[ev.Event, ...], *, at: datetime
) -> Iterator[tuple[State, State]]:
    """The changes of stage that the events make, one by one."""
    case = before
    for event in events:
        was, old = stage_of(case), None if case is None else case.handoff
        case = evolve(case, event, at=at)
        opens = case.handoff is not None and (old is None or old.id != case.handoff.id)
        if stage_of(case) != was or opens:
            yield was, stage_of(case)


def allowed(of: Contract) -> set[tuple[State, State, Mover]]:
    return {(move.from_stage, move.to_stage, move.by) for move in lifecycle(of)}


def unlisted(
    of: Contract, before: Case | None, command: cmd.Command, done: Decision, *, at: datetime
) -> list[tuple[State, State, Mover]]:
    """A person's act may first take a step of a clock that is overdue."""
    moves, by = allowed(of), mover(command)
    return [
        (was, now, by)
        for was, now in taken(before, done.events, at=at)
        if (was, now, by) not in moves and (was, now, "clock") not in moves
    ]


@settings(max_examples=150)
@given(
    name=st.sampled_from(sorted(CONTRACTS)),
    steps=st.lists(
        st.tuples(st.integers(0, CHOICES - 1), st.sampled_from(WAITS)), min_size=1, max_size=14
    ),
)
def test_no_command_takes_a_move_that_the_contract_does_not_list(
    name: str, steps: list[tuple[int, timedelta]]
) -> None:
    of = CONTRACTS[name]
    scene, now = Scene(of=of), START
    for choice, wait in steps:
        now += wait
        asked = [(command, scene.ask(command, at=now)) for command in palette(now)]
        done = [(command, what) for command, what in asked if isinstance(what, Decision)]
        command, decision = done[choice % len(done)]
        assert unlisted(of, scene.case, command, decision, at=now) == []
        scene.case = decision.case


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_move_that_a_contract_lists_is_taken_by_some_commands(name: str) -> None:
    of = CONTRACTS[name]
    left, seen = allowed(of), set[object]()
    waiting: list[tuple[Case | None, datetime]] = [(None, START)]
    for _ in range(CASES_MAX):
        if not left or not waiting:
            break
        case, at = waiting.pop(0)
        handoff = None if case is None else case.handoff
        due = wake_at(handoff, now=at)
        clocks = () if handoff is None else handoff.clocks
        wakes = {*(clock.due_at for clock in clocks), *(() if due is None else (due,))}
        for now in (at + MINUTE, *sorted(wake for wake in wakes if wake > at + MINUTE)):
            for command in palette(now) if now == at + MINUTE else [cmd.Wake()]:
                scene = Scene(of=of)
                scene.case = case
                done = scene.ask(command, at=now)
                if not isinstance(done, Decision):
                    continue
                for was, then in taken(case, done.events, at=now):
                    left.discard((was, then, mover(command)))
                if (key := likeness(done.case)) not in seen:
                    seen.add(key)
                    waiting.append((done.case, now))
    assert not left, sorted(left)


def likeness(case: Case) -> object:
    """Cases that go on alike are looked at once."""
    handoff = case.handoff
    if handoff is None:
        return None
    return (
        handoff.stage,
        str(handoff.owner),
        handoff.steps_taken > 0,
        frozenset(clock.kind for clock in handoff.clocks),
        handoff.set_by_person,
        handoff.attempts > 0,
        handoff.follow_up_at is not None,
        handoff.requalify_at is not None,
        bool(case.lead.signals),
        frozenset(case.lead.attributes),
    )


def reached(moves: tuple[Move, ...], *, without: State) -> set[State]:
    """The states that a lead gets to without ever being in one of them."""
    found: set[State] = {NURTURE} - {without}
    while True:
        more = {
            move.to_stage for move in moves if move.from_stage in found and move.to_stage != without
        } - found
        if not more:
            return found
        found |= more


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_sql_implies_sal_implies_mql(name: str) -> None:
    moves = lifecycle(CONTRACTS[name])
    assert "sql" in reached(moves, without="triage")
    assert "sql" not in reached(moves, without="accepted")
    assert "accepted" not in reached(moves, without="assigned")


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_every_open_stage_has_an_exit_without_an_override(name: str) -> None:
    moves = [move for move in lifecycle(CONTRACTS[name]) if move.by != "override"]
    for stage in ("triage", "assigned", "accepted", "sql"):
        assert any(move.from_stage == stage and move.to_stage != stage for move in moves)

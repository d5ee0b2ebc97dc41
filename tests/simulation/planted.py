"""Bugs planted on purpose, as somebody might write them: the simulation must see each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from handrail.engine import work as work_module
from handrail.engine.engine import Engine
from handrail.engine.ledger import write_entry
from handrail.engine.load import share_of
from handrail.engine.people import People
from handrail.engine.ports import LookUp, StoreUnavailable
from handrail.engine.standing import Standing, StandingAt
from handrail.engine.work import Work
from handrail.kernel import clockwork, eligibility, evolve, handoff_folds, opening, rank, working
from handrail.kernel.draft import Draft
from handrail.store.journal import Journal
from handrail.store.memory_tables import Tables
from handrail.store.memory_unit import MemoryUnit
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.evidence import RepLoad
from handrail.terms.handoff import Handoff

Plant = Callable[[pytest.MonkeyPatch], None]
replace = msgspec.structs.replace


def capture_ids_are_not_unique(patch: pytest.MonkeyPatch) -> None:
    look_up = MemoryUnit.look_up

    async def forgets(self: MemoryUnit, **asked: Any) -> LookUp:
        return replace(await look_up(self, **asked), captures={})

    def overwrites(self: Tables, table: Any, key: Any, value: Any, *, what: str) -> None:
        self.journal.put(table, key, value)

    patch.setattr(MemoryUnit, "look_up", forgets)
    patch.setattr(Tables, "_insert", overwrites)


def a_warning_arms_the_window_anew(patch: pytest.MonkeyPatch) -> None:
    def warned(handoff: Handoff, event: ev.SlaWarned, at: datetime) -> Handoff:
        return replace(
            handoff,
            clocks=tuple(
                replace(clock, warn_at=None, due_at=at + (clock.due_at - clock.opened_at))
                if clock.kind == event.clock
                else clock
                for clock in handoff.clocks
            ),
        )

    patch.setitem(handoff_folds.HANDOFF_FOLDS, ev.SlaWarned, warned)


def an_acceptance_leaves_no_entry(patch: pytest.MonkeyPatch) -> None:
    record = Work._record

    def skips(self: Work, **given: Any) -> None:
        if not isinstance(given["command"], cmd.Accept):
            record(self, **given)

    patch.setattr(Work, "_record", skips)


def the_wake_up_after_a_warning_is_lost(patch: pytest.MonkeyPatch) -> None:
    wake_at = clockwork.wake_at

    def loses(handoff: Handoff | None, *, now: datetime) -> datetime | None:
        if handoff is not None and any(clock.warn_at is None for clock in handoff.clocks):
            return now + timedelta(days=1)
        return wake_at(handoff, now=now)

    patch.setattr(work_module, "wake_at", loses)


def a_breach_leaves_its_clock_running(patch: pytest.MonkeyPatch) -> None:
    breached = handoff_folds.HANDOFF_FOLDS[ev.SlaBreached]

    def keeps(handoff: Handoff, event: ev.SlaBreached, at: datetime) -> Handoff:
        return replace(breached(handoff, event, at), clocks=handoff.clocks)

    patch.setitem(handoff_folds.HANDOFF_FOLDS, ev.SlaBreached, keeps)


def what_ended_stays_in_the_hands_of_its_owner(patch: pytest.MonkeyPatch) -> None:
    shift = Work._shift_load

    def keeps(self: Work, before: Any, after: Any) -> None:
        if after is not None:
            shift(self, before, after)

    patch.setattr(Work, "_shift_load", keeps)


def caps_are_read_from_an_old_copy(patch: pytest.MonkeyPatch) -> None:
    load = StandingAt.load
    seen: dict[tuple[int, str], RepLoad] = {}

    def remembers(self: StandingAt, rep: str) -> RepLoad:
        return seen.setdefault((id(self._of), rep), load(self, rep))

    patch.setattr(StandingAt, "load", remembers)


def pools_are_not_served_when_somebody_comes_free(patch: pytest.MonkeyPatch) -> None:
    touch = Work.touch_rep
    shift = Work._shift_load

    def shifts(self: Work, before: Any, after: Any) -> None:
        patch.setattr(Work, "touch_rep", lambda self, rep: None)
        shift(self, before, after)
        patch.setattr(Work, "touch_rep", touch)

    patch.setattr(Work, "_shift_load", shifts)


def credits_are_lost(patch: pytest.MonkeyPatch) -> None:
    turn = Work._turn

    def loses(self: Work, *, team: str, rep: str, kind: str) -> None:
        if kind == "given":
            turn(self, team=team, rep=rep, kind=kind)

    patch.setattr(Work, "_turn", loses)


def binding_opens_the_window_anew(patch: pytest.MonkeyPatch) -> None:
    settle = opening.settle

    def opens_it(draft: Draft, **given: Any) -> None:
        settle(draft, **{**given, "opens": given["opens"] or given.get("reason") == "pool"})

    patch.setattr(opening, "settle", opens_it)


def leads_are_acknowledged_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    transact = Engine._transact

    async def answers_anyway(self: Engine, do: Any) -> Any:
        answer = None

        async def remembers(work: Work) -> Any:
            nonlocal answer
            answer = await do(work)
            return answer

        try:
            return await transact(self, remembers)
        except StoreUnavailable:
            if answer is None:
                raise
            return answer

    patch.setattr(Engine, "_transact", answers_anyway)


def breaches_come_a_little_early(patch: pytest.MonkeyPatch) -> None:
    run_clocks = clockwork.run_clocks

    def hurries(draft: Draft, *, acted_at: datetime) -> None:
        draft.now += timedelta(minutes=2)
        run_clocks(draft, acted_at=acted_at + timedelta(minutes=2))
        draft.now -= timedelta(minutes=2)

    patch.setattr(clockwork, "run_clocks", hurries)


def overrides_do_not_stand(patch: pytest.MonkeyPatch) -> None:
    overridden = evolve._OPENINGS[ev.Overridden]

    def forgets(case: Any, event: ev.Overridden, at: datetime) -> Any:
        case = overridden(case, event, at)
        if case.handoff is None:
            return case
        return replace(case, handoff=replace(case.handoff, set_by_person=()))

    patch.setitem(evolve._OPENINGS, ev.Overridden, forgets)


def nodes_do_not_read_what_others_wrote(patch: pytest.MonkeyPatch) -> None:
    fresh = Engine._fresh_standing

    async def trusts(self: Engine, *given: Any) -> Standing:
        return self._standing or await fresh(self, *given)

    patch.setattr(Engine, "_fresh_standing", trusts)


def failed_transactions_are_not_undone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Journal, "undo", lambda self, *, to=0: self.keep())


def a_pause_moves_nothing(patch: pytest.MonkeyPatch) -> None:
    paused = handoff_folds.HANDOFF_FOLDS[ev.Paused]

    def ignores(handoff: Handoff, event: ev.Paused, at: datetime) -> Handoff:
        return replace(paused(handoff, event, at), clocks=handoff.clocks)

    patch.setitem(handoff_folds.HANDOFF_FOLDS, ev.Paused, ignores)


def a_late_act_heals_the_breach(patch: pytest.MonkeyPatch) -> None:
    lenient = SimpleNamespace(run_clocks=lambda draft, acted_at: None)
    patch.setattr(working, "clockwork", lenient)


def leave_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(eligibility, "on_leave", lambda **asked: False)


def who_left_the_roster_keeps_their_leads(patch: pytest.MonkeyPatch) -> None:
    async def nothing(self: People, *given: Any, **named: Any) -> None:
        pass

    patch.setattr(People, "leave", nothing)


def answers_to_keys_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Engine, "_remember", lambda *given: None)


def shares_do_not_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rank.Shares, "deficit", lambda self, rep: 0)


def entries_are_chained_to_the_wrong_one(patch: pytest.MonkeyPatch) -> None:
    def slips(*, entry: Any, previous: bytes, **given: Any) -> Any:
        if isinstance(entry.command, cmd.Reject):
            previous = bytes(32)
        return write_entry(entry=entry, previous=previous, **given)

    patch.setattr(work_module, "write_entry", slips)


def who_declined_may_get_it_again(patch: pytest.MonkeyPatch) -> None:
    rejected = handoff_folds.HANDOFF_FOLDS[ev.Rejected]

    def forgets(handoff: Handoff, event: ev.Rejected, at: datetime) -> Handoff:
        return replace(rejected(handoff, event, at), rejected_by=())

    patch.setitem(handoff_folds.HANDOFF_FOLDS, ev.Rejected, forgets)


def meetings_may_overlap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Tables, "_meetings_of", lambda self, rep: ())


def waiting_teams_are_not_armed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "_arm", lambda self, team: None)


def timed_leads_are_not_counted(patch: pytest.MonkeyPatch) -> None:
    def counts(handoff: Handoff | None) -> Any:
        share = share_of(handoff)
        return share and (share[0], (*share[1][:2], 0, share[1][3]))

    patch.setattr(work_module, "share_of", counts)


def a_first_action_leaves_the_clock_running(patch: pytest.MonkeyPatch) -> None:
    first_action = handoff_folds.HANDOFF_FOLDS[ev.FirstAction]

    def keeps(handoff: Handoff, event: ev.FirstAction, at: datetime) -> Handoff:
        return replace(first_action(handoff, event, at), clocks=handoff.clocks)

    patch.setitem(handoff_folds.HANDOFF_FOLDS, ev.FirstAction, keeps)


def an_escalation_is_skipped_when_it_is_late(patch: pytest.MonkeyPatch) -> None:
    take_step = clockwork._take_step

    def skips(draft: Draft, step: Any, *, is_last: bool) -> None:
        late_by = getattr(draft.events[-1], "late_by", 0)
        if late_by < 60:
            take_step(draft, step, is_last=is_last)

    patch.setattr(clockwork, "_take_step", skips)


def a_node_knows_the_contract_in_force_only(patch: pytest.MonkeyPatch) -> None:
    async def know(self: Work, stored: Any) -> None:
        for item in stored:
            self._cases.setdefault(item.case.lead.id, item.case)
            self._keys.setdefault(item.case.lead.id, item.key)

    patch.setattr(Work, "know", know)


def a_held_next_step_is_given_without_end(patch: pytest.MonkeyPatch) -> None:
    alerted = handoff_folds.HANDOFF_FOLDS[ev.Alerted]

    def keeps(handoff: Handoff, event: ev.Alerted, at: datetime) -> Handoff:
        if event.kind == "next_step":
            return replace(handoff, next_step_at=None)
        known: Handoff = alerted(handoff, event, at)
        return known

    patch.setitem(handoff_folds.HANDOFF_FOLDS, ev.Alerted, keeps)


def skills_are_not_asked_for(patch: pytest.MonkeyPatch) -> None:
    judge = eligibility.judge

    def lenient(*, demand: Any, **given: Any) -> Any:
        return judge(demand=replace(demand, needs=frozenset()), **given)

    patch.setattr(eligibility, "judge", lenient)


def a_pool_that_grows_forgets_its_overdue_wake_up(patch: pytest.MonkeyPatch) -> None:
    async def nothing(self: Work) -> None:
        pass

    patch.setattr(Work, "_touch_overdue", nothing)


def loads_outlive_the_roster_they_were_counted_under(patch: pytest.MonkeyPatch) -> None:
    adopt = Standing.adopt

    def keeps(self: Standing, roster: Any) -> None:
        loads = dict(self._known_loads)
        adopt(self, roster)
        self._known_loads.update(loads)

    patch.setattr(Standing, "adopt", keeps)


PLANTS: tuple[Plant, ...] = (
    capture_ids_are_not_unique,
    a_warning_arms_the_window_anew,
    an_acceptance_leaves_no_entry,
    the_wake_up_after_a_warning_is_lost,
    a_breach_leaves_its_clock_running,
    what_ended_stays_in_the_hands_of_its_owner,
    caps_are_read_from_an_old_copy,
    pools_are_not_served_when_somebody_comes_free,
    credits_are_lost,
    binding_opens_the_window_anew,
    leads_are_acknowledged_before_the_commit,
    breaches_come_a_little_early,
    overrides_do_not_stand,
    nodes_do_not_read_what_others_wrote,
    failed_transactions_are_not_undone,
    a_pause_moves_nothing,
    a_late_act_heals_the_breach,
    leave_is_not_looked_at,
    who_left_the_roster_keeps_their_leads,
    answers_to_keys_are_not_kept,
    shares_do_not_count,
    entries_are_chained_to_the_wrong_one,
    who_declined_may_get_it_again,
    meetings_may_overlap,
    waiting_teams_are_not_armed,
    timed_leads_are_not_counted,
    a_first_action_leaves_the_clock_running,
    an_escalation_is_skipped_when_it_is_late,
    a_node_knows_the_contract_in_force_only,
    a_held_next_step_is_given_without_end,
    skills_are_not_asked_for,
    a_pool_that_grows_forgets_its_overdue_wake_up,
    loads_outlive_the_roster_they_were_counted_under,
)

"""Plans: two versions on the same leads, by the kernel that decides in production."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest

from handrail.contract.model import Contract
from handrail.contract.roster import RosterFile, read_roster_text
from handrail.engine.items import CaptureItem
from handrail.engine.planning import dated, plan_leads
from handrail.kernel.decision import Decision
from handrail.lab.plan import Assumptions, Plan
from tests import cast

SHIFT = "shift: {mon-fri: ['09:00-17:00']}"
SHIFTED = cast.ROSTER.replace(
    "timezone: America/New_York}", f"timezone: America/New_York, {SHIFT}}}"
)


def version(*changes: tuple[str, str]) -> Contract:
    text = cast.CONTRACT.replace("version: 1", "version: 2")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return cast.contract(text)


def people(text: str = SHIFTED) -> RosterFile:
    read = read_roster_text(text, name="roster.yaml")
    assert isinstance(read, RosterFile), read
    return read


def leads(count: int, *, every: timedelta = timedelta(hours=2), seed: int = 1) -> list[CaptureItem]:
    chance = Random(seed)
    return [
        CaptureItem(
            id=f"l{number:04}",
            captured_at=cast.START + number * every,
            attributes={"account.employees": chance.choice([10, 999, 1000, 5000])},
            signals=((chance.choice(["demo_request", "webinar_attended", "careers_view"]), None),),
        )
        for number in range(count)
    ]


def planned(
    items: list[CaptureItem],
    new: Contract,
    *,
    roster: RosterFile | None = None,
    assumptions: Assumptions | None = None,
    told: list[int] | None = None,
) -> Plan:
    return plan_leads(
        items,
        old=cast.THE_CONTRACT,
        new=new,
        roster=roster or people(),
        assumptions=assumptions or Assumptions(),
        examples_max=2,
        tell=[].append if told is None else told.append,
    )


NO_CONTENT = version(("{name: intent, when: intent >= 25}", "{name: intent, when: intent >= 50}"))


def test_the_same_definitions_move_nobody() -> None:
    found = planned(leads(60), version())
    assert (found.changed, found.moves) == (0, ())
    assert found.mql.difference.count == found.breaches.difference.count == 0
    assert all(share.leads.difference.count == 0 for share in found.reps)


def test_counts_are_those_of_the_kernel_lead_by_lead() -> None:
    items = leads(80)
    found = planned(items, NO_CONTENT)
    for side, contract in ((found.old, cast.THE_CONTRACT), (found.new, NO_CONTENT)):
        stages: Counter[str] = Counter()
        for item in items:
            assert item.captured_at is not None
            scene = cast.Scene(of=contract, people=people().roster)
            asked = cast.lena(
                item.signals[0][0],
                at=item.captured_at,
                account__employees=item.attributes["account.employees"],
            )
            decision = scene.ask(asked, at=item.captured_at)
            assert isinstance(decision, Decision)
            handoff = decision.case.handoff
            stages[handoff.stage if handoff is not None else decision.case.lead.state] += 1
        assert {name: one.count for name, one in side.stages.items()} == stages
        assert side.mql.count == stages["assigned"]


def test_moves_say_who_is_treated_otherwise_and_name_them() -> None:
    items = leads(80)
    found = planned(items, NO_CONTENT)
    attended = [item.id for item in items if item.signals[0][0] == "webinar_attended"]
    (stage,) = [move for move in found.moves if move.kind == "stage"]
    assert (stage.old, stage.new, stage.count) == ("assigned", "nurture", len(attended))
    assert stage.examples == tuple(attended[:2])
    assert found.changed == len(attended) == -found.mql.difference.count > 0


def test_every_assigned_lead_is_given_to_one_rep_of_one_team() -> None:
    found = planned(leads(80), NO_CONTENT)
    for side in ("old", "new"):
        given = getattr(found, side).stages["assigned"].count
        assert sum(getattr(share.leads, side).count for share in found.reps) == given
        assert sum(getattr(share.leads, side).count for share in found.teams) == given
    assert {share.rep for share in found.reps} == {"ada", "ben"}


def test_shares_are_even_between_equals() -> None:
    found = planned(leads(81), version())
    ada, ben = (share.leads.new.count for share in found.reps)
    assert abs(ada - ben) <= 10


def test_a_shorter_window_is_late_more_often() -> None:
    items = leads(120, every=timedelta(minutes=7))
    shorter = planned(items, version(("first_action: 5m", "first_action: 2m")))
    longer = planned(items, version(("first_action: 5m", "first_action: 3h")))
    assert shorter.breaches.difference.count > 0 > longer.breaches.difference.count


def test_more_leads_than_two_reps_can_answer_are_late() -> None:
    few = planned(leads(40, every=timedelta(hours=1)), version())
    many = planned(leads(400, every=timedelta(minutes=1)), version())
    assert many.breaches.old.count / many.leads > 2 * few.breaches.old.count / few.leads


def test_a_team_that_never_works_is_said_to_be_unstaffed() -> None:
    idle = "shift: {mon: ['09:00-17:00']}, leave: [{from: 2026-01-01, until: 2028-12-31}]}"
    text = SHIFTED.replace(f"{SHIFT}}}", idle)
    found = planned(leads(20), version(), roster=people(text))
    assert found.breaches.unstaffed == {"old": found.old.mql.count, "new": found.new.mql.count}
    assert found.reps == ()


def test_a_plan_depends_on_its_seed_and_on_nothing_else() -> None:
    items = leads(120, every=timedelta(minutes=20))
    first = planned(items, NO_CONTENT)
    assert planned(items, NO_CONTENT) == first
    assert planned(items, NO_CONTENT, assumptions=Assumptions(seed=2)) != first


def test_the_order_of_the_file_changes_no_count() -> None:
    items = leads(120, every=timedelta(minutes=20))
    found, turned = planned(items, NO_CONTENT), planned(items[::-1], NO_CONTENT)
    assert turned.breaches == found.breaches
    assert turned.reps == found.reps
    assert turned.mql == found.mql


@pytest.mark.parametrize("count", [1, 199, 200, 450])
def test_every_decision_is_told_to_the_bar(count: int) -> None:
    told: list[int] = []
    planned(leads(count), version(), told=told)
    assert sum(told) == 2 * count


def test_leads_without_a_time_come_when_they_are_said_to() -> None:
    at = datetime.fromisoformat("2026-03-05T15:00:00+00:00")
    bare, timed = CaptureItem(id="a"), CaptureItem(id="b", captured_at=cast.START)
    assert [item.captured_at for item in dated([bare, timed], at=at)] == [at, cast.START]

"""What is learned of buyers, on both stores: the same for whoever opens the store next."""

from datetime import timedelta

from handrail.engine.learning import learn_of_buyers, report_on_no_shows
from handrail.engine.ports import Store
from handrail.engine.replay import replay
from handrail.engine.verify import verify
from handrail.kernel.habits import Habits
from handrail.terms import command as cmd
from handrail.terms.risk import FIRST_WEIGHTS
from tests.story import START, Story

KNOWN = {"lead_country": "DE", "account_employees": 4000, "account_industry": "software"}


async def meet(story: Story, hours: int, outcome: cmd.Command) -> None:
    begins = START + timedelta(hours=hours)
    until = begins + timedelta(minutes=30)
    rep = await story.owner("lena")
    booked = cmd.BookMeeting(
        rep=rep, from_at=begins, until_at=until, by=cmd.BUYER, zone="Asia/Tokyo"
    )
    await story.do("lena", booked)
    await story.do("lena", cmd.ConfirmMeeting(by=cmd.BUYER))
    await story.until(60 * hours + 10)
    await story.do("lena", outcome)


async def test_hours_and_outcomes_are_learned_alike_and_replay(store: Store) -> None:
    story = Story(store=store)
    await story.begin(signed=True)
    await story.lead("lena", "demo_request", **KNOWN)
    await meet(story, 2, cmd.MissMeeting())
    await meet(story, 5, cmd.JoinMeeting(who="rep", joined_at=START, by="hook:zoom"))
    await story.do("lena", cmd.JoinMeeting(who="buyer", joined_at=START, by="hook:zoom"))
    again = Story(store=store)
    again.clock.move_to(story.clock.now())
    for one in (story, again):
        await learn_of_buyers(one.engine)
    assert again.engine.bookings.habits == story.engine.bookings.habits != Habits()
    assert set(again.engine.bookings.habits.segments) == {"software"}
    assert again.engine.risk == story.engine.risk != FIRST_WEIGHTS
    report = await report_on_no_shows(again.engine)
    assert (report.meetings, report.missed) == (2, 1)
    found = await store.case_of_handoff("lena")
    assert found is not None and found.case.handoff is not None
    assert [one.missed for one in found.case.handoff.shown] == [True, False]
    assert found.case.handoff.zone == "Asia/Tokyo"
    replayed = await replay(store, story.vault)
    assert replayed.ok, replayed.differences
    assert (await verify(store, story.vault)).ok

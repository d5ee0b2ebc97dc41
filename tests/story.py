"""A varied story told to an engine in memory: what verify, replay and explain are held against.

The sample company of `examples/acme`; it begins on Monday, 2 March 2026, 9:00 in New York.
"""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from handrail.contract.read import read_contract_file, read_contract_text
from handrail.contract.roster import read_roster_text
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem, Refused
from handrail.engine.notices import Notices
from handrail.engine.ports import HandoffFilter, Store, StoredRoster
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore
from handrail.terms import command as cmd
from handrail.terms.people import Presence, Span
from tests.signing import Desk, stored_of

ACME = Path(__file__).resolve().parent.parent / "examples" / "acme"
START = datetime(2026, 3, 2, 14, tzinfo=UTC)
MASTER = bytes(range(32))
TICKS_MAX = 10_000


class Story:
    """An engine with its clock, and the few verbs that stories need."""

    def __init__(self, *, notices: Notices | None = None, store: Store | None = None) -> None:
        self.store = store or MemoryStore()
        self.vault = Vault(MASTER)
        self.clock = VirtualClock(START)
        self.engine = Engine(store=self.store, clock=self.clock, vault=self.vault, notices=notices)

    async def begin(self, *, signed: bool = False) -> None:
        """`signed`: by the contract's owners, as in production."""
        read = read_contract_file(ACME / "contract.yaml")
        assert read.contract is not None
        if signed:
            await Desk(self.engine).agree(read.contract)
        else:
            await self.engine.adopt_contract(stored_of(read.contract), actor="person:dana")
        await self.adopt((ACME / "roster.yaml").read_text())

    async def amend(self, old: str, new: str) -> None:
        """The contract with some words changed, as its next version."""
        tables = {path.name: path.read_text() for path in ACME.glob("*.csv")}
        text = (ACME / "contract.yaml").read_text()
        assert old in text
        text = text.replace("version: 3", "version: 4").replace(old, new)
        contract = read_contract_text(text, tables=tables).contract
        assert contract is not None
        await self.engine.adopt_contract(stored_of(contract), actor="person:dana")

    async def adopt(self, roster: str) -> None:
        read = read_roster_text(roster, name="roster.yaml")
        assert not isinstance(read, tuple), read
        await self.engine.adopt_roster(
            StoredRoster(digest=read.roster.digest, source=roster), actor="person:dana"
        )

    async def until(self, minutes: float) -> None:
        """Let time pass, wake-up by wake-up, to so many minutes after the start."""
        end = START + timedelta(minutes=minutes)
        for _ in range(TICKS_MAX):
            at = await self.store.next_wake()
            if at is None or at > end:
                self.clock.move_to(end)
                return
            self.clock.move_to(max(at, self.clock.now()))
            await self.engine.tick()
        raise AssertionError(f"over {TICKS_MAX} wake-ups: who pages without end?")

    async def calm(self) -> None:
        """Somebody acts on whatever is open, so that nothing pages or climbs any more."""
        for stored in await self.store.cases_of(HandoffFilter()):
            handoff = stored.case.handoff
            if handoff is not None and handoff.first_action_at is None:
                rep = handoff.owner.rep or "dana"
                await self.do(handoff.id, cmd.LogAct(rep=rep, act="email"))

    async def lead(
        self,
        id: str,
        *signals: str,
        email: str | None = None,
        **attributes: object,
    ) -> None:
        item = CaptureItem(
            id=id,
            email=email or f"{id}@{id}-company.example",
            attributes={"lead.source_campaign": "spring", **_dotted(attributes)},
            signals=tuple((name, None) for name in signals),
        )
        await self.engine.capture([item], actor="key:form")

    async def do(self, lead: str, command: cmd.Command, *, actor: str = "person:test") -> None:
        await self.engine.command(lead, command, actor=actor)

    async def owner(self, lead: str) -> str:
        found = await self.store.case_of_handoff(lead)
        assert found is not None
        assert found.case.handoff is not None
        return str(found.case.handoff.owner)


def _dotted(attributes: dict[str, object]) -> dict[str, object]:
    """`account_employees` is a field's name with its first dot."""
    return {name.replace("_", ".", 1): value for name, value in attributes.items()}


async def tell(story: Story) -> None:
    """A month and more: every kind of command, and people, roster and pools that change."""
    await story.begin()
    await _morning(story)
    await _people(story)
    await _ends(story)
    await _weeks(story)


async def _morning(story: Story) -> None:
    """Assigned, breached, escalated to an incident, met; unreadable values; a second capture."""
    await story.lead(
        "lena", "demo_request", lead_country="US", account_employees=4000, lead_persona="executive"
    )
    await story.lead(
        "lars",
        "webinar_attended",
        lead_country="DE",
        lead_persona="executive",
        account_industry="software",
        account_employees="many",
    )
    await story.lead("quiet", lead_country="US", account_employees=12)
    await story.lead("rival", "demo_request", email="x@rival.example", lead_country="XX", odd="?")
    await story.until(2)
    await story.do("lars", cmd.Acknowledge(rep=await story.owner("lars")))
    await story.lead("lena2", "pricing_view", email="lena@lena-company.example")
    await story.until(40)  # lena climbs to the incident
    await story.do("lena", cmd.LogAct(rep="ada", act="call"))
    await story.do("lena", cmd.Accept(rep="ada"))
    await story.lead("mate", "demo_request", email="mate@lena-company.example", lead_country="US")
    await story.engine.signal("quiet", "pricing_view", at=None, actor="key:site")
    await story.lead(
        "type",
        "webinar_attended",
        lead_country="US",
        account_employees=3000,
        lead_persona="student",
    )
    await story.engine.signal("type", "demo_request", at=None, actor="key:site")


async def _people(story: Story) -> None:
    """Presence, busy times, leave, pools that are bound, a rep who departs."""
    engine = story.engine
    await story.until(60)
    for rep in ("cy", "ben"):
        await engine.people.set_presence(rep, Presence(state="away"), actor=f"rep:{rep}")
    now = story.clock.now()
    busy = Span(from_at=now, until_at=now + timedelta(minutes=20))
    await engine.people.set_presence("cy", Presence(), actor="rep:cy")
    await engine.people.set_busy("cy", [busy], actor="key:calendar")
    for number in range(3):
        await story.lead(
            f"pool{number}", "webinar_attended", lead_country="AT", account_employees=2000
        )
    await story.until(100)
    await engine.people.set_presence("ben", Presence(), actor="rep:ben")
    await story.lead("sick", "demo_request", lead_country="US", account_employees=5000)
    await engine.people.add_leave("ada", Span(now, now + timedelta(days=2)), actor="person:mo")
    await story.until(130)
    text = (ACME / "roster.yaml").read_text()
    await story.adopt(text.replace("members: [ada, ben]", "members: [ada, ben, cy]"))
    without = text.replace("members: [cy, ben]", "members: [ben, dana]")
    without = "\n".join(line for line in without.splitlines() if "id: cy" not in line)
    await story.adopt(without.partition("state:")[0])
    await story.until(150)
    await story.adopt(text)


async def _ends(story: Story) -> None:
    """Rejected in each way, paused, overridden, released, qualified, handed over, booked."""
    await story.until(200)
    names = (
        "deny",
        "dupe",
        "late",
        "wait",
        "over",
        "sold",
        "meet",
        "gone",
        "talk",
        "team",
        "unfit",
    )
    for name in names:
        await story.lead(
            name, "webinar_attended", lead_country="US", account_employees=3000, odd=name
        )
    personal = cmd.Personal(note="says no")
    for name, code in REJECTED:
        await story.do(name, cmd.Override(by="mo", owner="ben", personal=personal))
        await story.do(name, cmd.Override(by="mo", release=True))
        await story.do(name, cmd.Reject(rep="ben", code=code, personal=personal))
    await story.do(
        "wait", cmd.Pause(by="mo", until=story.clock.now() + timedelta(hours=3), personal=personal)
    )
    await story.do("over", cmd.Override(by="mo", score={"fit": 90}, personal=personal))
    await story.do("over", cmd.Override(by="mo", owner="cy", personal=personal))
    await story.do("team", cmd.Override(by="mo", owner="team:inbound", personal=personal))
    await story.do("late", cmd.Override(by="mo", stage="triage", personal=personal))
    await story.until(215)
    await _won(story)
    await story.do("over", cmd.PassOn(rep="cy", to="ben", by="mo", personal=personal))
    await story.do("talk", cmd.Override(by="mo", owner="ben"))
    await story.do("talk", cmd.LogConversation())
    await story.until(600)
    await story.do("unfit", cmd.Override(by="mo", stage="assigned", personal=personal))
    await story.do("late", cmd.Override(by="mo", stage="assigned", personal=personal))


REJECTED = (
    ("deny", "outside_territory"),
    ("dupe", "duplicate"),
    ("gone", "premature"),
    ("unfit", "wrong_product_fit"),
)


async def _won(story: Story) -> None:
    now = story.clock.now()
    await story.do("sold", cmd.Override(by="mo", owner="ben"))
    await story.do(
        "sold",
        cmd.LogAct(rep="ben", act="call", from_at=now - timedelta(minutes=3), until_at=now),
    )
    await story.do(
        "sold",
        cmd.QualifySql(
            rep="ben",
            next_step_at=now + timedelta(days=3),
            answers=("problem", "authority"),
            personal=cmd.Personal(note="needs it by May"),
        ),
    )
    meeting = cmd.BookMeeting(
        rep="ben", from_at=now + timedelta(hours=1), until_at=now + timedelta(hours=2)
    )
    await story.do("meet", cmd.Override(by="mo", owner="ben"))
    await story.do("meet", meeting)
    await story.do("meet", cmd.MissMeeting())


async def _weeks(story: Story) -> None:
    """A late-learnt act, stalls, ripe recycles, a lead that comes again, a close."""
    await story.until(1_500)
    await story.calm()
    await story.lead("blink", "demo_request", lead_country="US", account_employees=4000)
    opened = story.clock.now()
    await story.until(1_512)
    await story.do(
        "blink", cmd.LogAct(rep="ben", act="email", from_at=opened + timedelta(minutes=2))
    )
    await attempts(story, "blink", ("ben", "ben", "ben"))
    await story.calm()
    await story.until(60 * 24 * 12)
    await story.do("talk", cmd.Close(outcome="lost"))
    await story.until(60 * 24 * 100)
    await story.lead(
        "gone2", "demo_request", email="gone@gone-company.example", account_employees=9
    )
    await story.calm()
    await story.until(60 * 24 * 101)


async def attempts(story: Story, lead: str, reps: Sequence[str]) -> None:
    for rep in reps:
        await story.do(lead, cmd.LogAct(rep=rep, act="message"))


async def refused(doing: Awaitable[object]) -> str:
    """The code with which it was refused."""
    try:
        await doing
    except Refused as fault:
        return fault.code
    raise AssertionError("it was not refused")

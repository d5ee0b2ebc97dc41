"""How much a person is told one by one is what the contract says under which the handoff runs."""

from handrail.contract.read import read_contract_text
from handrail.engine.alerts.message import read_message
from handrail.engine.channels import Channels
from handrail.engine.folding import Folding, agreed
from handrail.store.memory import MemoryStore
from tests.signing import stored_of
from tests.story import ACME, Story

TABLES = {path.name: path.read_text() for path in ACME.glob("*.csv")}


async def adopt_next(story: Story, said: str) -> None:
    text = (ACME / "contract.yaml").read_text().replace("version: 3", "version: 4")
    found = read_contract_text(text.replace("alerts:\n", f"alerts:\n  {said}\n", 1), tables=TABLES)
    assert found.contract is not None, found.findings
    await story.engine.adopt_contract(stored_of(found.contract), actor="person:dana")


async def deliveries(story: Story, *leads: str) -> dict[str, str]:
    """The states of what Slack is to take, after a look at it."""
    assert isinstance(story.store, MemoryStore)
    folding = Folding(story.store, noise_of=agreed(story.engine))
    _, roster = await story.engine.in_force()
    await folding.judge("slack", roster=roster, now=story.clock.now(), may_move=False)
    rows = [row for lead in leads for row in await story.store.deliveries_of(lead)]
    return {row.lead: row.state for row in rows if row.channel == "slack"}


async def begun() -> Story:
    story = Story(notices=Channels(["slack"]))
    await story.begin()
    return story


async def lead(story: Story, name: str) -> None:
    """Pooled: nobody is free for it, and Mo is told."""
    await story.lead(name, "demo_request", lead_country="DE", email=f"{name}@{name}.example")


async def test_a_message_names_the_version_under_which_its_handoff_runs() -> None:
    story = await begun()
    contract, _ = await story.engine.in_force()
    assert contract is not None
    await lead(story, "lena")
    (row,) = await story.store.deliveries_of("lena")
    assert read_message(row.body).contract == contract.digest
    noise_of = agreed(story.engine)
    await adopt_next(story, "budget: 7")
    assert (await noise_of(None)).budget == 7
    assert (await noise_of(contract.digest)).budget == 20


async def test_a_contract_that_lets_one_go_alone_folds_two() -> None:
    story = await begun()
    for name in ("one", "two"):
        await lead(story, name)
    assert set((await deliveries(story, "one", "two")).values()) == {"waiting"}
    await adopt_next(story, "storm: {above: 1}")
    for name in ("three", "four"):
        await lead(story, name)
    assert set((await deliveries(story, "three", "four")).values()) == {"folded"}

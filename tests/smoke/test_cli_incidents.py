"""`handrail incidents` on a real database, as a person types it."""

import asyncio
import base64
import json

from handrail.store.postgres import PostgresStore
from handrail.terms import command as cmd
from tests.cluster import Cluster
from tests.served import run
from tests.story import MASTER, Story


async def fill(dsn: str) -> None:
    """Nobody answers two leads; of one the incident is closed by Mo."""
    story = Story(store=await PostgresStore.open(dsn))
    await story.begin(signed=True)
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await story.lead("lars", "demo_request", lead_country="US", account_employees=4000)
    await story.until(40)
    await story.do("lars", cmd.CloseIncident(by="mo", code="staffing"))
    await story.store.close()


def test_what_pages_now_is_told_and_what_was_closed_is_not(cluster: Cluster) -> None:
    with cluster.database() as dsn:
        asyncio.run(fill(dsn))
        key = base64.b64encode(MASTER).decode()
        words = ("incidents", "--database-url", dsn)
        told = run(*words, "--json", HANDRAIL_MASTER_KEY=key)
        assert told.returncode == 0, told.stderr
        (found,) = json.loads(told.stdout)["incidents"]
        assert (found["lead"], found["to"]) == ("lena", "mo")
        assert found["pages"] > 1
        plain = run(*words, HANDRAIL_MASTER_KEY=key)
        assert plain.returncode == 0, plain.stderr
        assert "lena-1" in plain.stdout
        assert "lars" not in plain.stdout

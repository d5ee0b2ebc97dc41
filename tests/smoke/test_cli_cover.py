"""`handrail cover` on a real database, as a person types it."""

import asyncio
import base64
import json

from handrail.store.postgres import PostgresStore
from handrail.terms import command as cmd
from tests.cluster import Cluster
from tests.served import run
from tests.story import MASTER, Story


async def fill(dsn: str) -> None:
    story = Story(store=await PostgresStore.open(dsn))
    await story.begin(signed=True)
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await story.do("lena", cmd.LogAct(rep="ada", act="call"))
    await story.store.close()


def test_what_is_open_goes_to_the_cover_and_nobody_covering_is_said(cluster: Cluster) -> None:
    with cluster.database() as dsn:
        asyncio.run(fill(dsn))
        key = base64.b64encode(MASTER).decode()
        words = ("--by", "mo", "--reason", "ill", "--database-url", dsn)
        none = run("cover", "ben", *words, HANDRAIL_MASTER_KEY=key)
        assert none.returncode == 2
        assert "has no cover" in none.stderr
        told = run("cover", "ada", *words, "--json", HANDRAIL_MASTER_KEY=key)
        assert told.returncode == 0, told.stderr
        done = json.loads(told.stdout)
        assert (done["to"], done["moved"], done["stays"]) == ("ben", ["lena-1"], [])
        nobody = run("cover", "zoe", *words, HANDRAIL_MASTER_KEY=key)
        assert (nobody.returncode, "no rep 'zoe'" in nobody.stderr) == (2, True)

"""`handrail booking revoke` on a real database, as a person types it."""

import asyncio
import base64
import json

from handrail.contract.read import read_contract_text
from handrail.store.postgres import PostgresStore
from tests.buyers import BOOKING
from tests.cluster import Cluster
from tests.served import run
from tests.signing import stored_of
from tests.story import ACME, MASTER, Story


async def fill(dsn: str) -> None:
    story = Story(store=await PostgresStore.open(dsn))
    await story.begin()
    tables = {path.name: path.read_text() for path in ACME.glob("*.csv")}
    text = (ACME / "contract.yaml").read_text() + BOOKING
    contract = read_contract_text(text, tables=tables, proofs="none").contract
    assert contract is not None
    await story.engine.adopt_contract(stored_of(contract), actor="person:dana")
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await story.store.close()


def test_a_link_is_revoked_by_command_and_the_new_one_is_told(cluster: Cluster) -> None:
    with cluster.database() as dsn:
        asyncio.run(fill(dsn))
        known = {
            "HANDRAIL_MASTER_KEY": base64.b64encode(MASTER).decode(),
            "HANDRAIL_PUBLIC_URL": "https://book.example",
        }
        words = ("--by", "mo", "--reason", "forwarded", "--database-url", dsn)
        urls = set()
        for _ in range(2):
            told = run("booking", "revoke", "lena", *words, "--json", **known)
            assert told.returncode == 0, told.stderr
            urls.add(json.loads(told.stdout)["url"])
        assert len(urls) == 2 and all(url.startswith("https://book.example/book/") for url in urls)
        report = run("booking", "no-shows", "--database-url", dsn, "--json", **known)
        assert report.returncode == 0, report.stderr
        assert json.loads(report.stdout)["weights"]["learned_from"] == 0
        said = run("booking", "no-shows", "--database-url", dsn, **known)
        assert said.returncode == 0 and "nothing can be said yet" in said.stdout + said.stderr
        nobody = run("booking", "revoke", "zoe", *words, **known)
        assert nobody.returncode == 2 and "zoe" in nobody.stderr
        assert "Traceback" not in nobody.stderr

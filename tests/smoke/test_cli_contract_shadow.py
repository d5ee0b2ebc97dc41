"""`handrail contract shadow` beside a node: switched on, counted over HTTP, switched off."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from handrail import wiring
from handrail.engine.ports import StoredRoster
from handrail.engine.shadowing import refresh
from tests.cast import CONTRACT, ROSTER
from tests.smoke.typed import typed
from tests.sources import version

REAL = version()
CHANGE = ("to: [team:inbound]}", "to: [team:elsewhere]}")
LATER = version(number=2, **{CHANGE[0]: CHANGE[1]})


async def _work(database: str, data_dir: Path, *, leads: int) -> dict[str, object]:
    """A node takes leads; what it then answers about the shadow."""
    settings = wiring.settings_with(database_url=database, data_dir=data_dir)
    async with wiring.open_node(settings) as node:
        if not leads:
            await node.engine.adopt_roster(StoredRoster(digest="c", source=ROSTER), actor="test")
            await node.engine.adopt_contract(REAL, actor="test")
        await refresh(node.engine)  # the node's upkeep does this every second
        transport = httpx.ASGITransport(app=node.doors(is_open=True))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            for number in range(leads):
                lead = {"id": f"l{number}", "signals": ["demo_request"]}
                assert (await http.post("/api/v1/leads", json=lead)).status_code == 201
            told = await http.get(f"/api/v1/contracts/{LATER.digest}/shadow")
            answer: dict[str, object] = told.json()
            return answer


def test_a_shadow_is_switched_on_counted_and_switched_off(
    capfd: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    where = ("--database-url", database, "--data-dir", tmp_path)
    assert asyncio.run(_work(database, tmp_path, leads=0))["code"] == "not_found"
    file = tmp_path / "later.yaml"
    file.write_text(CONTRACT.replace("version: 1", "version: 2").replace(*CHANGE))
    on = typed(capfd, "contract", "shadow", file, *where)
    assert on.returncode == 0, on.stderr
    assert "cast version 2 decides beside what is in force" in on.stderr

    answer = asyncio.run(_work(database, tmp_path, leads=3))
    assert answer["shadow"]["decisions"] == 3  # type: ignore[index]  # an object
    assert answer["shadow"]["counts"]["owner"] == 3  # type: ignore[index]  # an object

    off = typed(capfd, "contract", "shadow", file, "--off", "--json", *where)
    assert off.returncode == 0, off.stderr
    (report,) = json.loads(off.stdout)["shadows"]
    assert report["shadow"]["ended_why"] == "switched off"
    assert report["shadow"]["differing"] == 3
    assert {one["shadow"]["owner"] for one in report["differences"]} == {"cy"}
    assert {one["real"]["owner"] for one in report["differences"]} <= {"ada", "ben", "team:inbound"}


def test_the_version_in_force_is_no_candidate(
    capfd: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    asyncio.run(_work(database, tmp_path, leads=0))
    file = tmp_path / "same.yaml"
    file.write_text(CONTRACT)
    done = typed(
        capfd, "contract", "shadow", file, "--database-url", database, "--data-dir", tmp_path
    )
    assert done.returncode == 2
    assert "in force: there is nothing to compare" in done.stderr

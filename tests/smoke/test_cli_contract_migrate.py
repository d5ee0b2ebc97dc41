"""`handrail contract migrate` on a real database, told in lines and as JSON."""

import asyncio
import json
from pathlib import Path

import pytest

from handrail import wiring
from handrail.engine.items import CaptureItem
from handrail.engine.ports import StoredContract, StoredRoster
from tests.cast import ROSTER
from tests.smoke.typed import typed
from tests.sources import version

OLD = version()
NEW = version(number=2, **{"first_action: 5m": "first_action: 30m"})
RENAMED = version(number=3, **{"{name: demo,": "{name: asked,", '"demo"\'': '"asked"\''})


async def _begin(database: str, data_dir: Path, *contracts: StoredContract) -> None:
    async with wiring.open_engine(database_url=database, data_dir=data_dir) as engine:
        await engine.adopt_roster(StoredRoster(digest="cast", source=ROSTER), actor="test")
        for contract in contracts:
            await engine.adopt_contract(contract, actor="test")
            if contract == OLD:
                item = CaptureItem(id="l1", signals=(("demo_request", None),))
                await engine.capture([item], actor="test")


def test_open_handoffs_go_over_once_and_a_dry_run_moves_none(
    capfd: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    where = ("--database-url", database, "--data-dir", tmp_path)
    asyncio.run(_begin(database, tmp_path, OLD, NEW))
    tried = typed(capfd, "contract", "migrate", "--dry-run", *where)
    assert tried.returncode == 0, tried.stderr
    assert "1 handoff would go over, 0 stay" in tried.stderr
    early = typed(capfd, "contract", "migrate", "--from", "beef", *where)
    assert early.returncode == 2
    assert "give at least 8 signs" in early.stderr
    given = ("--from", OLD.digest[:10], "--reason", "one promise", "--json")
    done = typed(capfd, "contract", "migrate", *given, *where)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["moved"] == [
        {
            "handoff": "l1-1",
            "lead": "l1",
            "from_contract": OLD.digest,
            "to_contract": NEW.digest,
        }
    ]
    told = typed(capfd, "explain", "l1", *where)
    assert "Migrated by operator" in told.stdout + told.stderr


def test_what_cannot_go_over_is_told_and_ends_with_one(
    capfd: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    where = ("--database-url", database, "--data-dir", tmp_path)
    asyncio.run(_begin(database, tmp_path, OLD, RENAMED))
    done = typed(capfd, "contract", "migrate", *where)
    assert done.returncode == 1
    assert "l1-1: stays under" in done.stderr
    assert "lead type 'demo'" in done.stderr

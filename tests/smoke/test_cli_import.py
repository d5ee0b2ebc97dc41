"""`handrail import` into a real database: every row once, the bad ones with their reasons."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from handrail import wiring
from handrail.contract.read import read_contract_file
from handrail.engine.ports import StoredContract
from tests.smoke.typed import typed

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"


async def _activate(database: str, data_dir: Path) -> None:
    read = read_contract_file(ACME / "contract.yaml").contract
    assert read is not None
    stored = StoredContract(
        digest=read.digest,
        name=read.name,
        version=read.version,
        source=read.source,
        tables=dict(read.table_sources),
    )
    async with wiring.open_engine(database_url=database, data_dir=data_dir) as engine:
        await engine.adopt_contract(stored, actor="person:dana")


def test_rows_reconcile_and_a_second_import_changes_nothing(
    capfd: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    where = ("--database-url", database, "--data-dir", tmp_path, "--json")
    leads = tmp_path / "leads.csv"
    rows = [f"l{number},l{number}@x{number}.example,demo_request" for number in range(1_200)]
    rows[7], rows[600] = "=ragged", "l600,no-address,demo_request"
    leads.write_text("id,email,signals\n" + "\n".join(rows) + "\n")

    early = typed(capfd, "import", "leads", leads, *where)
    assert early.returncode == 2
    assert "no contract is in force" in early.stderr

    asyncio.run(_activate(database, tmp_path))
    roster = typed(capfd, "import", "roster", ACME / "roster.yaml", *where)
    assert roster.returncode == 0, roster.stderr
    assert json.loads(roster.stdout) == {"roster": "acme", "teams": 3, "reps": 4, "is_new": True}

    rejects = tmp_path / "rejects.csv"
    done = typed(capfd, "import", "leads", leads, "--rejects", rejects, *where)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout) == {
        "rows": 1_200,
        "taken": 1_198,
        "known": 0,
        "rejected": 2,
        "rejects_file": str(rejects),
    }
    header, ragged, address = rejects.read_text().splitlines()
    assert header == "line,reasons,text"
    assert ragged.startswith("9,")
    assert ragged.endswith(",'=ragged"), "a spreadsheet must not run it"
    assert "no address" in address

    again = json.loads(typed(capfd, "import", "leads", leads, *where).stdout)
    assert (again["taken"], again["known"], again["rejected"]) == (0, 1_198, 2)
    assert (
        json.loads(typed(capfd, "import", "roster", ACME / "roster.yaml", *where).stdout)["is_new"]
        is False
    )


def test_a_roster_that_lacks_a_team_is_refused(
    capfd: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    where = ("--database-url", database, "--data-dir", tmp_path)
    asyncio.run(_activate(database, tmp_path))
    shutil.copy(ACME / "roster.yaml", tmp_path)
    roster = tmp_path / "roster.yaml"
    roster.write_text(roster.read_text().replace("{name: enterprise-na", "{name: enterprise"))
    done = typed(capfd, "import", "roster", roster, *where)
    assert done.returncode == 2
    assert "enterprise-na" in done.stderr

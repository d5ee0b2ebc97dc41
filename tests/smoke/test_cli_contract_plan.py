"""`handrail contract plan` from files, and on the leads of a real database's ledger."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from examples.olist.make_roster import roster_text
from handrail import wiring
from handrail.engine.clock import SystemClock
from handrail.engine.items import CaptureItem
from handrail.engine.past import leads_since
from handrail.engine.ports import StoredRoster
from tests.cast import CONTRACT, ROSTER
from tests.smoke.typed import typed
from tests.sources import version

OLIST = Path(__file__).resolve().parents[2] / "examples" / "olist"
WIDER = CONTRACT.replace("version: 1", "version: 2").replace("intent >= 25", "intent >= -10")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "old.yaml").write_text(CONTRACT)
    (tmp_path / "new.yaml").write_text(WIDER)
    (tmp_path / "roster.yaml").write_text(ROSTER)
    rows = [
        {"id": f"l{number}", "captured_at": f"2026-03-0{number}T15:00:00Z", "signals": [name]}
        for number, name in enumerate(["demo_request", "careers_view", "careers_view"], 1)
    ]
    (tmp_path / "leads.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def given(files: Path) -> tuple[str | Path, ...]:
    leads, roster = files / "leads.ndjson", files / "roster.yaml"
    return "--leads", leads, "--roster", roster, "--against", files / "old.yaml"


def test_a_plan_from_files_says_who_moves(capfd: pytest.CaptureFixture[str], files: Path) -> None:
    done = typed(capfd, "contract", "plan", files / "new.yaml", *given(files), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["leads"], found["changed"]) == (3, 2)
    assert found["old"]["mql"]["count"] == 1
    assert found["new"]["lead_types"] == {
        "content": {"count": 2, "low": None, "high": None},
        "demo": {"count": 1, "low": None, "high": None},
    }
    (stage,) = [move for move in found["moves"] if move["kind"] == "stage"]
    assert (stage["old"], stage["new"], stage["count"]) == ("nurture", "assigned", 2)
    assert stage["examples"] == ["l2", "l3"]


def test_nothing_different_is_said_in_so_many_words(
    capfd: pytest.CaptureFixture[str], files: Path
) -> None:
    done = typed(capfd, "contract", "plan", files / "old.yaml", *given(files))
    assert done.returncode == 0
    assert "No lead is treated differently." in done.stderr
    assert done.stdout == ""


def test_a_bad_line_is_told_and_the_others_are_planned(
    capfd: pytest.CaptureFixture[str], files: Path
) -> None:
    with (files / "leads.ndjson").open("a") as file:
        file.write("{broken\n")
    done = typed(capfd, "contract", "plan", files / "new.yaml", *given(files), "--json")
    assert done.returncode == 2
    assert "line 4: not JSON" in done.stderr
    assert json.loads(done.stdout)["leads"] == 3
    assert json.loads(done.stdout)["rejected"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say which leads"),
        (("--last", "0d"), "--last"),
        (("--last", "90d"), "no database of Handrail is here"),
    ],
)
def test_what_cannot_be_planned_ends_with_two(
    capfd: pytest.CaptureFixture[str], files: Path, words: tuple[str, ...], said: str
) -> None:
    where = ("--data-dir", files / "nowhere")
    done = typed(capfd, "contract", "plan", files / "new.yaml", *words, *where)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def _take_in(database: str, data_dir: Path) -> None:
    async with wiring.open_engine(database_url=database, data_dir=data_dir) as engine:
        await engine.adopt_roster(StoredRoster(digest="cast", source=ROSTER), actor="test")
        await engine.adopt_contract(version(), actor="test")
        items = [
            CaptureItem(id=f"l{number}", email=f"{name}@acme.example", signals=((name, None),))
            for number, name in enumerate(["demo_request", "careers_view"])
        ]
        await engine.capture(items, actor="test")
        await engine.capture([CaptureItem(id="again", email=items[0].email)], actor="test")
        await engine.signal("l1", "pricing_view", at=None, actor="test")
        now = SystemClock().now()
        later = await leads_since(
            engine.store, engine.vault, since=now + timedelta(days=1), leads_max=10
        )
        one = await leads_since(
            engine.store, engine.vault, since=now - timedelta(days=1), leads_max=1
        )
        assert later.items == ()
        assert [(item.id, item.email) for item in one.items] == [
            ("l1", "careers_view@acme.example")
        ]


def test_the_ledger_gives_the_leads_the_roster_and_the_version_in_force(
    capfd: pytest.CaptureFixture[str], database: str, files: Path
) -> None:
    asyncio.run(_take_in(database, files))
    where = ("--database-url", database, "--data-dir", files)
    done = typed(capfd, "contract", "plan", files / "new.yaml", "--last", "90d", *where, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["leads"], found["erased"], found["changed"]) == (2, 0, 1)
    assert found["old"]["digest"] == version().digest
    assert [move["examples"] for move in found["moves"] if move["kind"] == "stage"] == [["l1"]]


def test_the_real_leads_are_planned_with_intervals(
    capfd: pytest.CaptureFixture[str], shared_data: Path, tmp_path: Path
) -> None:
    deals = shared_data / "olist_closed_deals_dataset.csv"
    (tmp_path / "roster.yaml").write_text(roster_text(deals))
    text = (OLIST / "contract.yaml").read_text().replace("version: 1", "version: 2")
    (tmp_path / "new.yaml").write_text(text.replace("fit >= 50 && intent", "fit >= 20 && intent"))
    done = typed(
        capfd, "contract", "plan", tmp_path / "new.yaml", "--against", OLIST / "contract.yaml",
        "--leads", shared_data / "olist_marketing_qualified_leads_dataset.csv",
        "--mapping", OLIST / "mapping.yaml", "--roster", tmp_path / "roster.yaml", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["leads"] == 8_000
    came = found["mql"]["difference"]
    assert came["count"] == found["new"]["mql"]["count"] - found["old"]["mql"]["count"] > 0
    assert 0 < came["low"] < came["count"] < came["high"]
    assert (
        sum(share["leads"]["new"]["count"] for share in found["reps"])
        == (found["new"]["stages"]["assigned"]["count"])
    )

"""`handrail ledger`, `replay` and `explain` on a real database, as a person types them."""

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from handrail.engine.vault import Vault
from handrail.engine.verify import VerifyReport, verify
from handrail.store.postgres import PostgresStore
from handrail.terms import command as cmd
from tests.cluster import Cluster
from tests.conftest import ROOT
from tests.served import run
from tests.story import MASTER, Story

STANDALONE = ROOT / "tools" / "verify_ledger.py"
Told = subprocess.CompletedProcess[str]
Say = Callable[..., Told]


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> Iterator[str]:
    """One for all of these: each puts back what it changes."""
    with cluster.database() as dsn:
        asyncio.run(fill(dsn))
        yield dsn


async def fill(dsn: str) -> None:
    story = Story(store=await PostgresStore.open(dsn))
    await story.begin(signed=True)
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await story.lead("lars", "demo_request", lead_country="DE", account_employees="many")
    await story.until(8)
    await story.do("lars", cmd.Override(by="mo", owner="ben", personal=cmd.Personal(note="mine")))
    await story.do("lars", cmd.Pause(by="mo", until=story.clock.now() + timedelta(hours=1)))
    await story.until(40)
    await story.store.close()


@pytest.fixture
def handrail(database: str) -> Say:
    def say(*words: str) -> Told:
        key = base64.b64encode(MASTER).decode()
        told = run(*words, "--database-url", database, HANDRAIL_MASTER_KEY=key)
        assert "Traceback" not in told.stderr, told.stderr
        return told

    return say


@pytest.fixture
def tampered(database: str) -> Iterator[Callable[[str], None]]:
    """Run statements as somebody who owns the database would; all is undone at the end."""
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("create table kept as select * from ledger")

        def tamper(statement: str) -> None:
            owner.execute("set session_replication_role = replica")
            owner.execute(statement.encode())

        yield tamper
        owner.execute("set session_replication_role = replica")
        owner.execute("delete from ledger")
        owner.execute("insert into ledger select * from kept")
        owner.execute("drop table kept")


def test_a_whole_ledger_verifies(handrail: Say) -> None:
    told = handrail("ledger", "verify", "--json")
    report = json.loads(told.stdout)
    assert told.returncode == 0, report
    assert report["ok"]
    assert report["entries"] > 10
    assert "the ledger is whole" in handrail("ledger", "verify").stdout


def test_every_decision_replays_equal(handrail: Say) -> None:
    told = handrail("replay", "--all", "--json")
    report = json.loads(told.stdout)
    assert told.returncode == 0, report
    assert report["decisions"] == report["equal"] > 10
    one = json.loads(handrail("replay", "lena-1", "--json").stdout)
    assert 0 < one["decisions"] < report["decisions"]


def test_an_explanation_is_for_people_and_for_programs(handrail: Say) -> None:
    told = handrail("explain", "lena-1", "--json")
    assert told.returncode == 0
    assert json.loads(told.stdout)["why"]["clause"]["name"] == "enterprise NA"
    shown = handrail("explain", "lena").stdout
    for said in ("Ada Adler", "enterprise size", "asked for a demo", "missed", "line 7"):
        assert said in shown, shown


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "nobody"),
        ("replay", "nobody"),
        ("replay",),
        ("replay", "lena-1", "--all"),
        ("ledger", "export", "--format", "xml"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(handrail: Say, words: tuple[str, ...]) -> None:
    told = handrail(*words)
    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr.startswith("handrail: ")


# What is done, and the entry at which it is found; None: the last one.
CHANGES = [
    ("update ledger set body = overlay(body placing '\\x7b'::bytea from 2) where seq = 9", 9),
    (
        "update ledger set digest = overlay(digest placing '\\xff00'::bytea from 3) where seq = 10",
        10,
    ),
    ("update ledger set sealed = substr(sealed, 1, 40) where seq = 8", 8),
    ("update ledger set sealed = null where seq = 8", 8),
    ("update ledger set at = at + interval '1 microsecond' where seq = 11", 11),
    ("update ledger set lead = 'lars' where seq = 8", 8),
    ("delete from ledger where seq = 1", 1),
    ("delete from ledger where seq = 12", 12),
    ("delete from ledger where seq = (select max(seq) from ledger)", None),
    (
        "update ledger set seq = case seq when 9 then 9013 else 9009 end where seq in (9, 13);"
        "update ledger set seq = seq - 9000 where seq > 9000",
        9,
    ),
]


async def verified(database: str) -> VerifyReport:
    store = await PostgresStore.open(database)
    try:
        return await verify(store, Vault(MASTER))
    finally:
        await store.close()


@pytest.mark.parametrize(("statement", "seq"), CHANGES)
def test_whatever_is_changed_is_found_with_its_place(
    database: str, tampered: Callable[[str], None], statement: str, seq: int | None
) -> None:
    last = asyncio.run(verified(database)).entries
    for part in statement.split(";"):
        tampered(part)
    report = asyncio.run(verified(database))
    assert not report.ok
    assert (seq or last) in {fault.seq for fault in report.faults}, report.faults


def test_a_broken_ledger_ends_with_1(handrail: Say, tampered: Callable[[str], None]) -> None:
    tampered("delete from ledger where seq = 5")
    told = handrail("ledger", "verify", "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["faults"][0]["message"] == "entry 5 is missing"


# --- the verifier that knows nothing of ours


def standalone(text: str, *words: str, file: Path) -> tuple[int, Any]:
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-I", str(STANDALONE), "--json", *words, str(file)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return told.returncode, json.loads(told.stdout)


def test_an_export_verifies_without_us(handrail: Say, tmp_path: Path) -> None:
    file = tmp_path / "ledger.ndjson"
    exported = handrail("ledger", "export").stdout
    ours = json.loads(handrail("ledger", "verify", "--json").stdout)
    code, report = standalone(exported, "--head", ours["head"], file=file)
    assert code == 0, report
    assert (report["entries"], report["head"]) == (ours["entries"], ours["head"])
    lines = exported.splitlines(keepends=True)
    for changed in (
        "".join(lines[1:]),
        "".join(lines[:3] + lines[4:]),
        "".join([lines[0], lines[2], lines[1], *lines[3:]]),
        exported.replace("demo_request", "demo_requesu", 1),
        exported.replace('"lead":"lars"', '"lead":"lena"', 1),
        "".join(lines[:-1]),
        "rubbish\n" + exported,
    ):
        code, report = standalone(changed, "--head", ours["head"], file=file)
        assert code == 1, report


def test_an_export_tells_no_personal_value(handrail: Say) -> None:
    exported = handrail("ledger", "export").stdout
    assert "lena@" not in exported
    assert "mine" not in exported

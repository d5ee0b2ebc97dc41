"""Keys, drafts, signatures and activations as people type them, on a real database."""

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.smoke.typed import Typed, typed

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"
MIA, SAM = "mia@acme.example", "sam@acme.example"
Say = Callable[..., Typed]


@pytest.fixture
def say(
    capfd: pytest.CaptureFixture[str],
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Say:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database)
    monkeypatch.setenv("HANDRAIL_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str | Path) -> Typed:
        return typed(capfd, *words)

    return run


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    shutil.copytree(ACME, folder)
    return folder / "contract.yaml"


def done(told: Typed) -> Typed:
    assert told.returncode == 0, told.stderr
    return told


def give_keys(say: Say, tmp_path: Path) -> None:
    for address in (MIA, SAM):
        done(say("key", "person", address))
        public = tmp_path / "config" / "handrail" / "keys" / f"{address}.pub"
        done(say("key", "register", address, "--public", public))


def edit(contract: Path, old: str, new: str) -> None:
    text = contract.read_text()
    assert old in text
    contract.write_text(text.replace(old, new))


def test_a_contract_is_in_force_once_both_have_typed_their_signature(
    say: Say, contract: Path, tmp_path: Path
) -> None:
    give_keys(say, tmp_path)
    assert json.loads(done(say("contract", "draft", contract, "--json")).stdout)["state"] == "draft"
    none = say("contract", "activate", contract)
    assert (none.returncode, none.stdout) == (2, "")
    assert "nobody has signed" in none.stderr
    done(say("contract", "sign", contract, "--as", MIA))
    half = say("contract", "activate", contract)
    assert half.returncode == 2
    assert f"not by {SAM} (sales)" in half.stderr
    both = json.loads(done(say("contract", "sign", contract, "--as", SAM, "--json")).stdout)
    assert [row["role"] for row in both["signatures"]] == ["marketing", "sales"]
    assert json.loads(done(say("contract", "activate", contract, "--json")).stdout)["state"] == (
        "in_force"
    )


def test_one_changed_byte_is_refused_with_what_was_signed(
    say: Say, contract: Path, tmp_path: Path
) -> None:
    give_keys(say, tmp_path)
    signed = json.loads(done(say("contract", "sign", contract, "--as", MIA, "--json")).stdout)
    done(say("contract", "sign", contract, "--as", SAM))
    edit(contract, "add: 100}", "add: 101}")
    told = say("contract", "activate", contract)
    assert told.returncode == 2
    assert signed["digest"][:12] in told.stderr
    assert "Changed: scores" in told.stderr
    edit(contract, "add: 101}", "add: 100}")
    contract.write_text(contract.read_text() + "\n")
    told = say("contract", "activate", contract)
    assert "nothing but comments" in told.stderr
    (contract.parent / "zips.csv").write_text("zip,territory\n10001,us-east\n")
    told = say("contract", "activate", contract)
    assert "Changed: tables" in told.stderr


def test_a_private_key_is_its_persons_alone(say: Say, tmp_path: Path, contract: Path) -> None:
    file = tmp_path / "keys" / "mia.pem"
    made = json.loads(done(say("key", "person", MIA, "--out", file, "--json")).stdout)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made["public"] not in file.read_text()
    over = say("key", "person", MIA, "--out", tmp_path / "mia.pub")
    assert over.returncode == 2 and "public half" in over.stderr
    assert not (tmp_path / "mia.pub").exists()
    again = say("key", "person", MIA, "--out", file)
    assert again.returncode == 2
    assert "is there already" in again.stderr
    done(say("key", "register", MIA, "--public", file.with_suffix(".pub")))
    file.chmod(0o644)
    told = say("contract", "sign", contract, "--as", MIA, "--key", file)
    assert told.returncode == 2
    assert "chmod 600" in told.stderr
    private = say("key", "register", SAM, "--public", file)
    assert private.returncode == 2
    assert "no public key" in private.stderr


def test_a_key_with_a_passphrase_opens_with_it_alone(
    say: Say, tmp_path: Path, contract: Path
) -> None:
    file, words, others = tmp_path / "mia.pem", tmp_path / "words", tmp_path / "others"
    words.write_text("four plain words here\n")
    others.write_text("other words\n")
    done(say("key", "person", MIA, "--out", file, "--passphrase", words))
    done(say("key", "register", MIA, "--public", file.with_suffix(".pub")))
    sign = ("contract", "sign", contract, "--as", MIA, "--key", file)
    for wrong in ((), ("--passphrase", others)):
        told = say(*sign, *wrong)
        assert (told.returncode, "--passphrase FILE" in told.stderr) == (2, True)
    done(say(*sign, "--passphrase", words))


def test_who_is_no_owner_is_told_who_is(say: Say, tmp_path: Path, contract: Path) -> None:
    done(say("key", "person", "eve@acme.example", "--out", tmp_path / "eve.pem"))
    told = say(
        "contract", "sign", contract, "--as", "eve@acme.example", "--key", tmp_path / "eve.pem"
    )
    assert told.returncode == 2
    assert MIA in told.stderr


def test_a_lost_key_is_replaced_and_its_signature_counts_no_more(
    say: Say, tmp_path: Path, contract: Path
) -> None:
    give_keys(say, tmp_path)
    for address in (MIA, SAM):
        done(say("contract", "sign", contract, "--as", address))
    done(say("key", "person", SAM, "--out", tmp_path / "new.pem"))
    register = ("key", "register", SAM, "--public", tmp_path / "new.pub")
    assert "--replace" in say(*register).stderr
    done(say(*register, "--replace"))
    assert SAM in say("contract", "activate", contract).stderr
    done(say("contract", "sign", contract, "--as", SAM, "--key", tmp_path / "new.pem"))
    done(say("contract", "activate", contract))
    listed = json.loads(done(say("key", "people", "--json")).stdout)["keys"]
    assert [bool(key["withdrawn_at"]) for key in listed] == [False, True, False]
    done(say("key", "withdraw", SAM, "--reason", "left us"))
    assert say("key", "withdraw", SAM, "--reason", "left us").returncode == 2


def test_a_version_waits_for_its_instant_and_a_rollback_returns(
    say: Say, tmp_path: Path, contract: Path
) -> None:
    give_keys(say, tmp_path)
    for number in (4, 5):
        edit(contract, f"version: {number - 1}\n", f"version: {number}\n")
        for address in (MIA, SAM):
            done(say("contract", "sign", contract, "--as", address))
        if number == 4:
            done(say("contract", "activate", contract))
    bad = say("contract", "activate", contract, "--at", "tomorrow")
    assert bad.returncode == 2
    done(say("contract", "activate", contract, "--at", "2099-01-01T00:00:00Z"))
    early = say("contract", "rollback", "--reason", "too few")
    assert early.returncode == 2
    assert "nothing was in force before" in early.stderr
    done(say("contract", "activate", contract))
    back = json.loads(done(say("contract", "rollback", "--reason", "too few", "--json")).stdout)
    assert (back["version"], back["state"]) == (4, "in_force")


def test_signatures_made_elsewhere_are_printed_to_be_sent(
    say: Say, tmp_path: Path, contract: Path
) -> None:
    done(say("key", "person", MIA))
    told = done(say("contract", "sign", contract, "--as", MIA, "--offline"))
    printed = json.loads(told.stdout)
    assert [row["role"] for row in printed["signatures"]] == ["marketing"]
    assert printed["digest"] in told.stderr

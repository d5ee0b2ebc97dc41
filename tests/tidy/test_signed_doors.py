"""No production door puts a contract in force that was not signed."""

from tests.tidy.source import ROOT

DOORS = ("cli", "web", "connectors", "store", "wiring.py", "trials/demo.py", "trials/sample")
BACK_DOOR = "adopt_contract"


def test_only_virtual_worlds_adopt_a_contract() -> None:
    source = ROOT / "src" / "handrail"
    files = [
        file
        for door in DOORS
        for file in ([source / door] if door.endswith(".py") else (source / door).rglob("*.py"))
    ]
    assert len(files) > 50
    assert [str(file) for file in files if BACK_DOOR in file.read_text()] == []

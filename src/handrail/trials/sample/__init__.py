"""The sample company of the demo: its contract and roster as files, its leads from a seed."""

from pathlib import Path

FOLDER = Path(__file__).parent
CONTRACT = FOLDER / "contract.yaml"
ROSTER = FOLDER / "roster.yaml"

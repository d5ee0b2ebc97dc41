"""A roster with as many reps as the closed deals of Olist's marketing funnel name SDRs.

python examples/olist/make_roster.py olist_closed_deals_dataset.csv > roster.yaml
"""

import csv
import sys
from pathlib import Path

HEAD = """\
roster: olist
teams:
  - {{name: sdr, manager: saulo, members: [{members}]}}
  - {{name: revops, manager: rita, members: [rita]}}
reps:
  - {{id: rita, name: Rita, email: rita@olist.example, timezone: America/Sao_Paulo}}
"""
REP = """\
  - id: {id}
    name: SDR {number}
    email: {id}@olist.example
    timezone: America/Sao_Paulo
    shift: {{mon-fri: ["09:00-12:00", "13:00-18:00"]}}
    holidays: BR
"""
PEOPLE = """\
people:
  - {id: saulo, name: Saulo, email: saulo@olist.example}
"""


def roster_text(closed_deals: Path) -> str:
    """The roster as YAML. A rep's id is the start of the SDR's pseudonym in the data."""
    with closed_deals.open(encoding="utf-8", newline="") as file:
        found = sorted({row["sdr_id"] for row in csv.DictReader(file)})
    ids = [f"sdr-{pseudonym[:8]}" for pseudonym in found]
    assert len(set(ids)) == len(ids), "two SDRs share the start of their pseudonym"
    reps = (REP.format(id=rep, number=number) for number, rep in enumerate(ids, start=1))
    return HEAD.format(members=", ".join(ids)) + "".join(reps) + PEOPLE


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_roster.py olist_closed_deals_dataset.csv > roster.yaml")
    sys.stdout.write(roster_text(Path(sys.argv[1])))

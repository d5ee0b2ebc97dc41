"""Bad values in a rehearsal's script are told at their place, before anything runs."""

from pathlib import Path

import pytest

from handrail.trials.rehearsal_file import BadRehearsal, read_rehearsal

HEAD = "rehearsal: bad\ncontract: c.yaml\nroster: r.yaml\nstart: 2026-03-02T15:00:00Z\nscript:\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{at: +1m, rep: ada, act: fax, lead: l1}", "one of call"),
        ("{at: +1m, rep: ada, presence: lunch}", "one of available"),
        ("{at: +1m, rep: ada, busy: {from: +1m}}", "{from, until}"),
        ("{at: +1m, rep: ada, busy: {from: +3m, until: +2m}}", "end after it begins"),
        ("{at: +1m, rep: ada, leave: {from: 2026-03-04, until: 2026-03-03}}", "end after"),
        ("{at: +1m, outage: {}}", "until"),
        ("{at: +5m, outage: {until: +1m}}", "end after"),
        ("{at: +1m, rep: ada, meeting: l1, from: +9m, until: +8m}", "ends after"),
        ("{at: +1m, by: mo, override: l1, score: 40}", "mapping of scores"),
        ("{at: +1m, by: mo, override: l1, score: {fit: 40.5}}", "mapping of scores"),
        ("{at: +1m, by: mo, override: l1}", "names one of"),
        ("{at: +1m, lead: l1}", "mapping with an id"),
        ("{at: 5, rep: ada, presence: away}", "`at`"),
        ("{at: +1m, rep: ada, dance: l1}", "nothing to do"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_at_its_place(
    line: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(f"{HEAD}  - {line}\n")
    with pytest.raises(BadRehearsal, match="bad.yaml:6:") as refused:
        read_rehearsal(path)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{event: asigned, to: ada}", "did you mean `assigned`?"),
        ("{event: alerted, kind: new_signals}", "did you mean `new_signal`?"),
        ("{event: assigned, too: ada}", "did you mean `to`?"),
        ("{to: ada}", "needs `event`"),
    ],
)
def test_a_ban_that_could_never_be_broken_is_refused_at_its_place(
    line: str, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.yaml"
    head = HEAD.removesuffix("script:\n")
    path.write_text(f"{head}never:\n  - {line}\n")
    with pytest.raises(BadRehearsal, match="bad.yaml:6:") as refused:
        read_rehearsal(path)
    assert told in str(refused.value)

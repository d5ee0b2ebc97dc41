"""Whether alerts led to their act, on planted histories."""

from datetime import UTC, datetime, timedelta

import pytest

from handrail.lab.alert_acts import WEEK, AlertReport, Did, Told, alert_report
from handrail.lab.proportion import wilson

T0 = datetime(2026, 3, 2, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(number: int = 1, *, at: datetime = T0, kind: str = "stalled", act: str = "go_on") -> Told:
    return Told(kind, act, "ada", "email", f"h{number}", at, at + HOUR, at + 5 * HOUR)


def report(alerts: list[Told], acts: list[Did], *, now: datetime = T0 + WEEK) -> AlertReport:
    return alert_report(alerts, acts, from_at=T0 - 9 * WEEK, until=now, now=now)


@pytest.mark.parametrize(
    ("after_h", "acted", "moot"), [(0, 0, 1), (1, 1, 0), (4, 1, 0), (5, 0, 0), (9, 0, 0)]
)
def test_an_act_counts_from_the_sending_to_before_the_windows_end(
    after_h: int, acted: int, moot: int
) -> None:
    found = report([told()], [Did("h1", "acted", T0 + after_h * HOUR)])
    assert (sum(one.acted for one in found.kinds), found.moot) == (acted, moot)


def test_an_act_on_another_handoff_or_of_another_sort_does_not_count() -> None:
    alerts = [told(1), told(2, kind="incident", act="steer"), told(3, kind="no_show", act="rebook")]
    acts = [Did("h9", "acted", T0 + HOUR), Did("h3", "accepted", T0 + HOUR)]
    assert all(one.acted == 0 for one in report(alerts, acts).kinds)


def test_an_open_window_is_not_judged() -> None:
    (kind,) = report([told()], [], now=T0 + 2 * HOUR).kinds
    assert (kind.told, kind.open, kind.share) == (0, 1, None)


@pytest.mark.parametrize(
    ("acted", "is_proposed"), [((2, 2, 2, 2), True), ((2, 2, 3, 2), False), ((0, 0, 0, 0), True)]
)
def test_a_kind_is_proposed_for_demotion_after_four_weeks_below_thirty_per_cent(
    acted: tuple[int, ...], is_proposed: bool
) -> None:
    alerts = [told(n, at=T0 + week * WEEK) for week in range(4) for n in _numbers(week)]
    acts = [
        Did(f"h{n}", "acted", T0 + week * WEEK + 2 * HOUR)
        for week, count in enumerate(acted)
        for n in _numbers(week)[:count]
    ]
    found = report(alerts, acts, now=T0 + 4 * WEEK)
    assert [one.acted for one in found.demote] == ([acted] if is_proposed else [])


def test_a_week_without_any_breaks_the_row() -> None:
    alerts = [told(n, at=T0 + week * WEEK) for week in (0, 1, 3) for n in _numbers(week)]
    assert report(alerts, [], now=T0 + 4 * WEEK).demote == ()


def test_wilsons_interval_is_the_published_one() -> None:
    assert wilson(8 / 40, 40) == pytest.approx((0.105, 0.3476), abs=1e-4)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)


def _numbers(week: int) -> range:
    return range(week * 10, week * 10 + 10)

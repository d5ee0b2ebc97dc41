"""How many messages one person gets one by one: `budget`, `digest_every` and `storm` of alerts."""

from datetime import timedelta

from handrail.contract.model import Noise
from handrail.contract.read import keys
from handrail.contract.read.report import Report
from handrail.contract.read.shapes import Entries, Key
from handrail.terms.durations import format_duration

LEAST = timedelta(minutes=1)  # a storm is judged by the minute
STORM_MAX = timedelta(hours=1)  # what must be told waits as long
DIGEST_MAX = timedelta(days=1)
NOISE = Noise()


def read_noise(alerts: Entries, root: Entries, report: Report) -> Noise:
    storm = alerts.get(keys.ALERT_STORM)
    noise = Noise(
        budget=alerts.take(keys.ALERT_BUDGET, NOISE.budget),
        digest_every=_span(alerts, keys.ALERT_DIGEST_EVERY, NOISE.digest_every, DIGEST_MAX, report),
        storm_above=NOISE.storm_above
        if storm is None
        else storm.take(keys.STORM_ABOVE, NOISE.storm_above),
        storm_every=NOISE.storm_every
        if storm is None
        else _span(storm, keys.STORM_EVERY, NOISE.storm_every, STORM_MAX, report),
    )
    _check_budget(noise, alerts, storm, report)
    _check_digests(noise, alerts, storm, report)
    if storm is not None and storm.get(keys.STORM_EVERY) is not None:
        _check_windows(noise, storm, root, report)
    return noise


def _span(
    entries: Entries, key: Key[timedelta], otherwise: timedelta, most: timedelta, report: Report
) -> timedelta:
    span = entries.take(key, otherwise)
    if LEAST <= span <= most:
        return span
    message = f"digests are {format_duration(LEAST)} to {format_duration(most)} apart"
    report.at(entries.at(key), "value", message)
    return otherwise


def _check_budget(noise: Noise, alerts: Entries, storm: Entries | None, report: Report) -> None:
    if noise.budget >= noise.storm_above:
        return
    message = (
        f"{noise.storm_above} messages a minute may go one by one, and only {noise.budget} in a "
        "whole shift: give `budget` more, or `storm.above` less"
    )
    _warn(keys.ALERT_BUDGET, keys.STORM_ABOVE, message, alerts, storm, report)


def _check_digests(noise: Noise, alerts: Entries, storm: Entries | None, report: Report) -> None:
    if noise.digest_every >= noise.storm_every:
        return
    message = (
        f"beyond the budget a digest comes every {format_duration(noise.digest_every)}, and in a "
        f"storm only every {format_duration(noise.storm_every)}: whoever has had enough is told "
        "more often"
    )
    _warn(keys.ALERT_DIGEST_EVERY, keys.STORM_EVERY, message, alerts, storm, report)


def _warn(
    key: Key[object],
    of_storm: Key[object],
    message: str,
    alerts: Entries,
    storm: Entries | None,
    report: Report,
) -> None:
    """At the one that is written, since the other is then a default."""
    if storm is not None and alerts.written(key) is None:
        report.at(storm.at(of_storm), "value", message, "warning")
    else:
        report.at(alerts.at(key), "value", message, "warning")


def _check_windows(noise: Noise, storm: Entries, root: Entries, report: Report) -> None:
    """Whether a message may wait longer than the act that it asks for."""
    items = root.take(keys.LEAD_TYPES, ())
    windows = [item.value.get(keys.TYPE_FIRST_ACTION) for item in items]
    shortest = min((one for one in windows if isinstance(one, timedelta)), default=None)
    if shortest is not None and noise.storm_every > shortest:
        message = (
            f"in a storm a message may wait {format_duration(noise.storm_every)}, and the shortest "
            f"first_action is {format_duration(shortest)}: its breach may come first"
        )
        report.at(storm.at(keys.STORM_EVERY), "value", message, "warning")

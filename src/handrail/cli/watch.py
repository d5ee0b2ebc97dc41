"""`handrail watch`: looks at the service from outside, and alarms over a channel of its own."""

import asyncio
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import typer

from handrail.cli.say import CannotDo, complain, print_json, say
from handrail.cli.serve import speaking
from handrail.engine.settings import Settings
from handrail.engine.watch import Limits
from handrail.engine.watching import Round
from handrail.terms.durations import parse_duration
from handrail.wiring import settings_with
from handrail.wiring_watch import alarm_channels, open_watcher


def register(app: typer.Typer) -> None:
    app.command("watch", help="Alarm over another channel when the service stands still.")(run)


def run(
    database_url: str | None = typer.Option(None, help="The service's database."),
    data_dir: Path | None = typer.Option(None, help="Where the service's own database lies."),
    every: str = typer.Option("10s", help="How often to look."),
    once: bool = typer.Option(False, "--once", help="One look; exit 1 when something is wrong."),
    state: Path | None = typer.Option(None, help="The folder in which it remembers its alarms."),
    database_within: str = typer.Option("15s", help="How long the database may be silent."),
    beat_within: str = typer.Option("30s", help="The age of the latest heartbeat, at most."),
    clocks_within: str = typer.Option("30s", help="How long a wake-up may be overdue."),
    deliveries_within: str = typer.Option("2m", help="How long a due delivery may wait."),
    parked_max: int = typer.Option(0, min=0, help="How many deliveries may be parked."),
    again: str = typer.Option("1h", help="When to tell again of what lasts."),
    as_json: bool = typer.Option(False, "--json", help="A line of JSON each round."),
    verbose: bool = typer.Option(False, "--verbose", "-v", help="A line each round."),
) -> None:
    limits = Limits(
        database=timedelta() if once else _duration("--database-within", database_within),
        beat=_duration("--beat-within", beat_within),
        clocks=_duration("--clocks-within", clocks_within),
        deliveries=_duration("--deliveries-within", deliveries_within),
        parked_max=parked_max,
        again=_duration("--again", again),
    )
    pause = _duration("--every", every)
    with speaking():
        settings = settings_with(database_url=database_url, data_dir=data_dir)
        if not once and not alarm_channels(settings):
            raise CannotDo(
                "no channel is set up, so nobody would hear an alarm: set "
                "HANDRAIL_WATCH_SMTP_HOST, HANDRAIL_WATCH_MAIL_FROM and HANDRAIL_WATCH_MAIL_TO, or "
                "HANDRAIL_WATCH_WEBHOOK_URL and HANDRAIL_WATCH_WEBHOOK_SECRETS"
            )

        def told(found: Round) -> None:
            _tell(found, as_json=as_json, verbose=verbose or once)

        watching = _watch(
            settings, limits=limits, state=state, every=None if once else pause, told=told
        )
        is_well = asyncio.run(watching)
    raise typer.Exit(0 if is_well or not once else 1)


def _duration(option: str, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as fault:
        raise CannotDo(f"{option}: {fault}") from fault


async def _watch(
    settings: Settings,
    *,
    limits: Limits,
    state: Path | None,
    every: timedelta | None,
    told: Callable[[Round], None],
) -> bool:
    """Whether the last round found nothing wrong. `every` None: one round."""
    async with open_watcher(settings, limits=limits, state=state) as watcher:
        if every is None:
            found = await watcher.round()
            told(found)
            return found.ok
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        say(f"Watching, every {every.total_seconds():g} s.")
        await watcher.run(stop, every=every, told=told)
        return True


def _tell(found: Round, *, as_json: bool, verbose: bool) -> None:
    if as_json:
        print_json(found)
    at = f"{found.at:%H:%M:%S}"
    if verbose:
        say(f"{at} all is well" if found.ok else f"{at} {'; '.join(found.found.values())}")
    for alarm in found.told:
        say(f"{at} told ({alarm.state}) {alarm.kind}: {alarm.said}")
    for alarm in found.untold:
        complain(f"{at} nobody was told ({alarm.state}) {alarm.kind}: {alarm.said}")
    for refused in found.refused:
        complain(refused)

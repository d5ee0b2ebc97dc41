"""`handrail demo`: a sample company on an embedded database, to look at or to its end."""

import asyncio
import os
import socket
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import typer

from handrail.cli.say import CannotDo, print_json, say
from handrail.cli.serve import (
    address_of,
    listening,
    load_contract,
    load_roster,
    serving,
    speaking,
)
from handrail.engine.clock import SystemClock, VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.settings import Settings
from handrail.trials import sample
from handrail.trials.demo import Story, Summary, play_live, play_to_the_end, summarize
from handrail.trials.sample.leads import SampleLead
from handrail.trials.sample.signing import agree
from handrail.wiring import Node, new_event_loop, open_node

PORT = 8040


def register(app: typer.Typer) -> None:
    app.command("demo", help="A sample company, replayed fast, on a board that you can watch.")(run)


def run(
    once: bool = typer.Option(
        False, "--once", help="Run the story to its end, print a summary, and end."
    ),
    as_json: bool = typer.Option(False, "--json", help="With --once: one JSON document on stdout."),
    data_dir: Path | None = typer.Option(
        None, help="Keep the demo's data here; otherwise it is thrown away at the end."
    ),
    port: int | None = typer.Option(
        None, min=0, max=65_535, help="Of the board; without it 8040, or any free one."
    ),
) -> None:
    began = time.monotonic()
    if as_json and not once:
        raise CannotDo("--json prints the summary of a story that ends: give --once too")
    told = _first_told(began)
    with speaking(), _folder(data_dir) as folder:
        settings = Settings(data_dir=folder)
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            if once:
                _print(
                    runner.run(_play_once(settings, told=told)),
                    as_json=as_json,
                )
            else:
                with _board_door(port) as door:
                    runner.run(_play_on(settings, door=door, told=told))


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    # A killed demo may still be letting go of its files while they are removed.
    with tempfile.TemporaryDirectory(prefix="handrail-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _first_told(began: float) -> Callable[[SampleLead, str], None]:
    """Says when the first lead had its rep, once."""
    first = True

    def told(lead: SampleLead, rep: str) -> None:
        nonlocal first
        if first:
            first = False
            passed = time.monotonic() - began
            say(f"{passed:.1f} s: {lead.first_name} of {lead.company} asked, {rep} has the lead.")

    return told


# --- once


async def _play_once(settings: Settings, *, told: Callable[[SampleLead, str], None]) -> Summary:
    clock = VirtualClock(SystemClock().now())
    async with open_node(settings, clock=clock) as node:
        last_at = await _last_entry_at(node.engine)
        if last_at is not None and last_at >= clock.now():
            clock.move_to(last_at + timedelta(seconds=1))  # a story before ran ahead of the clock
        first = await _settle_in(node.engine)
        story = Story(engine=node.engine, first=first, told=told)
        await play_to_the_end(story, engine=node.engine, clock=clock)
        return await summarize(node.engine.store, node.vault)


async def _last_entry_at(engine: Engine) -> datetime | None:
    head = await engine.store.head()
    async for chunk in engine.store.entries(after=max(head.seq - 1, 0), chunk=1):
        return chunk[-1].at
    return None


def _print(summary: Summary, *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
    else:
        for name, value in msgspec.structs.asdict(summary).items():
            print(f"{name:12} {value}")
    if not summary.ledger_ok:
        raise typer.Exit(1)


# --- to look at


async def _play_on(
    settings: Settings,
    *,
    door: socket.socket,
    told: Callable[[SampleLead, str], None],
) -> None:
    async with open_node(settings) as node:
        first = await _settle_in(node.engine)
        story = Story(engine=node.engine, first=first, trickles=True, told=told)
        await story.play()  # the first lead is routed before anything else is set up
        await _show(node, story, door=door)


async def _show(node: Node, story: Story, *, door: socket.socket) -> None:
    async def play(stop: asyncio.Event) -> None:
        await play_live(story, stop=stop)

    async with serving(node, role="all", door=door, is_open=True, beside=[play]) as stop:
        address = address_of(door)
        say(f"The board: {address}")
        say("Clocks warn, breach and escalate within the first minute. Ctrl-C ends the demo.")
        if _can_show_pages():
            await asyncio.to_thread(webbrowser.open, address)
        await stop.wait()


async def _settle_in(engine: Engine) -> int:
    """Put the sample company in force; the number of the next lead. Raises CannotDo."""
    contract, roster = load_contract(sample.CONTRACT), load_roster(sample.ROSTER)
    in_force, _ = await engine.in_force()
    if in_force is not None and in_force.name != contract.name:
        raise CannotDo(
            f"the data folder is that of contract {in_force.name!r}, not of a demo; give another "
            "--data-dir"
        )
    head = await engine.store.head()
    await engine.adopt_roster(roster, actor="system")
    if contract.digest not in head.contracts:
        await agree(engine, contract)
    return head.seq + 1  # each lead has an entry of its own at least, so no number comes again


@contextmanager
def _board_door(port: int | None) -> Iterator[socket.socket]:
    """The port asked for; else the usual one, or any when that is taken."""
    if port is not None:
        with listening("127.0.0.1", port) as door:
            yield door
        return
    try:
        usual = listening("127.0.0.1", PORT)
        door = usual.__enter__()
    except CannotDo:
        usual = listening("127.0.0.1", 0)
        door = usual.__enter__()
    with door:
        yield door


def _can_show_pages() -> bool:
    """Somebody sits at this terminal, before a screen that can show more than text."""
    screen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return screen and sys.stderr.isatty() and sys.stdin.isatty()

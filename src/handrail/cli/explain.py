"""`handrail explain`: why a handoff stands where it stands."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Markup

from handrail.cli.say import CannotDo, print_json
from handrail.cli.serve import speaking
from handrail.engine.explain import Explanation, explain
from handrail.engine.telling import spaced, tell_clock
from handrail.engine.vault import Unreadable
from handrail.engine.views import ClauseView, RoutingView
from handrail.wiring import open_engine


def register(app: typer.Typer) -> None:
    app.command("explain", help="Why: scores, clauses, every candidate, clocks, people's acts.")(
        run
    )


def run(
    id: str = typer.Argument(..., metavar="ID", help="A handoff, or a lead."),
    database_url: str | None = typer.Option(
        None, help="The service's database; without it, its own."
    ),
    data_dir: Path | None = typer.Option(None, help="Where its own database and key lie."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document on stdout."),
) -> None:
    with speaking():
        explanation = asyncio.run(_explain(id, database_url, data_dir))
    if as_json:
        print_json(explanation)
    else:
        show(explanation, Console(highlight=False))


async def _explain(id: str, database_url: str | None, data_dir: Path | None) -> Explanation:
    async with open_engine(database_url=database_url, data_dir=data_dir, existing=True) as engine:
        try:
            return await explain(engine.store, engine.vault, id)
        except LookupError as fault:
            raise CannotDo(str(fault.args[0])) from fault
        except Unreadable as fault:
            raise CannotDo(f"{fault}; `handrail ledger verify` says where") from fault


def show(explanation: Explanation, console: Console) -> None:
    """Everything a buyer typed is shown as plain text, never as markup of the terminal's."""
    _heading(explanation, console)
    _scores(explanation, console)
    why = explanation.why
    if why is not None:
        _clause(console, "threshold", why.threshold, why.threshold_clause)
        _clause(console, "lead type", why.lead_type, why.lead_type_clause)
        _clause(console, "rule", why.rule, why.clause)
        _listed(console, "missing", why.missing)
        _listed(console, "not understood", why.hygiene)
        for act in why.against:
            said = f"{act.act} by {act.rep} on {_at(act.at)}, against {act.because}"
            console.print(_plain(said, style="bold"))
        for routing in reversed(why.routings):
            _routing(routing, console)
    _windows(explanation, console)
    _timeline(explanation, console)


def _heading(explanation: Explanation, console: Console) -> None:
    handoff = explanation.handoff
    console.print(_plain(f"{explanation.id}  {spaced(explanation.stage)}", style="bold"))
    who = f"lead {explanation.lead}, captured {_at(explanation.captured_at)}"
    console.print(_plain(f"{who}, erased since" if explanation.erased else who))
    if explanation.excluded is not None:
        console.print(_plain(f"excluded: {explanation.excluded}"))
    if handoff is not None:
        console.print(_plain(f"owner {handoff.owner_name}, tier {handoff.tier}"))


def _scores(explanation: Explanation, console: Console) -> None:
    for name, value in explanation.scores.items():
        console.print(_plain(f"{name} {value}"))
        for part in explanation.score_parts:
            if part.score == name:
                line = f" (line {part.line})" if part.line is not None else ""
                console.print(_plain(f"  {part.points:+d} {part.because}{line}"))


def _clause(console: Console, what: str, name: str | None, clause: ClauseView | None) -> None:
    if name is None:
        return
    where = f": line {clause.line}, {clause.when}" if clause is not None else ""
    console.print(_plain(f"{what} “{name}”{where}"))


def _listed(console: Console, what: str, names: Iterable[str]) -> None:
    told = ", ".join(names)
    if told:
        console.print(_plain(f"{what}: {told}"))


def _routing(routing: RoutingView, console: Console) -> None:
    because = f", {spaced(routing.because)}" if routing.because else ""
    table = Table(
        title=_plain(f"{_at(routing.at)} → {routing.owner or 'nobody'}{because}"),
        title_justify="left",
        box=None,
    )
    for heading in ("rank", "rep", "why"):
        table.add_column(heading)
    for candidate in sorted(
        routing.candidates, key=lambda one: (one.rank is None, one.rank or 0, one.rep)
    ):
        rank = str(candidate.rank) if candidate.rank is not None else ""
        table.add_row(rank, _plain(candidate.name), _plain(candidate.says))
    console.print(table)


def _windows(explanation: Explanation, console: Console) -> None:
    if not explanation.windows:
        return
    table = Table(title="clocks", title_justify="left", box=None)
    for heading in ("clock", "owner", "opened", "due", ""):
        table.add_column(heading)
    for window in explanation.windows:
        table.add_row(
            tell_clock(window.clock),
            _plain(window.owner),
            _at(window.opened_at),
            _at(window.due_at),
            "missed" if window.breached else "",
        )
    console.print(table)


def _timeline(explanation: Explanation, console: Console) -> None:
    table = Table(title="what happened", title_justify="left", box=None, show_header=False)
    for event in explanation.timeline:
        table.add_row(_at(event.at), _plain(event.says), _plain(event.actor))
    console.print(table)


def _plain(text: str, style: str = "") -> Markup:
    """As it is: no markup, and nothing that steers a terminal."""
    return Markup("".join(char if char.isprintable() else " " for char in text), style=style)


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%SZ}"

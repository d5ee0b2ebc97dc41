"""`handrail key`: make, list and revoke API keys; personal keys are in `key_person`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import typer

from handrail.cli import key_person
from handrail.cli.say import CannotDo, print_json, say
from handrail.cli.serve import speaking
from handrail.engine.keys import KEY_SCOPES, ApiKey
from handrail.terms.durations import parse_duration
from handrail.wiring import Node, open_node, settings_with

T = TypeVar("T")

SCOPE_HELP = f"What it may do; may be given again. One of {', '.join(KEY_SCOPES)}."
DATABASE_URL = typer.Option(None, help="The service's database; without it, its own.")
DATA_DIR = typer.Option(None, help="Where the service's own database and key lie.")
AS_JSON = typer.Option(False, "--json", help="One JSON document on stdout.")


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="API keys, and the keys with which people sign contracts.", no_args_is_help=True
    )
    group.command("create", help="Make a key and print it, this one time.")(create)
    group.command("list", help="All keys that were ever made, without the keys themselves.")(list_)
    group.command("revoke", help="End a key at once.")(revoke)
    key_person.register(group)
    app.add_typer(group, name="key")


def create(
    name: str = typer.Argument(..., help="Who or what will use it."),
    scope: list[str] = typer.Option(..., help=SCOPE_HELP),
    person: str | None = typer.Option(
        None, help="Whose key it is, by their id in the roster: it then speaks for them alone."
    ),
    expires: str | None = typer.Option(None, help="How long it lives, such as 90d; else for ever."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    try:
        life = parse_duration(expires) if expires is not None else None
    except ValueError as fault:
        raise CannotDo(f"--expires is {expires!r}; write a duration such as 90d") from fault

    async def make(node: Node) -> tuple[str, bool]:
        expires_at = node.engine.clock.now() + life if life is not None else None
        first = not await node.keys.all()
        if person is not None:
            await _check_person(node, person)
        token = await node.keys.create(name, scope, expires_at=expires_at, person=person)
        return token, first

    token, first = _on_node(make, database_url=database_url, data_dir=data_dir)
    if as_json:
        print_json({"name": name, "key": token})
    else:
        print(token)
    say("Keep it now: it is stored as a hash and cannot be shown again.")
    if first:
        say("It is the first key. A service that runs without keys asks for them once restarted.")


async def _check_person(node: Node, person: str) -> None:
    _, roster = await node.engine.in_force()
    if person not in roster.reps and person not in roster.people:
        raise CannotDo(f"nobody in the roster is called {person!r}; `--person` takes their id")


def list_(
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    async def look(node: Node) -> list[dict[str, Any]]:
        now = node.engine.clock.now()
        return [_shown(key, live=key.is_live(now=now)) for key in await node.keys.all()]

    rows = _on_node(look, database_url=database_url, data_dir=data_dir)
    if as_json:
        print_json({"keys": rows})
        return
    for row in rows:
        state = "live" if row["live"] else "revoked" if row["revoked_at"] else "expired"
        print(f"{row['name']:24} {state:8} {','.join(row['scopes'])}{_whose(row)}")


def revoke(
    name: str = typer.Argument(..., help="As `handrail key list` shows it."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    _on_node(lambda node: node.keys.revoke(name), database_url=database_url, data_dir=data_dir)
    if as_json:
        print_json({"name": name, "revoked": True})
    say(f"{name}: revoked. Running nodes refuse it within two seconds.")


def _whose(row: dict[str, Any]) -> str:
    return f"  of {row['person']}" if row["person"] is not None else ""


def _shown(key: ApiKey, *, live: bool) -> dict[str, Any]:
    return {
        "name": key.name,
        "scopes": list(key.scopes),
        "person": key.person,
        "live": live,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _on_node(
    do: Callable[[Node], Awaitable[T]], *, database_url: str | None, data_dir: Path | None
) -> T:
    """Also beside a service that runs on the same folder. Raises CannotDo."""

    async def there() -> T:
        settings = settings_with(database_url=database_url, data_dir=data_dir)
        async with open_node(settings, join=True) as node:
            return await do(node)

    with speaking():
        return asyncio.run(there())

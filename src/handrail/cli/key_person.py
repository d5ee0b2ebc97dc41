"""`handrail key person|register|withdraw|people`: the keys with which people sign contracts."""

from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.person_keys import default_file, public_file, read_public_file, write_key
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.agreement import PersonKey, address_key
from handrail.engine.engine import Engine
from handrail.engine.signing import PersonalKey

ACTOR = "operator"
ADDRESS = typer.Argument(..., help="The e-mail address, as `owners` of a contract names it.")
AS_JSON = typer.Option(False, "--json", help="One JSON document on stdout.")


def register(group: typer.Typer) -> None:
    group.command("person", help="Make a person's own key, for signing contracts.")(person)
    group.command("register", help="Let a person's public key count from now on.")(register_)
    group.command("withdraw", help="Let a person's key count no more.")(withdraw)
    group.command("people", help="Whose keys count, and which did.")(people)


def person(
    address: str = ADDRESS,
    out: Path | None = typer.Option(
        None, help="The file of the private half; without it ~/.config/handrail/keys/ADDRESS.pem."
    ),
    passphrase: Path | None = typer.Option(
        None, help="A file whose first line is to seal the private half."
    ),
    as_json: bool = AS_JSON,
) -> None:
    if "@" not in address:
        raise CannotDo(f"{address!r} is no e-mail address; write it like mia@acme.example")
    file = out or default_file(address)
    key = PersonalKey.make()
    write_key(key, file, passphrase=passphrase)
    if as_json:
        print_json({"address": address_key(address), "public": key.public, "file": str(file)})
    else:
        print(key.public)
    say(f"The private half is in {file}: it stays with its person, and is nowhere else.")
    say(
        f"Whoever runs the service: `handrail key register {address_key(address)} --public "
        f"{public_file(file)}`."
    )


def register_(
    address: str = ADDRESS,
    public: Path = typer.Option(..., help="The file of the public half."),
    replace: bool = typer.Option(
        False, "--replace", help="In the place of the key that the address has."
    ),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    given = read_public_file(public)

    async def do(engine: Engine) -> None:
        await engine.agreements.register_key(address, given, actor=ACTOR, instead=replace)

    run_on(database_url, data_dir, do, existing=False)
    if as_json:
        print_json({"address": address_key(address), "public": given})
    say(f"{address_key(address)} signs with this key from now on.")


def withdraw(
    address: str = ADDRESS,
    reason: str = typer.Option(..., help="Why; kept in the ledger."),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    async def do(engine: Engine) -> None:
        await engine.agreements.withdraw_key(address, reason=reason, actor=ACTOR)

    run_on(database_url, data_dir, do)
    if as_json:
        print_json({"address": address_key(address), "withdrawn": True})
    say("It counts no more: what it signed and is not in force must be signed anew.")


def people(
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    async def do(engine: Engine) -> list[PersonKey]:
        return list((await engine.agreements.book()).keys.values())

    keys = run_on(database_url, data_dir, do)
    if as_json:
        print_json({"keys": keys})
        return
    for key in keys:
        state = "counts" if key.withdrawn_at is None else f"until {key.withdrawn_at:%Y-%m-%d}"
        print(f"{key.address:32} {state:16} {key.public}")

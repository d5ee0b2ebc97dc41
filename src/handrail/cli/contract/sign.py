"""`handrail contract sign`: one person signs a version with their own key."""

from pathlib import Path

import typer

from handrail.cli.contract.database import DATA_DIR, DATABASE_URL, run_on
from handrail.cli.contract.told import AS_JSON, FILE, keep_draft, proved, tell
from handrail.cli.person_keys import default_file, read_key
from handrail.cli.say import CannotDo, print_json, say
from handrail.contract.agreement import Agreement, Signer, address_key
from handrail.contract.model import Contract
from handrail.engine.engine import Engine
from handrail.engine.signing import PersonalKey
from handrail.kernel.signers import Terms, may_sign


def register(contract: typer.Typer) -> None:
    contract.command("sign", help="Sign a version with your own key.")(sign)


def sign(
    file: Path = FILE,
    as_: str = typer.Option(..., "--as", help="Your e-mail address, as `owners` names it."),
    key: Path | None = typer.Option(
        None, help="Your private key; without it ~/.config/handrail/keys/ADDRESS.pem."
    ),
    passphrase: Path | None = typer.Option(
        None, help="A file whose first line opens your private key."
    ),
    role: str | None = typer.Option(
        None, help="revops, marketing or sales; without it every role in which you are named."
    ),
    offline: bool = typer.Option(
        False, "--offline", help="Print the signatures, to be sent to the service over HTTP."
    ),
    database_url: str | None = DATABASE_URL,
    data_dir: Path | None = DATA_DIR,
    as_json: bool = AS_JSON,
) -> None:
    contract, findings = proved(file)
    own = read_key(key or default_file(as_), passphrase=passphrase)
    if offline:
        _print_offline(contract, own, address=as_, role=role)
        return

    async def do(engine: Engine) -> Agreement:
        found = await keep_draft(engine, contract, findings)
        for signer in await _roles(engine, contract, address=as_, role=role):
            found = await engine.agreements.sign(
                contract.digest,
                role=signer,
                address=as_,
                signature=own.sign_contract(contract, role=signer, address=as_),
                actor=f"person:{address_key(as_)}",
            )
        return found

    tell(run_on(database_url, data_dir, do, existing=False), as_json=as_json)


async def _roles(
    engine: Engine, contract: Contract, *, address: str, role: str | None
) -> list[str]:
    """In which roles the person signs: those in which the version, or the one in force, names
    them. Who is not named is refused by the service, with who is."""
    terms = await engine.agreements.terms(contract)
    return _named(terms, address=address) if role is None else [role]


def _named(terms: Terms, *, address: str) -> list[str]:
    owners: list[Signer] = sorted(may_sign(terms))
    named = [one.role for one in owners if one.address == address_key(address)]
    if not named:
        who = ", ".join(map(str, owners))
        raise CannotDo(f"{address} is no owner of this contract: who signs is {who}")
    return list(named)


def _print_offline(contract: Contract, own: PersonalKey, *, address: str, role: str | None) -> None:
    roles = _named(Terms(contract=contract), address=address) if role is None else [role]
    signed = [
        {
            "role": one,
            "address": address_key(address),
            "signature": own.sign_contract(contract, role=one, address=address),
        }
        for one in roles
    ]
    print_json({"digest": contract.digest, "signatures": signed})
    say(f"Send each to POST /api/v1/contracts/{contract.digest}/sign.")

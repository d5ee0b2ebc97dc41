"""`handrail contract schema`: the form of a contract, for editors."""

import typer

from handrail.cli.say import print_json
from handrail.contract.schema import contract_schema


def register(contract: typer.Typer) -> None:
    contract.command("schema", help="The JSON Schema of contracts, for editors.")(schema)


def schema() -> None:
    print_json(contract_schema())

"""The JSON Schema of a contract, made from the key tables that the reader itself uses."""

from typing import Any

from handrail.contract.read.keys import ROOT

SCHEMA_ID = "https://handrail.example/schemas/contract.json"


def contract_schema() -> dict[str, Any]:
    """JSON Schema draft 2020-12, for completion and first checks in editors.

    It knows keys, types and the look of values; names, conditions and rules are the reader's.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Handrail contract",
        "description": "What marketing and sales agreed on: definitions, routing, deadlines.",
        **ROOT.schema(),
    }

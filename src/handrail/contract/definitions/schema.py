"""The JSON Schema of a file of definitions, made from the keys that its reader uses."""

from typing import Any

from handrail.contract.definitions.keys import ROOT

SCHEMA_ID = "https://handrail.example/schemas/definitions.json"


def definitions_schema() -> dict[str, Any]:
    """JSON Schema draft 2020-12, for completion and first checks in editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Handrail definitions",
        "description": "What one team means by MQL, SAL and SQL.",
        **ROOT.schema(),
    }

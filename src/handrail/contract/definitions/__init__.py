"""What one team means by MQL, SAL and SQL: text -> Definitions, or all that is wrong with it."""

from handrail.contract.definitions.model import STAGES, Clause, Definition, Definitions, Stage
from handrail.contract.definitions.reading import read_definitions_file, read_definitions_text
from handrail.contract.definitions.schema import definitions_schema

__all__ = [
    "STAGES",
    "Clause",
    "Definition",
    "Definitions",
    "Stage",
    "definitions_schema",
    "read_definitions_file",
    "read_definitions_text",
]

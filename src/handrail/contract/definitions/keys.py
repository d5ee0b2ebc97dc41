"""Every key of a file of definitions: the one table behind its reader and its JSON Schema."""

from handrail.contract.read import keys
from handrail.contract.read.shapes import Key, ListOf, Record

NAME = Key("definitions", keys.CONTRACT.shape, "whose definitions these are", required=True)
_CLAUSES = ListOf(keys.THRESHOLD, min=1)
MEANS = Key("means", keys.MQL_MEANS.shape, "the definition in words")
ANY = Key("any", _CLAUSES, "a lead has reached the stage when any of these holds")
ALL = Key("all", _CLAUSES, "a lead has reached the stage when all of these hold")
_STAGE = Record((MEANS, ANY, ALL))
_TYPE_FIRST_ACTION = Key("first_action", keys.TYPE_FIRST_ACTION.shape, "taken, and not used")
_LEAD_TYPE = Record((keys.TYPE_NAME, keys.TYPE_WHEN, _TYPE_FIRST_ACTION, keys.TYPE_STRATEGY))

MQL = Key("mql", _STAGE, "when the team calls a lead marketing-qualified")
SAL = Key("sal", _STAGE, "when the team calls a lead sales-accepted; may name `mql`")
SQL = Key("sql", _STAGE, "when the team calls a lead sales-qualified; may name `mql` and `sal`")
ROOT = Record(
    (
        NAME,
        keys.TABLES,
        keys.FIELDS,
        Key("scores", keys.SCORES.shape, keys.SCORES.means),
        Key("tiers", keys.TIERS.shape, keys.TIERS.means),
        keys.EXCLUSIONS,
        keys.TERRITORIES,
        Key("lead_types", ListOf(_LEAD_TYPE, min=1), keys.LEAD_TYPES.means),
        MQL,
        SAL,
        SQL,
    )
)

"""The JSON Schema of a contract, made from the key tables that the reader itself uses."""

from typing import Any

from handrail.contract.read.keys import ROOT

SCHEMA_ID = "https://handrail.example/schemas/contract.json"

Schema = dict[str, Any]
_Path = tuple[str, ...]


def contract_schema() -> Schema:
    """JSON Schema draft 2020-12, for completion and first checks in editors.

    It knows keys, types and the look of values; names, conditions and rules are the reader's.
    What an editor offers to write (`defaultSnippets`, which validators pass over) and what is
    assumed when a key is absent (`default`) come on top.
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Handrail contract",
        "description": "What marketing and sales agreed on: definitions, routing, deadlines.",
        **ROOT.schema(),
    }
    for path, default in _DEFAULTS.items():
        _at(schema, path)["default"] = default
    for path, (label, body) in _SNIPPETS.items():
        snippet = {"label": label, "description": f"a new {label}", "body": body}
        _at(schema, path)["items"]["defaultSnippets"] = [snippet]
    return schema


def _at(schema: Schema, path: _Path) -> Schema:
    """The schema below these keys; a name that people choose is one for all of its mapping."""
    for name in path:
        named = schema.get("properties", {})
        if name in named:
            schema = named[name]
        elif name == "*":
            schema = schema["items"] if "items" in schema else _only(schema["patternProperties"])
        else:
            raise AssertionError(f"no key {name} in the contract")
    return schema


def _only(patterns: Schema) -> Schema:
    (found,) = patterns.values()
    assert isinstance(found, dict)
    return found


_DEFAULTS: dict[_Path, object] = {
    ("mql", "if_missing"): {"default": "triage"},
    ("sal", "accepted_by"): ["accept", "meeting_booked", "conversation"],
    ("fairness", "window"): "month",
    ("booking", "length"): "30m",
    ("booking", "step"): "15m",
    ("booking", "notice"): "1h",
    ("booking", "within"): "14d",
    ("booking", "offer"): 5,
    ("booking", "hold"): "10m",
    ("booking", "no_show", "offer"): True,
    ("lead_types", "*", "strategy"): "fastest",
    ("lead_types", "*", "load"): 1,
    ("scores", "*", "floor"): 0,
}
_SNIPPETS: dict[_Path, tuple[str, object]] = {
    ("scores", "*", "rules"): (
        "score rule",
        {"when": "${1:account.employees >= 1000}", "add": "${2:40}", "because": "${3:enterprise}"},
    ),
    ("exclude",): (
        "exclusion",
        {"when": '${1:lead.email_domain in table("competitors")}', "because": "${2:competitor}"},
    ),
    ("territories",): ("territory", {"name": "${1:rest}", "when": "${2:true}"}),
    ("lead_types",): (
        "lead type",
        {"name": "${1:demo}", "when": '${2:seen("demo_request")}', "first_action": "${3:5m}"},
    ),
    ("mql", "any"): ("threshold", {"name": "${1:asked for a demo}", "when": "${2:fit >= 40}"}),
    ("routing",): (
        "routing rule",
        {"name": "${1:everyone else}", "when": "${2:true}", "to": ["${3:team:inbound}"]},
    ),
    ("sla", "escalation"): ("step", {"breach": "${1:1}", "do": "${2:reroute}"}),
}

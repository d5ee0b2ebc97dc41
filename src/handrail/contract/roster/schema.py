"""The JSON Schema of a roster, for completion and first checks in editors."""

from typing import Any, get_args

from handrail.contract.roster.fields import TEXT_MAX, WHOLE_MAX
from handrail.contract.roster.shifts import DAYS
from handrail.terms.people import PresenceState, SeniorityTier

SCHEMA_ID = "https://handrail.example/schemas/roster.json"

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
_NAME: Schema = {**_TEXT, "pattern": r"^[^\s:,;]+$"}
_EMAIL: Schema = {**_TEXT, "pattern": r"^[^ ]+@[^@ ]+$"}
_ZONE: Schema = {**_TEXT, "pattern": r"^[A-Za-z0-9_+/-]+$"}
_DATE: Schema = {**_TEXT, "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_INSTANT: Schema = {**_TEXT, "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}"}
_DAY_OR_INSTANT: Schema = {"anyOf": [_DATE, _INSTANT]}
_SPAN: Schema = {**_TEXT, "pattern": r"^\s*[0-2][0-9]:[0-5][0-9]\s*-\s*[0-2][0-9]:[0-5][0-9]\s*$"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_DAY = "|".join(DAYS)


def roster_schema() -> Schema:
    """JSON Schema draft 2020-12. It knows keys, types and the look of values; who exists, and
    whose shifts overlap, is the reader's."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Handrail roster",
        "description": "The teams and people who answer, as they are now.",
        **_record(
            {
                "roster": _said(_TEXT, "the name of the roster"),
                "teams": _said(_list(_team()), "reps who share a pool, with one manager"),
                "reps": _said(_list(_rep()), "the people who take leads"),
                "people": _said(_list(_person()), "people who are told, but take no leads"),
                "state": _said(
                    {"type": "object", "additionalProperties": _state()},
                    "by rep, where things stand at the start of `decide` and `rehearse`",
                ),
            },
            required=("roster", "teams", "reps"),
        ),
    }


def _team() -> Schema:
    weight = _said(_whole(1), "this member's weight in this team")
    member = _record({"id": _said(_NAME, "a rep"), "weight": weight}, required=("id",))
    members = {**_list({"anyOf": [_NAME, member]}), "minItems": 1}
    return {
        **_record(
            {
                "name": _said(_NAME, "what the contract calls it: team:NAME"),
                "manager": _said(_NAME, "who is told when a clock runs out: a rep or a person"),
                "members": _said(members, "its reps, by id"),
                "ids": _said(_ids(), "where other systems reach it; slack: the team's channel"),
            },
            required=("name", "manager", "members"),
        ),
        "defaultSnippets": [
            _snippet(
                "team", {"name": "${1:inbound}", "manager": "${2:mo}", "members": ["${3:ada}"]}
            )
        ],
    }


def _rep() -> Schema:
    return {
        **_record(
            {
                "id": _said(_NAME, "the short name by which teams and rehearsals call them"),
                "name": _said(_TEXT, "as people read it"),
                "email": _said(_EMAIL, "where they are told"),
                "timezone": _said(_ZONE, "IANA name: America/New_York"),
                "shift": _said(_shift(), "local working spans; always on shift without it"),
                "holidays": _said(
                    _one_or_more(_TEXT), "a code (US, US-CA, DE-BY), or a list of codes and dates"
                ),
                "territories": _said(_TEXTS, "those they serve; all without it"),
                "skills": _said(_TEXTS, "what `needs` of a routing rule asks for"),
                "conflicts": _said(_TEXTS, "domains of accounts that they must not get"),
                "weight": _said({**_whole(1), "default": 100}, "their share among colleagues"),
                "tier": _said(
                    {"enum": list(get_args(SeniorityTier)), "default": "medium"}, "seniority"
                ),
                "ramp": _said(
                    {"anyOf": [_whole(0, 100), {**_TEXT, "pattern": r"^[0-9]{1,3} ?%$"}]},
                    "the part of the share that a new rep has reached: 50%",
                ),
                "caps": _said(_caps(), "upper limits; none without it"),
                "joined": _said(_DATE, "the first day on which they take leads"),
                "leave": _said(_one_or_more(_from_until(_DAY_OR_INSTANT)), "planned absence"),
                "cover": _said(_NAME, "the rep who takes over during it"),
                "active": _said({"type": "boolean", "default": True}, "false: takes no leads"),
                "ids": _said(_ids(), "what other systems call them: slack, salesforce, hubspot"),
            },
            required=("id", "name", "email", "timezone"),
        ),
        "defaultSnippets": [_snippet("rep", _REP_SNIPPET)],
    }


_REP_SNIPPET = {
    "id": "${1:ada}",
    "name": "${2:Ada Adler}",
    "email": "${3:ada@acme.example}",
    "timezone": "${4:America/New_York}",
    "shift": {"mon-fri": "${5:09:00-17:00}"},
    "holidays": "${6:US}",
}


def _person() -> Schema:
    return _record(
        {
            "id": _said(_NAME, "the short name by which teams call them"),
            "name": _said(_TEXT, "as people read it"),
            "email": _said(_EMAIL, "where they are told"),
            "timezone": _said(_ZONE, "the contract's without it"),
            "ids": _said(_ids(), "what other systems call them: slack"),
        },
        required=("id", "name", "email"),
    )


def _ids() -> Schema:
    return {
        "type": "object",
        "additionalProperties": {"anyOf": [_TEXT, {"type": "integer"}]},
    }


def _shift() -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {f"^({_DAY})(-({_DAY}))?$": _one_or_more(_SPAN)},
        "additionalProperties": False,
        "defaultSnippets": [_snippet("office hours", {"mon-fri": ["09:00-12:00", "13:00-17:00"]})],
    }


def _caps() -> Schema:
    means = {
        "open": "handoffs open at once",
        "day": "assignments in a local day",
        "week": "assignments in a local week, from Monday",
        "month": "assignments in a local month",
        "timed": "leads whose first clock runs; 1 without it",
        "pipeline": "what they may carry by the CRM's count; none comes when it is reached",
    }
    return _record({name: _said(_whole(0), text) for name, text in means.items()}, required=())


def _state() -> Schema:
    at_team = _record({"at": _INSTANT, "team": _NAME}, required=("at",))
    presence = {"enum": list(get_args(PresenceState)), "default": "available"}
    return _record(
        {
            "presence": _said(presence, "what they say, or a telephone sees"),
            "until": _said(_INSTANT, "when they are available again"),
            "open": _said(_whole(0), "open handoffs"),
            "unworked": _said(_whole(0), "those of them without a first action"),
            "timed": _said(_whole(0), "leads whose first clock runs"),
            "pipeline": _said(_whole(0), "what they carry by the CRM's count"),
            "busy": _said(_one_or_more(_from_until(_INSTANT)), "meetings"),
            "call_until": _said(_INSTANT, "the end of a call in progress"),
            "leave": _said(_one_or_more(_from_until(_DAY_OR_INSTANT)), "absence, beside the rep's"),
            "calendar_stale": _said({"type": "boolean"}, "the calendar cannot be read"),
            "assigned": _said(_list({"anyOf": [_INSTANT, at_team]}), "turns that they had"),
        },
        required=(),
    )


def _from_until(instant: Schema) -> Schema:
    return _record(
        {"from": _said(instant, "its start"), "until": _said(instant, "its end")},
        required=("from", "until"),
    )


def _record(properties: Schema, *, required: tuple[str, ...]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _said(schema: Schema, means: str) -> Schema:
    return {**schema, "description": means}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _one_or_more(of: Schema) -> Schema:
    return {"anyOf": [of, _list(of)]}


def _whole(least: int, most: int = WHOLE_MAX) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def _snippet(label: str, body: object) -> Schema:
    return {"label": label, "description": f"a new {label}", "body": body}

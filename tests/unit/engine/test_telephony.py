"""Calls as two systems tell of them, and as any other does by a mapping."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from handrail.engine.telephony.proving import has_token, read_jwt
from handrail.engine.telephony.reading import PRESETS, CallMapping, read_call
from handrail.engine.telephony.taking import is_same_number

AT = datetime(2026, 3, 2, 15, 1, tzinfo=UTC)
SECONDS = int(AT.timestamp())


def aircall(event: str, **data: Any) -> dict[str, Any]:
    call = {
        "id": 812_345,
        "direction": "outbound",
        "started_at": SECONDS,
        "answered_at": None,
        "raw_digits": "+1 415-555-0100",
        "user": {"id": 456, "email": "ada@acme.example"},
    }
    return {"resource": "call", "event": event, "token": "t0k3n", "data": {**call, **data}}


def dialpad(state: str, **given: Any) -> dict[str, Any]:
    call = {
        "call_id": 4_863_123_456,
        "state": state,
        "direction": "outbound",
        "date_started": SECONDS * 1_000,
        "external_number": "+14155550100",
        "target": {"type": "user", "id": 5_001, "email": "ada@acme.example"},
    }
    return {**call, **given}


def signed(claims: object, *, secret: str = "s3cret", alg: str = "HS256") -> bytes:  # a test's
    parts = [json.dumps(part).encode() for part in ({"alg": alg, "typ": "JWT"}, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mark = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return text + b"." + base64.urlsafe_b64encode(mark).rstrip(b"=")


@pytest.mark.parametrize(
    ("body", "runs", "is_act"),
    [
        (aircall("call.created"), True, True),
        (aircall("call.answered", direction="inbound", answered_at=SECONDS), True, True),
        (aircall("call.hungup"), False, True),
        (aircall("call.ended", direction="inbound"), False, False),
        (aircall("call.ended", direction="inbound", answered_at=SECONDS), False, True),
    ],
)
def test_aircalls_calls_are_read(body: dict[str, Any], runs: bool, is_act: bool) -> None:
    seen = read_call(body, PRESETS["aircall"])
    assert seen is not None
    assert (seen.id, seen.runs, seen.is_act) == ("812345", runs, is_act)
    assert seen.reps == ("456", "ada@acme.example")
    assert (seen.buyers, seen.started_at) == (("+1 415-555-0100",), AT)


@pytest.mark.parametrize(
    ("body", "runs", "is_act"),
    [
        (dialpad("calling"), True, True),
        (dialpad("connected", direction="inbound"), True, True),
        (dialpad("hangup"), False, True),
        (dialpad("hangup", direction="inbound"), False, False),
    ],
)
def test_dialpads_calls_are_read(body: dict[str, Any], runs: bool, is_act: bool) -> None:
    seen = read_call(body, PRESETS["dialpad"])
    assert seen is not None
    assert (seen.id, seen.runs, seen.is_act) == ("4863123456", runs, is_act)
    assert seen.reps == ("5001", "ada@acme.example")
    assert seen.started_at == AT


@pytest.mark.parametrize(
    "body",
    [
        aircall("call.created", direction="inbound"),
        aircall("call.tagged"),
        aircall("call.answered", id=None),
        {},
        [],
        None,
        "call.created",
        {"event": {"call.created": 1}, "data": [1]},
    ],
)
def test_what_says_nothing_of_a_call_is_no_call(body: object) -> None:
    """Nobody of ours has done anything yet when a telephone rings."""
    assert read_call(body, PRESETS["aircall"]) is None


def test_any_other_system_is_read_by_its_mapping() -> None:
    mapping = CallMapping(
        event="type",
        answered=("start",),
        ended=("stop",),
        id="call",
        rep=("agent",),
        buyer=("mail",),
        started_at=("at",),
    )
    body = {"type": "start", "call": "x-1", "agent": "ada", "mail": "l@x.example"}
    seen = read_call({**body, "at": "2026-03-02T16:01:00+01:00"}, mapping)
    assert seen is not None
    assert (seen.is_act, seen.started_at, seen.buyers) == (True, AT, ("l@x.example",))
    for odd in ("yesterday", -1e30, 1e30, True, "2026-03-02T16:01:00", float("nan")):
        found = read_call({**body, "at": odd}, mapping)
        assert found is not None
        assert found.started_at is None, odd


def test_a_call_that_nobody_answered_is_no_act_where_its_direction_is_not_said() -> None:
    mapping = CallMapping(
        event="type",
        dialled=("call.dialled",),
        answered=("call.answered",),
        ended=("call.ended",),
        id="call",
        rep=("agent",),
        buyer=("number",),
        started_at=("at",),
    )
    missed = {"type": "call.ended", "call": "7", "agent": "ada", "number": "+14155550100"}
    seen = read_call(missed, mapping)
    assert seen is not None
    assert not seen.is_act


def test_only_who_knows_the_token_is_believed() -> None:
    assert has_token("t0k3n", ("old", "t0k3n"))
    for wrong in ("T0k3n", "", None, 5, ["t0k3n"]):
        assert not has_token(wrong, ("t0k3n", ""))


def test_only_a_jwt_that_was_signed_with_a_live_secret_is_read() -> None:
    body = signed({"state": "calling"})
    assert read_jwt(body, ("old", "s3cret")) == {"state": "calling"}
    assert read_jwt(body, ("other", "")) is None
    assert read_jwt(signed({}, alg="none"), ("s3cret",)) is None
    assert read_jwt(signed({}, alg="HS512"), ("s3cret",)) is None
    changed = signed({"state": "hangup"}).split(b".")[1]
    parts = body.split(b".")
    assert read_jwt(b".".join([parts[0], changed, parts[2]]), ("s3cret",)) is None
    for nonsense in (b"", b"a.b.c", b"..", b"{}", b"\xff.\xff.\xff", b"bnVsbA.e30.x"):
        assert read_jwt(nonsense, ("s3cret",)) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+1 (415) 555-0100", "4155550100", True),
        ("0049 30 1234567", "+49 30 1234567", True),
        ("415 555 0100", "415 555 0101", False),
        ("110", "110", False),
        ("", "", False),
    ],
)
def test_a_number_is_the_same_however_it_is_written(one: str, other: str, same: bool) -> None:
    assert is_same_number(one, other) is same

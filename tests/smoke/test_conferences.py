"""A conferencing system tells who came: signed, late, twice, and about other meetings too."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from handrail.engine.conferencing.reading import ConferenceMapping
from handrail.engine.settings import BadSetting
from handrail.engine.verify import verify
from handrail.terms import command as cmd
from handrail.terms.handoff import Handoff
from handrail.web import HookSource, WebSettings
from handrail.wiring import _hooks
from tests.house import MONDAY, House, open_house, problem

SECRET = "s3cret"
HOOKS = WebSettings(
    hooks={
        "zoom": HookSource(secrets=("old", SECRET), meetings="zoom"),
        "video": HookSource(
            secrets=("t0k3n",),
            meetings=ConferenceMapping(
                proof="token",
                token="token",  # where it lies
                event="kind",
                joined=("came",),
                ended=("over",),
                host=("room.owner",),
                who=("who",),
                at=("at",),
            ),
        ),
    }
)
BEGINS = MONDAY + timedelta(hours=2)
ADA = {"id": "zoom-ada", "email": "ada@acme.example"}
GUEST = {"id": "", "user_name": "Lena", "email": ""}


def body(event: str, **more: Any) -> bytes:
    told = {"host_id": "h1", "host_email": "ada@acme.example", "id": 777, **more}
    return msgspec.json.encode({"event": event, "payload": {"object": told}})


async def zoom(
    house: House, sent: bytes, *, at: datetime | None = None, secret: str = SECRET
) -> httpx.Response:
    stamp = str(int((at or house.clock.now()).timestamp()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + sent, hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/json",
        "x-zm-signature": f"v0={digest}",
        "x-zm-request-timestamp": stamp,
    }
    return await house.http.post("/api/v1/hooks/zoom", content=sent, headers=headers)


async def joined(house: House, who: dict[str, str]) -> dict[str, Any]:
    now = house.clock.now().isoformat()
    sent = body("meeting.participant_joined", participant={**who, "join_time": now})
    answer = await zoom(house, sent)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def ended(house: House) -> None:
    sent = body("meeting.ended", end_time=house.clock.now().isoformat())
    assert (await zoom(house, sent)).status_code == 200


async def meet(house: House) -> None:
    """Ada's meeting with Lena at five o'clock; it is four minutes before it."""
    assert (await house.capture())["owner"] == "ada"
    text = {"rep": "ada", "act": "call"}
    assert (await house.http.post("/api/v1/handoffs/l1/actions", json=text)).status_code == 200
    until = BEGINS + timedelta(minutes=30)
    booked = cmd.BookMeeting(rep="ada", from_at=BEGINS, until_at=until)
    await house.engine.command("l1", booked, actor="rep:ada")
    await house.move(minutes=116)


async def handoff(house: House) -> Handoff:
    found = await house.engine.store.case_of_handoff("l1")
    assert found is not None and found.case.handoff is not None
    return found.case.handoff


async def test_a_rep_who_waits_alone_has_been_stood_up() -> None:
    async with open_house(settings=HOOKS) as house:
        await meet(house)
        told = await joined(house, ADA)
        assert (told["rep"], told["who"]) == ("ada", "rep")
        await house.move(minutes=15)
        for _ in range(3):
            await ended(house)
        after = await handoff(house)
        assert after.meeting is not None and after.meeting.missed and after.no_shows == 1
        assert (await verify(house.engine.store, house.engine.vault)).ok


async def test_a_rep_who_leaves_at_once_says_nothing_of_the_buyer() -> None:
    async with open_house(settings=HOOKS) as house:
        await meet(house)
        await joined(house, ADA)
        await house.move(minutes=13)  # nine minutes into the meeting
        await ended(house)
        assert (await handoff(house)).no_shows == 0


async def test_nobody_knows_of_a_meeting_to_which_the_rep_did_not_come() -> None:
    async with open_house(settings=HOOKS) as house:
        await meet(house)
        await house.move(minutes=40)
        await ended(house)
        assert (await handoff(house)).no_shows == 0


async def test_both_being_there_is_the_conversation_once() -> None:
    async with open_house(settings=HOOKS) as house:
        await meet(house)
        for _ in range(2):
            assert (await joined(house, GUEST))["who"] == "buyer"
        assert (await handoff(house)).conversation_at is None
        await joined(house, ADA)
        await house.move(minutes=40)
        await ended(house)
        after = await handoff(house)
        assert after.conversation_at == BEGINS - timedelta(minutes=4)
        assert after.meeting is not None and after.meeting.held and not after.meeting.missed


async def test_a_conference_at_another_time_is_about_nothing_of_ours() -> None:
    async with open_house(settings=HOOKS) as house:
        await meet(house)
        sent = body(
            "meeting.participant_joined",
            participant={**GUEST, "join_time": (BEGINS - timedelta(hours=1)).isoformat()},
        )
        told = (await zoom(house, sent)).json()
        assert (told["rep"], told["handoff"]) == ("ada", None)


@pytest.mark.parametrize(
    ("at", "secret"),
    [(None, "another"), (MONDAY - timedelta(minutes=6), SECRET)],
    ids=["forged", "replayed"],
)
async def test_what_zoom_did_not_sign_just_now_is_refused(at: datetime | None, secret: str) -> None:
    async with open_house(settings=HOOKS) as house:
        answer = await zoom(house, body("meeting.ended"), at=at, secret=secret)
        assert answer.status_code == 401 and problem(answer)["code"] == "bad_signature"


async def test_zooms_question_is_answered_only_where_it_is_zoom_who_asks() -> None:
    async with open_house(settings=HOOKS) as house:
        asked = {"event": "endpoint.url_validation", "payload": {"plainToken": "q1"}}
        sent = msgspec.json.encode(asked)
        for secret in ("old", SECRET):
            answer = (await zoom(house, sent, secret=secret)).json()
            wanted = hmac.new(secret.encode(), b"q1", hashlib.sha256).hexdigest()
            assert answer == {"plainToken": "q1", "encryptedToken": wanted}
        headers = {"content-type": "application/json"}
        bare = await house.http.post("/api/v1/hooks/zoom", content=sent, headers=headers)
        assert bare.status_code == 401


async def test_any_other_system_is_read_by_a_mapping() -> None:
    async with open_house(settings=HOOKS) as house:
        await meet(house)
        sent = {
            "token": "t0k3n",
            "kind": "came",
            "room": {"owner": "ada@acme.example"},
            "who": "lena@lenaco.example",
            "at": int(house.clock.now().timestamp()),
        }
        told = (await house.http.post("/api/v1/hooks/video", json=sent)).json()
        assert told["who"] == "buyer" and told["handoff"] == (await handoff(house)).id
        forged = await house.http.post("/api/v1/hooks/video", json={**sent, "token": "guess"})
        assert forged.status_code == 401


def test_a_preset_that_there_is_not_is_refused_at_the_start(tmp_path: Any) -> None:
    path = tmp_path / "hooks.json"
    path.write_text('{"video": {"secrets": ["s"], "meetings": "zoomm"}}')
    with pytest.raises(BadSetting, match="no preset 'zoomm' for meetings"):
        _hooks(path)

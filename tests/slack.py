"""A workspace for tests: the sample company's people with Slack ids, and what they press."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from handrail.connectors.slack.client import SlackSender, SlackSettings, web_client
from handrail.connectors.slack.doors import PATH, SlackDoors
from handrail.connectors.slack.fake import APP_TOKEN, BOT_TOKEN, FakeSlack
from handrail.connectors.slack.follow import Follower
from handrail.connectors.slack.signing import sign
from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer
from handrail.engine.posts import PostStore
from handrail.store.posts import MemoryPosts
from handrail.terms.evidence import StatusState
from tests.conftest import ROOT
from tests.story import ACME, Story

CONTRACT = ROOT.parent / "shared" / "specs" / "slack" / "slack_web_openapi_v2.trimmed.json"
SECRET, OLD_SECRET = "a secret of the app", "the one that is rotated out"
USERS = {"ada": "UADA", "ben": "UBEN", "cy": "UCY", "mo": "UMO"}


def roster_text() -> str:
    """The sample roster, in which the four have Slack ids and the inbound team a channel."""
    text = (ACME / "roster.yaml").read_text()
    lines = []
    for line in text.splitlines():
        if "ids:" not in line:
            for rep, user in USERS.items():
                line = line.replace(f"{{id: {rep}, ", f"{{id: {rep}, ids: {{slack: {user}}}, ")
        lines.append(line.replace("{name: inbound, ", "{name: inbound, ids: {slack: CINBOUND}, "))
    return "\n".join(lines).replace("slack: U123", f"slack: {USERS['ada']}") + "\n"


class Workspace:
    """One node that speaks with a fake Slack."""

    def __init__(
        self,
        slack: FakeSlack,
        *,
        posts: PostStore | None = None,
        statuses: Mapping[str, StatusState] | None = None,
    ) -> None:
        self.slack = slack
        self.posts = posts or MemoryPosts()
        self.story = Story(notices=Channels(["slack"]))
        self.settings = SlackSettings(
            bot_token=BOT_TOKEN,
            app_token=APP_TOKEN,
            signing_secrets=(OLD_SECRET, SECRET),
            base_url=slack.base_url,
            timeout_s=1,
            ping_s=0.1,
            statuses=statuses or {},
        )
        self.client = web_client(self.settings)
        self.follower = Follower(self.story.engine, self.posts, self.client)
        self.sender = SlackSender(self.client, self.posts)
        self.sender.posted = self.follower.posted
        self.doors = SlackDoors(
            engine=self.story.engine,
            posts=self.posts,
            client=self.client,
            settings=self.settings,
        )
        transport = httpx.ASGITransport(app=self.doors)
        self.http = httpx.AsyncClient(transport=transport, base_url="https://handrail.example")
        self._presses = 0

    async def begin(self) -> None:
        await self.story.begin()
        await self.story.adopt(roster_text())

    async def tell(self) -> None:
        """Deliver what is due, then bring the posts up to date."""
        deliverer = Deliverer(
            engine=self.story.engine, senders={"slack": self.sender}, patience_s=5.0
        )
        await deliverer.deliver(self.story.clock.now())
        await deliverer.finish()
        await self.follower.look()

    # --- what people do

    async def post(self, body: dict[str, str], **headers: str) -> httpx.Response:
        """A signed request; then all work is done and the posts follow."""
        raw = urlencode(body).encode()
        answer = await self.http.post(PATH, content=raw, headers=self.signed(raw) | headers)
        await self.doors.finish()
        await self.follower.look()
        return answer

    def signed(self, raw: bytes, *, at: datetime | None = None, by: str = SECRET) -> dict[str, str]:
        stamp = str(int((at or self.story.clock.now()).timestamp()))
        return {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": sign(raw, stamp, by).decode(),
        }

    async def press(self, act: str, *, by: str, handoff: str = "lena-1") -> httpx.Response:
        return await self.post({"payload": json.dumps(self.pressed(act, by=by, handoff=handoff))})

    def pressed(self, act: str, *, by: str, handoff: str = "lena-1") -> dict[str, Any]:
        """The payload of a button, as Slack sends it."""
        self._presses += 1
        return {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": USERS.get(by, by), "team_id": "T1"},
            "trigger_id": f"{self._presses}.trigger",
            "response_url": self.slack.response_url,
            "actions": [
                {
                    "type": "button",
                    "action_id": act,
                    "block_id": "b",
                    "value": json.dumps({"handoff": handoff, "key": "1-0-slack"}),
                    "action_ts": f"1700000001.{self._presses:06d}",
                }
            ],
        }

    async def submit(self, *, by: str, **given: Any) -> httpx.Response:
        """Fill in the modal that was opened last; `until` is an instant."""
        view = self.slack.views[-1]
        values: dict[str, Any] = {}
        for block in view["blocks"]:
            name = block["block_id"]
            answer = given.get(name.replace(".", "_"))
            kind = block["element"]["type"]
            element: dict[str, Any] = {"type": kind}
            if kind == "static_select":
                element["selected_option"] = {"value": answer} if answer else None
            elif kind == "datetimepicker":
                element["selected_date_time"] = int(answer.timestamp())
            else:
                element["value"] = answer
            values[name] = {name: element}
        self._presses += 1
        payload = {
            "type": "view_submission",
            "team": {"id": "T1"},
            "user": {"id": USERS.get(by, by), "team_id": "T1"},
            "trigger_id": f"{self._presses}.trigger",
            "view": {**view, "id": f"V{self._presses}", "state": {"values": values}},
        }
        return await self.post({"payload": json.dumps(payload)})

    async def command(self, command: str, text: str, *, by: str) -> httpx.Response:
        self._presses += 1
        return await self.post(
            {
                "command": command,
                "text": text,
                "user_id": USERS.get(by, by),
                "team_id": "T1",
                "trigger_id": f"{self._presses}.trigger",
                "response_url": self.slack.response_url,
            }
        )

    async def set_status(
        self,
        emoji: str,
        text: str = "",
        *,
        by: str,
        until: datetime | None = None,
        at: datetime | None = None,
    ) -> httpx.Response:
        """The event that Slack sends when somebody changes their status. `at`: when they did."""
        changed = (at or self.story.clock.now()).timestamp()
        profile = {
            "status_emoji": emoji,
            "status_text": text,
            "status_expiration": int(until.timestamp()) if until is not None else 0,
            "real_name": "<!channel>",
        }
        event = {
            "type": "user_status_changed",
            "user": {"id": USERS.get(by, by), "team_id": "T1", "profile": profile},
            "cache_ts": int(changed),
            "event_ts": f"{changed:.6f}",
        }
        self._presses += 1
        body = {
            "type": "event_callback",
            "team_id": "T1",
            "event": event,
            "event_id": f"Ev{self._presses}",
            "event_time": int(changed),
        }
        raw = json.dumps(body).encode()
        headers = self.signed(raw) | {"content-type": "application/json"}
        answer = await self.http.post(PATH, content=raw, headers=headers)
        await self.doors.finish()
        return answer

    # --- what they see

    def shown(self, channel: str) -> list[str]:
        """All words of each message of a channel, oldest first."""
        return [words_of(post) for place, post in self.slack.posts.items() if place[0] == channel]

    def buttons(self, channel: str) -> list[str]:
        """Of the latest message."""
        posts = [post for place, post in self.slack.posts.items() if place[0] == channel]
        return [
            element["action_id"]
            for block in posts[-1]["blocks"]
            if block["type"] == "actions"
            for element in block["elements"]
        ]

    def answered(self) -> str:
        """What was said last to who asked."""
        return words_of(self.slack.said[-1])

    async def stage(self, lead: str = "lena") -> str:
        found = await self.story.store.case_of_handoff(lead)
        assert found is not None
        assert found.case.handoff is not None
        return found.case.handoff.stage


def words_of(value: Any) -> str:
    """Every text in it."""
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        parts = [words_of(part) for name, part in value.items() if not isinstance(part, str)]
        return "\n".join(filter(None, [*own, *parts]))
    if isinstance(value, list):
        return "\n".join(filter(None, map(words_of, value)))
    return ""


@asynccontextmanager
async def workspace(
    *, posts: PostStore | None = None, statuses: Mapping[str, StatusState] | None = None
) -> AsyncIterator[Workspace]:
    contract = json.loads(CONTRACT.read_text()) if CONTRACT.is_file() else None
    async with FakeSlack(contract=contract) as slack:
        made = Workspace(slack, posts=posts, statuses=statuses)
        await made.begin()
        yield made
        await made.http.aclose()

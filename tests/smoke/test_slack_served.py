"""A real node and a Slack on the wire: told, pressed both ways, and the message changes."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from handrail.connectors.slack.doors import PATH
from handrail.connectors.slack.fake import APP_TOKEN, BOT_TOKEN, FakeSlack
from handrail.connectors.slack.signing import sign
from tests.served import LEAD, SAMPLE, Served, run, served, with_windows
from tests.signing import signed_there
from tests.slack import words_of

SECRET = "a secret of the app"
WITHIN_S = 30.0


def roster(into: Path) -> Path:
    """The sample's, in which each rep has a Slack id."""
    lines = (SAMPLE / "roster.yaml").read_text().splitlines()
    told = [
        line.replace("- {", "- {ids: {slack: U" + id_of(line).upper() + "}, ", 1)
        if "- {id: " in line
        else line
        for line in lines
    ]
    file = into / "roster.yaml"
    file.write_text("\n".join(told) + "\n")
    return file


def id_of(line: str) -> str:
    return line.partition("- {id: ")[2].partition(",")[0]


def pressed(act: str, *, slack: FakeSlack, user: str, handoff: str, trigger: str) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": user},
        "trigger_id": trigger,
        "response_url": slack.response_url,
        "actions": [
            {
                "type": "button",
                "action_id": act,
                "block_id": "b",
                "value": json.dumps({"handoff": handoff, "key": "k"}),
            }
        ],
    }


async def test_a_node_tells_is_pressed_both_ways_and_changes_its_message(tmp_path: Path) -> None:
    data = tmp_path / "data"
    contract = with_windows(SAMPLE / "contract.yaml", into=tmp_path, first_action="45m")
    await asyncio.to_thread(signed_there, contract, data_dir=data)
    async with FakeSlack() as slack:
        node = served(
            *("serve", "--port", "0", "--data-dir", str(data)),
            *("--contract", str(contract), "--roster", str(roster(tmp_path))),
            said=tmp_path / "said",
            env={
                "HANDRAIL_SLACK_BOT_TOKEN": BOT_TOKEN,
                "HANDRAIL_SLACK_APP_TOKEN": APP_TOKEN,
                "HANDRAIL_SLACK_SIGNING_SECRETS": SECRET,
                "HANDRAIL_SLACK_BASE_URL": slack.base_url,
            },
        )
        running = await asyncio.to_thread(node.__enter__)
        try:
            await _told_and_pressed(running, slack)
        finally:
            await asyncio.to_thread(node.__exit__, None, None, None)


async def _told_and_pressed(node: Served, slack: FakeSlack) -> None:
    answer = await asyncio.to_thread(node.http.post, "/api/v1/leads", json=LEAD)
    handoff = answer.json()["handoff"]
    await slack.until(lambda: slack.posts and slack.sockets, within_s=WITHIN_S)
    (place,) = slack.posts
    user = f"U{place[0][1:]}"

    def shown() -> str:
        return words_of(slack.posts[place])

    press = pressed("called", slack=slack, user=user, handoff=handoff, trigger="1")
    await slack.push("interactive", press, envelope="e1")
    await slack.until(lambda: "First contact" in shown(), within_s=WITHIN_S)
    assert slack.acknowledged == ["e1"]
    press = pressed("accept", slack=slack, user=user, handoff=handoff, trigger="2")
    raw = urlencode({"payload": json.dumps(press)}).encode()
    stamp = str(int(time.time()))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": sign(raw, stamp, SECRET).decode(),
    }
    unsigned = headers | {"x-slack-signature": "v0=00"}
    wrong = await asyncio.to_thread(node.http.post, PATH, content=raw, headers=unsigned)
    assert wrong.status_code == 401
    right = await asyncio.to_thread(node.http.post, PATH, content=raw, headers=headers)
    assert right.status_code == 200
    await slack.until(lambda: "Accepted by" in shown(), within_s=WITHIN_S)
    assert (await asyncio.to_thread(node.events_of, handoff)).count("accepted") == 1


def test_the_manifest_asks_for_no_more_than_is_used() -> None:
    done = run("slack", "manifest")
    assert done.returncode == 0, done.stderr
    over_socket = json.loads(done.stdout)
    assert over_socket["oauth_config"]["scopes"]["bot"] == ["chat:write", "commands", "im:write"]
    assert over_socket["settings"]["socket_mode_enabled"] is True
    assert "event_subscriptions" not in over_socket["settings"]
    heeded = json.loads(run("slack", "manifest", "--statuses").stdout)
    assert heeded["oauth_config"]["scopes"]["bot"][-1] == "users:read"
    assert heeded["settings"]["event_subscriptions"] == {"bot_events": ["user_status_changed"]}
    assert "https://" not in done.stdout
    public = json.loads(run("slack", "manifest", "--url", "https://h.example/").stdout)
    assert public["settings"]["socket_mode_enabled"] is False
    door = "https://h.example/hooks/slack"
    assert public["settings"]["interactivity"]["request_url"] == door
    assert {one["url"] for one in public["features"]["slash_commands"]} == {door}
    refused = run("slack", "manifest", "--url", "http://h.example")
    assert refused.returncode == 2
    assert "https://" in refused.stderr


def test_half_of_slacks_settings_are_refused_with_the_other_half_named() -> None:
    for env in (
        {"HANDRAIL_SLACK_BOT_TOKEN": BOT_TOKEN},
        {"HANDRAIL_SLACK_APP_TOKEN": APP_TOKEN},
        {"HANDRAIL_SLACK_BOT_TOKEN": "xoxp-1", "HANDRAIL_SLACK_APP_TOKEN": APP_TOKEN},
        {
            "HANDRAIL_SLACK_BOT_TOKEN": BOT_TOKEN,
            "HANDRAIL_SLACK_APP_TOKEN": APP_TOKEN,
            "HANDRAIL_SLACK_BASE_URL": "http://slack.example/api/",
        },
        {"HANDRAIL_SLACK_STATUSES": ":palm_tree:=gone"},
    ):
        done = run("ledger", "verify", **env)
        assert done.returncode == 2
        assert "HANDRAIL_SLACK_" in done.stderr

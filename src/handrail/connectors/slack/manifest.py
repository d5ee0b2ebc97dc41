"""The Slack app's manifest: what it may do, and no more. Pure."""

from typing import Any

from handrail.connectors.slack.doors import PATH
from handrail.connectors.slack.status import EVENT, SCOPE

# Write to people and to channels it was invited to; open direct messages; be asked by commands.
SCOPES = ("chat:write", "commands", "im:write")
COMMANDS = (
    ("/lead", "Where a lead stands", "[handoff or lead]"),
    ("/out", "Away for a while, or back", "until 15:00 | 2h | back"),
)


def manifest(*, url: str | None, statuses: bool = False) -> dict[str, Any]:
    """`url`: the public address of the doors; without it presses come over Socket Mode.
    `statuses`: people's statuses say whether they take leads."""
    door = url.rstrip("/") + PATH if url is not None else None
    at = {"request_url": door} if door is not None else {}
    at_command = {"url": door} if door is not None else {}
    commands = [
        {
            "command": command,
            "description": description,
            "usage_hint": hint,
            "should_escape": False,
            **at_command,
        }
        for command, description, hint in COMMANDS
    ]
    return {
        "display_information": {
            "name": "Handrail",
            "description": "Leads that need you: one act, its time, its brief.",
            "background_color": "#1f3d36",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Handrail", "always_online": True},
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": [*SCOPES, *([SCOPE] if statuses else [])]}},
        "settings": {
            "interactivity": {"is_enabled": True, **at},
            **({"event_subscriptions": {**at, "bot_events": [EVENT]}} if statuses else {}),
            "org_deploy_enabled": False,
            "socket_mode_enabled": door is None,
            "token_rotation_enabled": False,
        },
    }

"""Handrail with Slack's door, under load in a process of its own."""

import asyncio
import sys
from typing import Any

import uvloop

from handrail.connectors.slack.client import SlackSettings, web_client
from handrail.connectors.slack.doors import PATH, SlackDoors
from handrail.store.posts import PostgresPosts
from handrail.trials.bench.ground import engine_on
from handrail.trials.bench.server import serve
from handrail.web import create_app

SECRET = "a secret of the benchmark"
NOWHERE = "http://127.0.0.1:9/api/"  # nothing is asked of Slack here


async def run(dsn: str, port: int) -> None:
    posts = await PostgresPosts.open(dsn)
    settings = SlackSettings(bot_token="xoxb-", signing_secrets=(SECRET,), base_url=NOWHERE)
    async with engine_on(dsn) as engine:
        app = create_app(engine=engine, keys=None)
        doors = SlackDoors(
            engine=engine, posts=posts, client=web_client(settings), settings=settings
        )

        async def both(scope: Any, receive: Any, send: Any) -> None:
            is_slack = scope["type"] == "http" and scope["path"] == PATH
            await (doors if is_slack else app)(scope, receive, send)

        await serve(both, port)


def main() -> None:
    dsn, port = sys.argv[2], int(sys.argv[3])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(dsn, port))


if __name__ == "__main__":
    main()

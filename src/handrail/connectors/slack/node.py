"""Slack's part of one node: the sender, its follower, the doors, and what runs beside them."""

import asyncio
from collections.abc import Awaitable, Callable

from handrail.connectors.slack.client import SlackSender, SlackSettings, web_client
from handrail.connectors.slack.doors import SlackDoors
from handrail.connectors.slack.follow import Follower
from handrail.engine.engine import Engine
from handrail.engine.links import Links
from handrail.engine.posts import PostStore

Run = Callable[[asyncio.Event], Awaitable[None]]


class SlackNode:
    """The sender comes before the engine, which must know its channels; the rest joins it."""

    def __init__(self, *, settings: SlackSettings, posts: PostStore) -> None:
        self._settings = settings
        self._posts = posts
        self._client = web_client(settings)
        self.sender = SlackSender(self._client, posts)

    def join(self, engine: Engine, *, links: Links | None = None) -> "SlackBeside":
        """`links`: to the console's pages, where people reach it."""
        follower = Follower(engine, self._posts, self._client, links=links)
        self.sender.posted = follower.posted
        doors = SlackDoors(
            engine=engine, posts=self._posts, client=self._client, settings=self._settings
        )
        return SlackBeside(follower, doors, has_socket=self._settings.app_token is not None)


class SlackBeside:
    """`background`: a worker's runs; `upkeep`: those of every node."""

    def __init__(self, follower: Follower, doors: SlackDoors, *, has_socket: bool) -> None:
        self.doors = doors
        self.upkeep: tuple[Run, ...] = (doors.sweeping.run,)
        self.background: tuple[Run, ...] = (follower.rhythm.run,)
        if has_socket:
            self.background += (doors.run_socket,)

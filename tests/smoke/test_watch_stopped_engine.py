"""An engine that stands still and a database that is killed: the watcher tells of each once, over
its own channel, and once more when all is well."""

import os
import signal
from pathlib import Path

from tests.cluster import wait_until
from tests.served import SAMPLE, Served, served
from tests.watched import Ear, ear, watched

WITHIN_S = 40


def await_rounds(heard: Ear, count: int) -> None:
    """So many more rounds that the watcher ended well."""
    wanted = heard.alive + count
    wait_until(lambda: heard.alive >= wanted, within_s=WITHIN_S, what="rounds of the watcher")


def await_told(heard: Ear, *wanted: tuple[str, str]) -> None:
    wait_until(lambda: heard.told == list(wanted), within_s=WITHIN_S, what=f"{wanted}")


def postmaster(data: Path) -> int:
    return int((data / "database" / "cluster" / "postmaster.pid").read_text().split()[0])


def stop(node: Served) -> None:
    node.process.send_signal(signal.SIGSTOP)


def go_on(node: Served) -> None:
    node.process.send_signal(signal.SIGCONT)


def test_a_stopped_engine_is_told_of_once_and_so_is_its_recovery(tmp_path: Path) -> None:
    data, state = tmp_path / "data", tmp_path / "state"
    here = ("--data-dir", str(data))
    roster = ("--roster", str(SAMPLE / "roster.yaml"))
    with (
        ear() as heard,
        served("serve", *here, "--port", "0", *roster, said=tmp_path / "s") as node,
    ):
        try:
            with watched(*here, state=state, **heard.settings()):
                await_rounds(heard, 2)
                assert heard.told == []
                stop(node)
                await_told(heard, ("engine", "began"))
                await_rounds(heard, 2)
            with watched(*here, state=state, **heard.settings()):
                await_rounds(heard, 2)
                assert heard.told == [("engine", "began")], "a new watcher told of it anew"
                go_on(node)
                await_told(heard, ("engine", "began"), ("engine", "recovered"))
                await_rounds(heard, 2)
                stop(node)
                os.kill(postmaster(data), signal.SIGKILL)
                recovered = [("engine", "began"), ("engine", "recovered")]
                await_told(heard, *recovered, ("database", "began"))
                go_on(node)
                await_told(heard, *recovered, ("database", "began"), ("database", "recovered"))
                await_rounds(heard, 2)
                assert len(heard.told) == 4
        finally:
            go_on(node)
        assert node.end(signal.SIGTERM) == 0

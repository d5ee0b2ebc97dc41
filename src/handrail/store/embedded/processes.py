"""Starting, finding and ending PostgreSQL's processes."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from handrail.store.embedded import guard
from handrail.store.embedded.binaries import Account

ON_LINUX = sys.platform.startswith("linux")
DEATH_MAX_S = 10.0  # a SIGKILLed process is gone in milliseconds; a disk that hangs takes longer
LOOK_S = 0.005
SOCKET_LINE = 4  # of postmaster.pid, from 0
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # no PG* of the caller's


class Guarded:
    """A child that ends when we end, however we end.

    On Linux the kernel sees to it, but it watches the thread that started the child: so this holds
    for the main thread only, and a pipe and a watcher do it for other threads and systems.
    """

    def __init__(
        self,
        *command: str,
        account: Account,
        output: IO[bytes] | int,
        folder: int,
        watcher: bool | None = None,
    ) -> None:
        if watcher is None:
            main = threading.current_thread() is threading.main_thread()
            watcher = not (ON_LINUX and main)
        theirs = -1
        self._pipe: int | None = None
        if watcher:
            theirs, self._pipe = os.pipe()
        who = (os.getpid(), account.uid, account.gid, theirs)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, *map(str, who), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=ENVIRONMENT,
                cwd="/",
                pass_fds=[folder] if theirs == -1 else [folder, theirs],
                start_new_session=True,  # Ctrl-C is for us first: we stop the server when done
            )
        except BaseException:
            self._release()
            raise
        finally:
            if theirs != -1:
                os.close(theirs)

    @property
    def pid(self) -> int:
        return self._process.pid

    def status(self) -> int | None:
        """None while it runs."""
        status = self._process.poll()
        if status is not None:
            self._release()
        return status

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill_all(self) -> None:
        """SIGKILL it and all below it; return when all are dead."""
        if self.status() is not None:
            return
        below: set[int] = set()
        level = {self.pid}
        while level:
            for pid in level:
                _send(pid, signal.SIGSTOP)  # so that it makes no more of them meanwhile
            level = set(children_of(*level)) - below
            below |= level
        for pid in below:
            _send(pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait(DEATH_MAX_S)
        self._release()
        give_up_at = time.monotonic() + DEATH_MAX_S
        while any(map(is_alive, below)) and time.monotonic() < give_up_at:
            time.sleep(LOOK_S)

    def _release(self) -> None:
        if self._pipe is not None:
            with contextlib.suppress(BrokenPipeError):  # the watcher saw the end before we did
                os.write(self._pipe, guard.RELEASED)
            os.close(self._pipe)
            self._pipe = None


def servers_in(cluster: Path) -> tuple[int, ...]:
    """The PostgreSQL processes that have this cluster open, the postmaster first.

    The cluster's own note names the postmaster; on Linux the kernel knows the others too, because
    all of them have the cluster as their working folder. (In a container without SYS_PTRACE root
    may not ask that of another user's processes: then the note must do.)
    """
    found = set(_with_working_folder(cluster)) if ON_LINUX else set()
    noted = noted_pid(cluster)
    if noted and is_alive(noted) and _names_socket_of(cluster, noted):
        found.add(noted)
    return tuple(sorted(found, key=lambda pid: (pid != noted, pid)))


def noted_pid(cluster: Path) -> int | None:
    """Who holds the cluster according to postmaster.pid, alive or not."""
    try:
        return int((cluster / "postmaster.pid").read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def is_alive(pid: int) -> bool:
    """A zombie is dead: it waits for its parent, and holds nothing."""
    if ON_LINUX:
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return after_name[0] not in {"Z", "X"}
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def children_of(*parents: int) -> tuple[int, ...]:
    if not ON_LINUX:
        rows = (line.split() for line in _ps("-axo", "pid=,ppid=").splitlines())
        return tuple(int(pid) for pid, above in rows if int(above) in parents)
    found: list[int] = []
    for pid in _all_pids():
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) in parents:
            found.append(pid)
    return tuple(found)


def _with_working_folder(folder: Path) -> Iterable[int]:
    wanted = folder.stat()
    for pid in _all_pids():
        try:
            if not os.path.samestat(os.stat(f"/proc/{pid}/cwd"), wanted):
                continue
            if Path(os.readlink(f"/proc/{pid}/exe")).name.startswith("postgres"):
                yield pid  # and not a shell that someone left standing there
        except OSError:
            continue  # gone, or another user's


def _all_pids() -> Iterable[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _names_socket_of(cluster: Path, pid: int) -> bool:
    """Whether this is the noted postmaster, or a stranger who was given its number after it."""
    noted = (cluster / "postmaster.pid").read_text().split("\n")
    folder = noted[SOCKET_LINE] if len(noted) > SOCKET_LINE else ""
    if ON_LINUX:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    else:
        command = _ps("-ww", "-o", "command=", "-p", str(pid))
    return "postgres" in command and folder in command


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout

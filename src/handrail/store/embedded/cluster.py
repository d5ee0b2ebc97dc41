"""One PostgreSQL cluster on disk: who may use it, making it, and what its notes say.

    DATA_DIR/             ours, 0700
      lock                held (flock) by the Handrail that uses the folder; has its number
      cluster/            PostgreSQL's own, 0700, of the user that runs it
      cluster.new/        an initdb that did not finish; removed at the next start
      server.log          what PostgreSQL says; the one before in server.log.1
      socket              where the socket's folder is: `psql -h "$(cat socket)" -U handrail`

When we are root the server's user may be unable to walk to the cluster (below /root, say), and
opening the parents to everyone is not ours to do. It inherits the open folder instead, and knows it
as /proc/self/fd/N: it steps into it once and then uses relative paths.
"""

import fcntl
import os
import pwd
import shutil
from pathlib import Path
from types import TracebackType

from handrail.store.embedded.binaries import Account, Binaries
from handrail.store.embedded.errors import (
    DataDirInUse,
    DataDirNotOurs,
    DataDirUnusable,
    OtherMajorVersion,
)
from handrail.store.embedded.processes import ON_LINUX, is_alive, noted_pid

ROLE = "handrail"
LOG_MAX = 16 * 1024 * 1024  # bytes; looked at when starting
TAIL_LINES = 25  # of the log, in an error
STATUS_LINE = 7  # of postmaster.pid, from 0


class Cluster:
    """The files of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.files = self.data_dir / "cluster"
        self.unfinished = self.data_dir / "cluster.new"
        self.log = self.data_dir / "server.log"
        self.socket_note = self.data_dir / "socket"
        self._lock: int | None = None

    def claim(self) -> None:
        """Make the folder and hold it. Raises DataDirInUse, DataDirUnusable."""
        assert self._lock is None, "claimed twice"
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DataDirUnusable(self.data_dir, error.strerror or str(error)) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 32, 0).decode(errors="replace").strip()
            os.close(lock)
            raise DataDirInUse(self.data_dir, holder) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def exists(self) -> bool:
        return self.files.exists()

    def owner(self) -> int | None:
        """The user whose files these are; None when there are none yet."""
        try:
            return self.files.stat().st_uid
        except FileNotFoundError:
            return None

    def check(self, *, account: Account, binaries: Binaries) -> None:
        """Raises DataDirNotOurs, OtherMajorVersion."""
        owner = self.files.stat().st_uid
        if owner != account.uid:
            raise DataDirNotOurs(self.files, owner)
        try:
            found = (self.files / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            found = ""
        if found != binaries.major:
            raise OtherMajorVersion(self.files, found, binaries.major)

    def begin(self, *, account: Account) -> Path:
        """An empty folder for initdb, of the server's user."""
        shutil.rmtree(self.unfinished, ignore_errors=True)
        self.unfinished.mkdir(mode=0o700)
        if account.uid != os.geteuid():
            os.chown(self.unfinished, account.uid, account.gid)
        return self.unfinished

    def finish(self) -> None:
        """From here on the cluster exists; before, another start would make it anew."""
        self.unfinished.rename(self.files)
        folder = os.open(self.data_dir, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def admit(self, *, account: Account) -> None:
        """Let in over the socket only, and only the user that Handrail runs as, as any role."""
        ours = pwd.getpwuid(os.geteuid()).pw_name
        self._write("pg_hba.conf", "local all all peer map=handrail\n", account)
        self._write("pg_ident.conf", f'handrail "{ours}" all\n', account)

    def forget_dead_server(self) -> None:
        """Remove the note of a server that is gone, once no server runs here.

        PostgreSQL sees by itself that a number is dead, but not that it is somebody else's by now,
        as after the restart of a container.
        """
        noted = noted_pid(self.files)
        if noted is not None and is_alive(noted):
            (self.files / "postmaster.pid").unlink(missing_ok=True)

    def server_status(self, *, pid: int) -> str:
        """`starting`, `ready` or `stopping`, as the server of this number notes it; else empty."""
        try:
            lines = (self.files / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return ""
        if lines[0] != str(pid) or len(lines) <= STATUS_LINE:
            return ""
        return lines[STATUS_LINE].strip()

    def rotate_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_MAX:
            self.log.rename(self.log.with_name("server.log.1"))

    def log_tail(self) -> str:
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - 64 * 1024))
                text = file.read().decode(errors="replace")
        except FileNotFoundError:
            return "(it wrote no log)"
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def _write(self, name: str, text: str, account: Account) -> None:
        path = self.files / name
        new = path.with_name(f"{name}.new")
        new.unlink(missing_ok=True)  # never through a link that somebody laid here
        new.touch(mode=0o600, exist_ok=False)
        new.write_text(text)
        if account.uid != os.geteuid():
            os.chown(new, account.uid, account.gid)
        new.rename(path)


class OpenFolder:
    """A folder held open for a child, and the path under which the child reaches it."""

    def __init__(self, folder: Path, *, account: Account) -> None:
        self.number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        inherits = ON_LINUX and account.uid != os.geteuid()
        self.path = f"/proc/self/fd/{self.number}" if inherits else str(folder)

    def __enter__(self) -> "OpenFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self.number)

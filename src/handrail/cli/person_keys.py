"""Files of personal keys: a person's private half, and the public half to be registered."""

import os
from pathlib import Path

from handrail.cli.given import cannot_open
from handrail.cli.say import CannotDo
from handrail.contract.agreement import address_key
from handrail.engine.signing import BadKey, PersonalKey, read_public

OTHERS = 0o077  # permissions that the file of a private key must not have


def default_file(address: str) -> Path:
    """Where a person's private key lies unless they say otherwise."""
    shared = os.environ.get("XDG_CONFIG_HOME") or ""
    base = Path(shared) if shared.startswith("/") else Path.home() / ".config"
    return base / "handrail" / "keys" / f"{address_key(address).replace('/', '_')}.pem"


def public_file(file: Path) -> Path:
    return file.with_suffix(".pub")


def write_key(key: PersonalKey, file: Path, *, passphrase: Path | None = None) -> None:
    """Both halves; the private one is this user's alone, and never written over."""
    if public_file(file) == file:
        raise CannotDo(f"{file} is where the public half goes: give another --out, such as .pem")
    pem = key.pem(passphrase=_passphrase(passphrase))
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as opened:
            opened.write(pem)
        public_file(file).write_bytes(key.public_pem())
    except FileExistsError as fault:
        raise CannotDo(f"{file} is there already: give another --out, or use that key") from fault
    except OSError as fault:
        raise CannotDo(
            f"{file} cannot be written ({fault.strerror}); give another --out"
        ) from fault


def read_key(file: Path, *, passphrase: Path | None = None) -> PersonalKey:
    sealed_by = _passphrase(passphrase)
    try:
        if file.stat().st_mode & OTHERS:
            raise CannotDo(f"others may read {file}; run `chmod 600 {file}`")
        return PersonalKey.read(file.read_bytes(), passphrase=sealed_by)
    except OSError as fault:
        raise CannotDo(
            f"{cannot_open(file, fault)}, or make a key with `handrail key person ADDRESS`"
        ) from fault
    except BadKey as fault:
        raise CannotDo(f"{file}: {fault}; a passphrase is given by --passphrase FILE") from fault


def read_public_file(file: Path) -> str:
    try:
        return read_public(file.read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError as fault:
        raise CannotDo(cannot_open(file, fault)) from fault
    except BadKey as fault:
        raise CannotDo(f"{file}: {fault}") from fault


def _passphrase(file: Path | None) -> bytes | None:
    """The first line of a file, lest it stands in a shell's history."""
    if file is None:
        return None
    try:
        lines = file.read_bytes().splitlines()
    except OSError as fault:
        raise CannotDo(cannot_open(file, fault)) from fault
    if not lines or not lines[0]:
        raise CannotDo(f"{file} is empty: its first line is the passphrase")
    return lines[0]

"""The master key of a node: given, found, or made once."""

import base64
import os
from pathlib import Path

from handrail.engine.settings import MASTER_KEY_BYTES, BadSetting, decode_master_key
from handrail.engine.vault import Unreadable, Vault
from handrail.store.keys import PostgresKeys
from handrail.terms.command import Personal

MASTER_KEY_FILE = "master.key"
OTHERS = 0o077  # permissions that the file of the master key must not have


class CannotOpen(Exception):
    """The node cannot be put together; the message says why and what to do."""


async def master_key(given: bytes | None, *, data_dir: Path, proofs: PostgresKeys) -> bytes:
    """The master key that this database is used with. Raises CannotOpen.

    The first node makes one when it is given none; each later one must be given the same.
    """
    file = data_dir / MASTER_KEY_FILE
    proof = await proofs.proof()
    master = given if given is not None else _read_key(file)
    if master is None:
        if proof is not None:
            raise CannotOpen(
                f"the database is sealed under a master key that is not here: copy {file.name} of "
                f"the node that began to {file}, or set HANDRAIL_MASTER_KEY to what it holds"
            )
        master = _make_key(file)
    vault = Vault(master)
    if proof is None:
        proof = await proofs.prove(vault.new_key())
    try:
        vault.seal([Personal()], key=proof)
    except Unreadable as fault:
        place = "HANDRAIL_MASTER_KEY" if given is not None else str(file)
        raise CannotOpen(
            f"{place} is not the master key that this database is sealed under: give the one of "
            "the node that began; nothing was changed"
        ) from fault
    return master


def _read_key(file: Path) -> bytes | None:
    try:
        if file.stat().st_mode & OTHERS:
            raise CannotOpen(f"others may read {file}; run `chmod 600 {file}`")
        return decode_master_key(file.read_text(encoding="ascii"), place=str(file))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as fault:
        raise CannotOpen(f"{file} cannot be read: {fault}") from fault
    except BadSetting as fault:
        raise CannotOpen(str(fault)) from fault


def _make_key(file: Path) -> bytes:
    """A new key, on disk before anything is sealed under it."""
    key = os.urandom(MASTER_KEY_BYTES)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as opened:
            opened.write(base64.b64encode(key) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as fault:
        raise CannotOpen(f"the master key cannot be kept in {file}: {fault}") from fault
    return key

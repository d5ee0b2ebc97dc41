"""Several files put in their places together, or none of them."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

from handrail.cli.given import counted
from handrail.cli.say import CannotDo


def place(folder: Path, files: Mapping[str, str], *, force: bool) -> None:
    """Write every file below `folder`; without `force` none may be there. Raises CannotDo.

    All are written beside it first, so that a full disk leaves nothing half done; what is replaced
    comes back if one of them cannot be put in its place.
    """
    there = [name for name in files if os.path.lexists(folder / name)]
    if there and not force:
        raise CannotDo(
            f"{folder} has {counted(len(there), 'such file')} already ({', '.join(there[:5])}); "
            "name another folder, or replace them with --force"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staged = Path(mkdtemp(prefix=".handrail-init-", dir=folder))
    except OSError as wrong:
        raise CannotDo(f"{folder} cannot be written ({wrong.strerror}); name another") from None
    try:
        _write(staged / "new", files)
        _swap(folder, staged, files)
    except OSError as wrong:
        raise CannotDo(
            f"{wrong.filename or folder} cannot be written ({wrong.strerror}); nothing was changed"
        ) from None
    finally:
        _remove(staged)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def _swap(folder: Path, staged: Path, files: Mapping[str, str]) -> None:
    moved: list[str] = []
    placed: list[str] = []
    try:
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(folder / name):
                (staged / "old" / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).rename(staged / "old" / name)
                moved.append(name)
            (staged / "new" / name).rename(folder / name)
            placed.append(name)
    except OSError:
        for name in placed:
            (folder / name).unlink(missing_ok=True)
        for name in moved:
            (staged / "old" / name).rename(folder / name)
        raise


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    folder.rmdir()

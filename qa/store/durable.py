"""Files that are there after a power cut, and nothing beside them that a kill left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK = "in-use.lock"
_YOUNG = 60.0  # seconds in which whoever made a folder has taken its lock


def settle(path: Path) -> None:
    """Have what was written to a file on the disk before anything that is done from here on."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def settle_folder(folder: Path) -> None:
    """Have the names in a folder on the disk: a file that was moved there is not found else."""
    if os.name == "nt":  # which opens no folders, and writes their changes in order
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system that settles no folders
            os.fsync(handle)
    finally:
        os.close(handle)


def put_in_place(source: Path, target: Path) -> None:
    """Move a file onto ``target``; whenever the power fails, the old or the new one is whole.

    Raises:
        OSError: if the system refuses.
    """
    settle(source)
    source.replace(target)
    settle_folder(target.parent)


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder in ``parent`` for what is not finished; it is gone afterwards.

    So are those of processes that were killed: whoever lives holds a lock in its own.

    Raises:
        OSError: if the system refuses.
    """
    _sweep(parent, prefix)
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as name:
        lock = FileLock(Path(name, _LOCK))
        with lock:
            yield Path(name)


def _sweep(parent: Path, prefix: str) -> None:
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):  # another process sweeps, too
            if not folder.is_dir() or time.time() - folder.stat().st_mtime < _YOUNG:
                continue
            with suppress(Timeout), FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)

"""Things in a folder that are no files, and a guard for tests that would else wait for ever."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_FILE = "it is no regular file but a pipe or a device; take it out of the folder"
_PATIENCE = 60  # seconds


@contextmanager
def minutes_at_most() -> Iterator[None]:
    """Fail, instead of waiting for ever, what waits for a pipe."""

    def late(*_: object) -> None:
        message = f"it still waits after {_PATIENCE} s"
        raise AssertionError(message)  # which, unlike TimeoutError, nobody takes for a file's error

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(_PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def make_device(path: Path) -> bool:
    """Make a device that gives zeros without end; tell False where that is not allowed."""
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 5))
        with path.open("rb") as file:
            return file.read(1) == b"\0"
    except (OSError, AttributeError):
        path.unlink(missing_ok=True)
        return False


@contextmanager
def make_socket(path: Path) -> Iterator[None]:
    """Have a socket at ``path``, whose name may be longer than sockets' names may be."""
    home = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
            yield
    finally:
        os.chdir(home)

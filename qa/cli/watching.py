"""Keep a library up to date while its folder changes."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import watchfiles

from qa.errors import FolderNotFoundError, YinjuError
from qa.library import Library

_log = logging.getLogger(__name__)
_LOOK = 1.0  # seconds between two looks whether the folder is the one that is watched
_STEP = 500  # milliseconds without a change after which changes are told
_FIRST, _LONGEST = 1.0, 300.0  # seconds from a failure to the next try: twice the last, up to this
_UNTOLD = 600.0  # seconds after which changes are looked for that no system has told


@contextmanager
def following(library: Library) -> Iterator[None]:
    """Sync the library with its folder now and whenever that changes, from a thread, until the end.

    Whatever goes wrong is logged and tried again: another process writes, the folder is not
    mounted or was made anew, the system lets nothing be watched.

    Raises:
        FolderNotFoundError: if the library was not synced before, so that no folder is known.
    """
    folder = library.status().folder
    if folder is None:
        raise FolderNotFoundError(
            "no_folder_to_watch", "there is no folder to watch yet; run 'yinju sync FOLDER' first"
        )
    follower = _Follower(library, Path(folder))
    thread = threading.Thread(target=follower.run, name="yinju-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        follower.stop.set()
        thread.join()


class _Follower:
    """The folder's changes and the library's syncs.

    What is to do needs no list: a sync compares the whole folder, so that one which is still owed
    makes up for every change before it, told or not.
    """

    def __init__(self, library: Library, folder: Path) -> None:
        self.stop = threading.Event()
        self._library = library
        self._folder = folder
        self._owed = True  # what changed while nobody watched
        self._pause = 0.0  # seconds; above 0 the last try failed
        self._next = 0.0  # when to try again

    def run(self) -> None:
        while not self.stop.is_set():
            self._owed = True  # while nothing is watched, nothing is told
            try:
                self._watch()
            except Exception as error:
                self._put_off("%s cannot be watched: %s", self._folder, error)
                self.stop.wait(self._pause)
                self._sync()  # which needs no watching

    def _watch(self) -> None:
        """Sync what changes, until the folder is another one than it was."""
        watched, inside = _identity(self._folder), f"{self._library.path.resolve()}{os.sep}"
        synced = time.monotonic()
        for changes in watchfiles.watch(
            self._folder.resolve(),
            stop_event=self.stop,
            step=_STEP,
            rust_timeout=int(_LOOK * 1000),
            yield_on_timeout=True,
        ):
            if _identity(self._folder) != watched:
                return  # moved, unmounted or mounted over: what is watched lies there no more
            # The library may lie in the folder; its own changes are none of the folder's.
            outside = any(not path.startswith(inside) for _, path in changes)
            now = time.monotonic()
            self._owed = self._owed or outside or now - synced > _UNTOLD
            if self._owed and now >= self._next:
                self._sync()
                synced = time.monotonic()

    def _sync(self) -> None:
        try:
            self._library.sync(self._folder)
        except YinjuError as error:
            self._put_off("the library does not follow its folder: %s", error)
        except Exception as error:
            self._put_off("the library does not follow its folder: %r", error, bug=True)
        else:
            if self._pause:
                _log.warning("the library follows its folder again")
            self._owed, self._pause, self._next = False, 0.0, 0.0
            self._library.reviewer.start()

    def _put_off(self, message: str, *values: object, bug: bool = False) -> None:
        """Tell what went wrong, and when it is tried again."""
        self._pause = min(_LONGEST, max(_FIRST, 2 * self._pause))
        self._next = time.monotonic() + self._pause
        _log.warning("%s; next try in %.0f s", message % values, self._pause, exc_info=bug)


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from another one of its name; None if there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino

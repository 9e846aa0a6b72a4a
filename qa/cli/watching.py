"""Keep a library up to date while its folder changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import watchfiles

from qa.errors import FolderNotFoundError, YinjuError
from qa.library import Library

_log = logging.getLogger(__name__)


@contextmanager
def following(library: Library) -> Iterator[None]:
    """Sync the library with its folder whenever that changes, from a thread, until the end.

    A sync that fails is logged; the next change is another try.

    Raises:
        FolderNotFoundError: if the library was not synced before, so that no folder is known.
    """
    folder = library.status().folder
    if folder is None:
        raise FolderNotFoundError(
            "no_folder_to_watch", "there is no folder to watch yet; run 'yinju sync FOLDER' first"
        )
    stop = threading.Event()
    thread = threading.Thread(target=_follow, args=(library, folder, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _follow(library: Library, folder: str, stop: threading.Event) -> None:
    inside = str(library.path.resolve())
    for changes in watchfiles.watch(folder, stop_event=stop):
        if all(path.startswith(inside) for _, path in changes):
            continue  # the library lies in the folder, and what changed is the library
        try:
            library.sync(folder)
        except YinjuError as error:
            _log.warning("the folder changed, but it could not be synced: %s", error)

"""Reviews the watchlist beside everything else, after a sync."""

from __future__ import annotations

import logging
import threading

from qa.errors import YinjuError
from qa.watchlist.watchlist import Review, Watchlist

_log = logging.getLogger(__name__)


class Reviewer:
    """Reviews a watchlist from a thread of its own, one review at a time."""

    def __init__(self, watchlist: Watchlist) -> None:
        """Review ``watchlist`` whenever :meth:`start` says so."""
        self._watchlist = watchlist
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._is_owed = False
        self._thread: threading.Thread | None = None
        self.last = Review()  # what the last one found, for whoever shows what failed

    def start(self) -> None:
        """Review soon, and return at once; what goes wrong is logged.

        Asked for during a review, another one follows: the articles may have changed meanwhile.
        """
        with self._lock:
            self._is_owed = not self._stop.is_set()
            if self._thread is None and self._is_owed:
                self._thread = threading.Thread(target=self._run, name="yinju-review", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Return when no review is running."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def close(self) -> None:
        """End, after the question that is being asked."""
        with self._lock:
            self._stop.set()
            self._is_owed = False
        self.wait()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._is_owed:
                    self._thread = None
                    return
                self._is_owed = False
            try:
                self.last = self._watchlist.review(self._stop.is_set)
            except YinjuError as error:
                _log.warning("the watchlist cannot be reviewed: %s", error)
            except Exception:  # a bug, which must not end what comes after it
                _log.exception("the watchlist cannot be reviewed")
            else:
                for failed in self.last.failed:
                    _log.warning(
                        "the saved question %s cannot be asked: %s", failed.saved.id, failed.error
                    )

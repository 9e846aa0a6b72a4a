"""qa.watchlist.reviewer: reviews beside everything else, and says what fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from qa.errors import LibraryBusyError
from qa.types import Filters, SavedQuestion
from qa.watchlist.changes import REFUSED
from qa.watchlist.reviewer import Reviewer
from qa.watchlist.watchlist import Review, Unreviewed, Watchlist
from tests.serving import ARTICLES, HESHAN, library_of

SAVED = SavedQuestion("a" * 16, "问", Filters(), datetime.now(timezone.utc), REFUSED)


class Reviewed(Watchlist):
    """Reviews as it is told to."""

    def __init__(self, work: Callable[[], Review]) -> None:
        self.work = work

    def review(self, stopped: Callable[[], bool] = lambda: False) -> Review:
        return self.work()


def test_a_change_is_found_after_a_sync(tmp_path: Path) -> None:
    with library_of(tmp_path / "library") as library:
        library.watchlist.keep(HESHAN)
        changed = ARTICLES["鹤山.txt"].replace("60", "75")
        (tmp_path / "articles" / "鹤山.txt").write_text(changed, encoding="utf-8")
        library.sync(tmp_path / "articles")
        library.reviewer.start()
        library.reviewer.wait()
        (saved,) = library.reviewer.last.changed
        assert (saved.answer.text, library.watchlist.questions()) == ("75个", (saved,))


def test_what_is_asked_for_during_a_review_comes_after_it() -> None:
    running, go = threading.Event(), threading.Event()
    done = []

    def work() -> Review:
        running.set()
        assert go.wait(10)
        done.append(1)
        return Review()

    reviewer = Reviewer(Reviewed(work))
    reviewer.start()
    assert running.wait(10)
    for _ in range(3):
        reviewer.start()
    go.set()
    reviewer.wait()
    assert len(done) == 2
    reviewer.start()
    reviewer.wait()
    assert len(done) == 3


def test_failures_are_logged_and_end_nothing(caplog: pytest.LogCaptureFixture) -> None:
    busy = LibraryBusyError("database_locked", "{path} is locked", path="x")
    outcomes: list[Review | Exception] = [busy, RuntimeError("a bug")]
    outcomes.append(Review(1, (), (Unreviewed(SAVED, busy),)))

    def work() -> Review:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    reviewer = Reviewer(Reviewed(work))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            reviewer.start()
            reviewer.wait()
    assert [record.getMessage() for record in caplog.records] == [
        "the watchlist cannot be reviewed: x is locked",
        "the watchlist cannot be reviewed",
        "the saved question aaaaaaaaaaaaaaaa cannot be asked: x is locked",
    ]
    assert caplog.records[1].exc_info is not None
    assert reviewer.last.failed == (Unreviewed(SAVED, busy),)


def test_a_closed_reviewer_starts_no_more() -> None:
    done: list[int] = []

    def work() -> Review:
        done.append(1)
        return Review()

    reviewer = Reviewer(Reviewed(work))
    reviewer.close()
    reviewer.start()
    reviewer.wait()
    assert done == []

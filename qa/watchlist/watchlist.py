"""Questions that are kept, and asked again when the articles have changed.

Each is saved with its answer and the state of the store that the answer is of.  A review asks those
again that are of another state than the store now is: nothing at all, if nothing has changed.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Protocol

from qa.errors import (
    ArticleNotFoundError,
    QuestionError,
    SavedQuestionNotFoundError,
    WatchlistFullError,
    YinjuError,
)
from qa.representation import as_json
from qa.store.store import State, Store
from qa.text import fold, unmarked
from qa.types import Answer, Filters, SavedAnswer, SavedQuestion
from qa.watchlist.changes import REFUSED, change, cut, saved_answer, sentence_pattern
from qa.watchlist.saved_table import SavedTable

MOST = 100  # questions that are kept: each is asked again after every sync that changed something
_LONGEST = 2_000  # characters of a question that are asked


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A saved question that could not be asked again, and why; the next review tries it again."""

    saved: SavedQuestion
    error: YinjuError


@dataclass(frozen=True, slots=True)
class Review:
    """How many questions a review asked, which of them changed, and which could not be asked."""

    asked: int = 0
    changed: tuple[SavedQuestion, ...] = ()
    failed: tuple[Unreviewed, ...] = ()


class Asked(Protocol):
    """What answers questions: :meth:`qa.Library.ask`."""

    def __call__(self, question: str, /, *, filters: Filters) -> Answer:
        """Answer a question."""


class Watchlist:
    """The saved questions of one library."""

    def __init__(self, store: Store, ask: Asked, state: Callable[[], State]) -> None:
        """Keep questions in ``store``; ``state`` is what the articles that ``ask`` finds are of."""
        self._store = store
        self._ask = ask
        self._state = state
        self._table = SavedTable(store)
        self._one = threading.Lock()  # review at a time

    @property
    def count(self) -> int:
        """How many questions are kept."""
        return self._table.count

    def questions(self) -> tuple[SavedQuestion, ...]:
        """Return the questions kept: those that changed last first, then those kept last.

        Raises:
            LibraryDamagedError: if one of them cannot be read.
        """
        found = [saved for saved, _ in self._table.all()]
        found.sort(key=lambda saved: saved.kept, reverse=True)
        found.sort(key=lambda saved: saved.changed or _NEVER, reverse=True)
        return tuple(found)

    def keep(self, question: str, filters: Filters | None = None) -> SavedQuestion:
        """Ask a question, keep it with its answer, and return it; one that is kept is not asked.

        Raises:
            ArticleNotFoundError: if no article is within the filters.
            LibraryDamagedError: if what is kept cannot be read.
            LibraryStaleError: if the stored vectors are from another model.
            LibraryWriteError: if the library cannot be written.
            QuestionError: if the question is empty.
            WatchlistFullError: if there are as many as can be kept.
        """
        filters = filters or Filters()
        question = _as_asked(question)
        if not question:
            raise QuestionError("question_empty", "the question is empty; ask something")
        key = saved_id(question, filters)
        there = self._table.get(key)
        if there is not None:
            return there
        if self.count >= MOST:
            raise _full()
        state = self._state()
        answer = saved_answer(self._ask(question, filters=filters))
        saved = SavedQuestion(key, question, filters, self._now(), answer)
        if not self._table.add(saved, state, MOST):
            raise _full()
        return self._table.get(key) or saved  # somebody else may have been quicker

    def drop(self, key: str) -> SavedQuestion:
        """Keep the question with this id no more, and return it.

        Raises:
            LibraryDamagedError: if it cannot be read.
            LibraryWriteError: if the library cannot be written.
            SavedQuestionNotFoundError: if there is none.
        """
        saved = self._table.get(key)
        if saved is None:
            raise SavedQuestionNotFoundError(
                "saved_question_not_found",
                "there is no saved question {key!r}; 'yinju watchlist' lists them",
                key=key,
            )
        self._table.remove(key)
        return saved

    def review(self, stopped: Callable[[], bool] = lambda: False) -> Review:
        """Ask the questions again whose answers are of another state of the store.

        One that cannot be asked is told and stops nothing.  Between two questions it ends early
        when it is ``stopped``.

        Raises:
            LibraryDamagedError: if what is kept cannot be read.
        """
        asked, changed, failed = 0, [], []
        with self._one:
            now = self._store.state
            for saved, before in [*self._table.all()]:
                if before == now or stopped():
                    continue
                try:
                    state = self._state()
                    if state == before:  # the index does not follow the store yet
                        continue
                    found = self._again(saved)
                    asked += 1
                    is_stored = self._table.replace(found, before, state)
                except YinjuError as error:
                    failed.append(Unreviewed(saved, error))
                    continue
                if is_stored and found.changed != saved.changed:
                    changed.append(found)
        return Review(asked, tuple(changed), tuple(failed))

    def _again(self, saved: SavedQuestion) -> SavedQuestion:
        """Return a saved question with the answer that it has now."""
        try:
            answer = saved_answer(self._ask(saved.question, filters=saved.filters))
        except ArticleNotFoundError:  # the last one within its filters is gone: no evidence either
            answer = REFUSED
        kind = change(saved.answer, answer, lambda quote: self._stands(quote, saved))
        if not kind:
            return replace(saved, answer=answer)
        return replace(
            saved, answer=answer, change=kind, before=saved.answer, changed=self._now(saved.changed)
        )

    def _stands(self, quote: str, saved: SavedQuestion) -> bool:
        """Tell whether a sentence is still in the articles that a question is asked of."""
        pattern = sentence_pattern(quote)
        of = self._store.name_article(saved.answer.article)  # where it most often is
        if of is not None and pattern.search(of.text):
            return True
        return bool(self._store.catalog.containing(pattern, saved.filters)[0])

    def standing(self, answers: Iterable[SavedAnswer]) -> frozenset[SavedAnswer]:
        """Return those of ``answers`` whose articles are as they were: links lead to the place."""
        cited = [answer for answer in answers if answer.quote]
        statement = "SELECT id, sha256 FROM articles WHERE live AND id IN ({})"
        numbers = {answer.article for answer in cited}
        held: dict[int, str] = dict(self._store.database.select(statement, numbers))
        return frozenset(
            answer for answer in cited if held.get(answer.article, "")[:12] == answer.state
        )

    def _now(self, last: datetime | None = None) -> datetime:
        """Return the time by the store's clock; a second after the ``last`` change, at least."""
        now = self._store.database.clock()
        if last is not None:  # each change is told by its time: no two have the same one
            now = max(now, int(last.timestamp()) + 1)
        return datetime.fromtimestamp(now, tz=timezone.utc)


_NEVER = datetime.fromtimestamp(0, tz=timezone.utc)


def saved_id(question: str, filters: Filters) -> str:
    """Return the id of a question with these filters, however it is written.

    Width, case, script, spaces around it, and a question mark behind it count for nothing.
    """
    told = json.dumps([fold(unmarked(_as_asked(question))), as_json(filters)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _as_asked(question: str) -> str:
    return cut(question.strip(), _LONGEST)


def _full() -> WatchlistFullError:
    return WatchlistFullError(
        "watchlist_full",
        "no more than {most} questions can be kept; drop one of them first",
        most=MOST,
    )

"""Saved questions in the library's database, each with the state that its answer is of."""

from __future__ import annotations

import json
from collections.abc import Iterator

from qa.errors import LibraryDamagedError
from qa.representation import as_json
from qa.store.store import State, Store
from qa.types import SavedQuestion

_IDS = 1 << 63  # that databases have


class SavedTable:
    """The saved questions of a library.

    None of its writes moves the store's revision: no index need follow.
    """

    def __init__(self, store: Store) -> None:
        """Use the table in the database of ``store``."""
        self._store = store
        self._execute = store.database.execute

    @property
    def count(self) -> int:
        """How many there are."""
        ((count,),) = self._execute("SELECT count(*) FROM saved_questions")
        return int(count)

    def all(self) -> Iterator[tuple[SavedQuestion, State]]:
        """Yield the saved questions with the states that their answers are of.

        Raises:
            LibraryDamagedError: if one of them cannot be read.
        """
        for told, revision, token in self._execute(
            "SELECT told, revision, token FROM saved_questions ORDER BY id"
        ):
            yield self._read(told), State(revision, token)

    def get(self, key: str) -> SavedQuestion | None:
        """Return the saved question with this id.

        Raises:
            LibraryDamagedError: if it cannot be read.
        """
        rows = self._execute("SELECT told FROM saved_questions WHERE id = ?", (key,))
        return self._read(rows[0][0]) if rows else None

    def add(self, saved: SavedQuestion, state: State, most: int) -> bool:
        """Add a saved question unless it is there; False where there are ``most`` already."""
        with self._store.transaction(revises=False):
            if self.get(saved.id) is None and self.count >= most:
                return False
            self._execute(
                "INSERT INTO saved_questions (id, told, revision, token) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (saved.id, _told(saved), *state),
            )
        return True

    def remove(self, key: str) -> None:
        """Remove a saved question, if it is there."""
        with self._store.transaction(revises=False):
            self._execute("DELETE FROM saved_questions WHERE id = ?", (key,))

    def replace(self, saved: SavedQuestion, before: State, state: State) -> bool:
        """Put ``saved`` in the place of what was of the state ``before``.

        False if that is not there any more: somebody else asked the question, or dropped it.
        """
        with self._store.transaction(revises=False):
            rows = self._execute(
                "UPDATE saved_questions SET told = ?, revision = ?, token = ?"
                " WHERE id = ? AND revision = ? AND token = ? RETURNING id",
                (_told(saved), *state, saved.id, *before),
            )
        return bool(rows)

    def _read(self, told: str) -> SavedQuestion:
        try:
            return _sound(told)
        except ValueError as error:  # as a backup may have it that somebody tampered with
            raise LibraryDamagedError(
                "watchlist_damaged",
                "a saved question in {library} cannot be read; import a backup",
                library=self._store.name,
            ) from error


def _sound(told: str) -> SavedQuestion:
    """Return what was told, whose times can be compared and whose ids can be looked up."""
    from pydantic import TypeAdapter

    saved = TypeAdapter(SavedQuestion).validate_json(told)
    answers = filter(None, (saved.answer, saved.before))
    times = filter(None, (saved.kept, saved.changed))
    if not all(0 <= answer.article < _IDS for answer in answers):
        raise ValueError("an id that no article has")
    if not all(time.tzinfo is not None for time in times):
        raise ValueError("a time of an unknown zone")
    return saved


def _told(saved: SavedQuestion) -> str:
    return json.dumps(as_json(saved))

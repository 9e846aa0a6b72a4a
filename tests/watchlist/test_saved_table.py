"""qa.watchlist.saved_table: saved questions in both databases, of their states."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from qa.errors import LibraryDamagedError
from qa.representation import as_json
from qa.store.databases.transfer import transfer
from qa.store.store import State, Store
from qa.types import Filters, SavedAnswer, SavedQuestion
from qa.watchlist.saved_table import SavedTable

ONE = SavedQuestion(
    "a" * 16,
    "几个\0？",
    Filters(since=date(2023, 1, 1)),
    datetime(2026, 1, 2, tzinfo=timezone.utc),
    SavedAnswer("answered", "60个", "引进60个。", 1, published=date(2023, 11, 16)),
)
TWO = SavedQuestion("b" * 16, "谁", Filters(), ONE.kept, ONE.answer, "lost", ONE.answer, ONE.kept)


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    with closing(Store(place)) as opened:
        yield opened


@pytest.fixture
def table(store: Store) -> SavedTable:
    return SavedTable(store)


def test_what_is_added_is_read_again_and_moves_no_revision(store: Store, table: SavedTable) -> None:
    state = store.state
    assert table.add(ONE, State(1, 2), 2)
    assert table.add(TWO, State(3, (1 << 63) - 1), 2)
    assert [*table.all()] == [(ONE, State(1, 2)), (TWO, State(3, (1 << 63) - 1))]
    assert (table.count, table.get(ONE.id), table.get("c")) == (2, ONE, None)
    assert store.state == state
    assert store.has_saved_questions()
    table.remove(ONE.id)
    assert table.count == 1


def test_no_more_than_the_most_are_added(table: SavedTable) -> None:
    assert table.add(ONE, State(1, 2), 1)
    assert not table.add(TWO, State(1, 2), 1)
    assert table.add(ONE, State(5, 6), 1)
    assert [*table.all()] == [(ONE, State(1, 2))]


def test_only_what_is_of_the_state_before_is_replaced(table: SavedTable) -> None:
    table.add(ONE, State(1, 2), 9)
    changed = SavedQuestion(ONE.id, ONE.question, ONE.filters, ONE.kept, TWO.answer, "lost")
    assert not table.replace(changed, State(1, 3), State(4, 4))
    assert table.replace(changed, State(1, 2), State(4, 4))
    assert [*table.all()] == [(changed, State(4, 4))]
    assert not table.replace(changed, State(1, 2), State(5, 5))


def test_saved_questions_go_into_another_database(
    table: SavedTable, store: Store, tmp_path: Path
) -> None:
    table.add(TWO, State(1, 2), 9)
    with closing(Store(tmp_path / "other.db")) as other:
        transfer(store.database, other.database)
        assert [*SavedTable(other).all()] == [(TWO, State(1, 2))]


def tampered(**changes: Any) -> str:
    return json.dumps(as_json(ONE) | changes)


@pytest.mark.parametrize(
    "told",
    [
        *("", "{}", "null", tampered(kept="then"), tampered(kept="2026-01-02T00:00:00")),
        *(tampered(answer={"status": "so", "text": ""}), tampered(change="better")),
        tampered(answer=as_json(ONE.answer) | {"article": 1 << 63}),
    ],
)
def test_what_somebody_tampered_with_is_told(store: Store, table: SavedTable, told: str) -> None:
    with store.transaction(revises=False):
        store.database.execute("INSERT INTO saved_questions VALUES ('x', ?, 1, 2)", (told,))
    with pytest.raises(LibraryDamagedError, match=r"a saved question in .* cannot be read"):
        [*table.all()]

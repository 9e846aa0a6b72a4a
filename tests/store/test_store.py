"""qa.store.store: the truth, in transactions, read back exactly, whichever database holds it."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from qa.errors import (
    ArticleDamagedError,
    ArticleUnreadableError,
    LibraryDamagedError,
    LibraryVersionError,
)
from qa.store.databases import Database, open_database
from qa.store.databases.postgres_migrations import MIGRATIONS as POSTGRES_MIGRATIONS
from qa.store.databases.sqlite_migrations import CHECKSUMS, MIGRATIONS, migrate
from qa.store.files import StoredFile
from qa.store.store import NewPassage, State, Store
from qa.types import Article, Failure, Filters, Passage

FINGERPRINT = "abc123"
ARTICLE = Article(
    id=0,
    path="新闻/一.txt",
    title="梅江区举行推进会",
    source="南方日报",
    published=date(2023, 8, 2),
    url="",
    text="梅江区举行推进会\r\n近日，梅江区举行推进会。𠮷\n",
    sha256="00ff",
)


def text_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def new_passages(*spans: tuple[int, int]) -> list[NewPassage]:
    return [NewPassage(span, text_hash(str(span))) for span in spans]


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    opened = Store(place)
    yield opened
    opened.close()


def put(store: Store, article: Article = ARTICLE, *spans: tuple[int, int]) -> int:
    with store.transaction():
        return store.put_article(article, new_passages(*spans))


def test_an_article_is_read_back_as_it_was_put(store: Store) -> None:
    number = put(store)
    expected = replace(ARTICLE, id=number)
    assert store.get_article(number) == expected
    assert store.get_article("新闻/一.txt") == expected
    assert list(store.articles()) == [expected]
    assert store.hashes() == {"新闻/一.txt": "00ff"}
    assert store.get_article(number + 1) is None
    assert store.get_article("二.txt") is None


def test_an_unknown_date_is_none(store: Store) -> None:
    number = put(store, replace(ARTICLE, published=None))
    found = store.get_article(number)
    assert found is not None
    assert found.published is None


def test_articles_come_in_the_order_of_their_paths(store: Store) -> None:
    for path in ("b.txt", "a.txt", "a/c.txt"):
        put(store, replace(ARTICLE, path=path))
    assert [article.path for article in store.articles()] == ["a.txt", "a/c.txt", "b.txt"]


def test_paths_are_ordered_by_their_code_points(store: Store) -> None:
    names = ["Z", "a", "a.txt", "a/c", "é", "中", "中文", "\uffe0", "𠮷"]
    for path in reversed(names):
        put(store, replace(ARTICLE, path=path), (0, 1))
        store.files.add_failures([Failure(path, "坏")])
    assert [article.path for article in store.articles()] == names
    assert [failure.path for failure in store.files.failures()] == names
    assert store.paths_in(set(names)) == names


def test_a_path_may_be_as_long_as_a_table_makes_it(store: Store) -> None:
    # No two parts alike: an index might pack them.
    long = "".join(hashlib.sha256(bytes([part])).hexdigest() for part in range(200))
    number = put(store, replace(ARTICLE, path=long), (0, 1))
    with store.transaction():
        store.files.put({long: StoredFile(1, 2, "ab")})
        store.files.set_failures([Failure(long, "坏"), Failure(f"{long}x", "坏")])
    assert put(store, replace(ARTICLE, path=long, title="新"), (0, 1)) == number
    assert store.get_article(long) == replace(ARTICLE, id=number, path=long, title="新")
    assert store.hashes() == {long: "00ff"}
    assert store.files.all() == {long: StoredFile(1, 2, "ab")}
    assert [failure.path for failure in store.files.failures()] == [long, f"{long}x"]


def test_what_was_seen_of_a_file_replaces_what_was_seen_before(store: Store) -> None:
    store.files.put({"a": StoredFile(1, 2, "ab"), "b": StoredFile(3, 4, "cd")})
    store.files.put({"a": StoredFile(5, 6, "ef")})
    store.files.set_failures([Failure("a", "坏"), Failure("a", "更坏")])
    store.files.add_failures([Failure("b", "坏")])
    assert store.files.all() == {"a": StoredFile(5, 6, "ef"), "b": StoredFile(3, 4, "cd")}
    assert store.files.failures() == (Failure("a", "更坏"), Failure("b", "坏"))


def test_a_default_does_not_replace_what_is_set(store: Store) -> None:
    store.set_default("library_id", "a")
    store.set_default("library_id", "b")
    assert store.get_meta("library_id") == "a"


def test_a_copy_is_a_file_that_holds_the_same(store: Store, tmp_path: Path) -> None:
    number = put(store, ARTICLE, (0, 8), (10, 22))
    put(store, replace(ARTICLE, path="gone.txt"), (0, 8))
    ids = store.passages.ids()
    with store.transaction():
        store.vectors.put(FINGERPRINT, {text_hash("(0, 8)"): np.ones(2, np.float32)})
        store.files.put({"二.txt": StoredFile(1, 1_700_000_000_123_456_789, "ab")})
        store.remove_article("gone.txt")
    store.database.copy_to(tmp_path / "copy.db")
    put(store, replace(ARTICLE, path="later.txt"))
    copy = Store(tmp_path / "copy.db")
    assert list(copy.articles()) == [replace(ARTICLE, id=number)]
    assert copy.passages.get(ids) == store.passages.get(ids)
    assert copy.has_retired()
    assert copy.files.all() == store.files.all()
    assert copy.vectors.of_passages(FINGERPRINT, ids)[0] == [ids[0], ids[2]]
    assert copy.revision == 3
    assert copy.database.last_ids() == {"articles": 2, "passages": 3}
    copy.close()


def test_a_store_tells_how_much_it_takes(store: Store) -> None:
    before = store.database.size()
    for number in range(50):
        text = "".join(hashlib.sha256(bytes([number, part])).hexdigest() for part in range(100))
        put(store, replace(ARTICLE, path=f"{number}.txt", text=text))
    assert before > 0
    assert store.database.size() > before + 50 * 6400 // 2


def test_passages_are_read_back_with_their_article(store: Store) -> None:
    number = put(store, ARTICLE, (0, 8), (10, 22))
    ids = store.passages.ids()
    article = replace(ARTICLE, id=number)
    assert store.passages.get([*ids, 999]) == {
        ids[0]: (Passage(ids[0], number, 0, 8), article),
        ids[1]: (Passage(ids[1], number, 10, 22), article),
    }
    assert store.passages.get([]) == {}
    assert store.count() == (1, 2)


def test_who_holds_passages_is_known_without_their_texts(store: Store) -> None:
    one = put(store, ARTICLE, (0, 8), (10, 22))
    other = put(store, replace(ARTICLE, path="二.txt", published=None), (0, 8))
    with store.transaction():
        for path in ("丙.txt", "乙.txt"):
            store.put_article(replace(ARTICLE, path=path, source="某网"), [], repost_of=one)
    ids = store.passages.ids()
    held = {of.holders[0].id: of for of in store.passages.held([*ids, 999])}
    assert {number: of.places for number, of in held.items()} == {
        one: ((0, ids[0]), (10, ids[1])),
        other: ((0, ids[2]),),
    }
    paths = [[holder.path for holder in held[number].holders] for number in (one, other)]
    assert paths == [["新闻/一.txt", "丙.txt", "乙.txt"], ["二.txt"]]
    assert held[one].holders[0].published == ARTICLE.published
    assert held[other].holders[0].published is None
    assert held[one].holders[1].source == "某网"
    assert [of.places for of in store.passages.held(ids[1:2])] == [((10, ids[1]),)]
    assert store.passages.held([]) == []


def test_more_passages_than_one_statement_takes_are_read_back(store: Store) -> None:
    put(store, ARTICLE, *((offset, offset + 1) for offset in range(1203)))
    ids = store.passages.ids()
    assert len(ids) == 1203
    assert sorted(store.passages.get(ids)) == ids


def test_an_article_put_again_keeps_its_id_and_gets_new_passages(store: Store) -> None:
    number = put(store, ARTICLE, (0, 8), (10, 22))
    old = store.passages.ids()
    changed = replace(ARTICLE, title="新标题", published=None, text="新正文。", sha256="11")
    assert put(store, changed, (0, 4)) == number
    assert list(store.articles()) == [replace(changed, id=number)]
    (new,) = store.passages.ids()
    assert new > max(old)
    # What an older index finds is still there, cut from the text as it was.
    assert store.passages.get([*old, new]) == {
        old[0]: (Passage(old[0], number, 0, 8), replace(ARTICLE, id=number)),
        old[1]: (Passage(old[1], number, 10, 22), replace(ARTICLE, id=number)),
        new: (Passage(new, number, 0, 4), replace(changed, id=number)),
    }
    store.purge()
    assert store.passages.get([*old, new]).keys() == {new}


def test_ids_are_never_used_again(store: Store) -> None:
    first = put(store, ARTICLE, (0, 8), (10, 22))
    old = store.passages.ids()
    with store.transaction():
        store.remove_article(ARTICLE.path)
    assert store.count() == (0, 0)
    assert put(store, ARTICLE, (0, 8)) > first
    assert min(store.passages.ids()) > max(old)


def test_removing_an_article_removes_its_passages_and_no_others(store: Store) -> None:
    put(store, ARTICLE, (0, 8))
    kept = put(store, replace(ARTICLE, path="二.txt"), (0, 4))
    with store.transaction():
        store.remove_article(ARTICLE.path)
        store.remove_article("nowhere.txt")
    assert [article.id for article in store.articles()] == [kept]
    assert [
        passage.article_id for passage, _ in store.passages.get(store.passages.ids()).values()
    ] == [kept]


def test_the_revision_grows_by_one_with_each_transaction(store: Store) -> None:
    assert store.revision == 0
    put(store)
    assert store.revision == 1
    with store.transaction():
        store.set_meta("folder", "a")
        store.set_meta("folder", "b")
    assert store.revision == 2
    assert store.get_meta("folder") == "b"
    with store.transaction(revises=False):
        store.set_meta("folder", "c")
    assert (store.revision, store.get_meta("folder")) == (2, "c")
    assert store.get_meta("nothing") is None


def test_each_commit_makes_a_state_of_its_own(store: Store, tmp_path: Path) -> None:
    states = [store.state]
    for path in ("a.txt", "b.txt"):
        put(store, replace(ARTICLE, path=path))
        states.append(store.state)
    assert [state.revision for state in states] == [0, 1, 2]
    assert all(0 <= state.token < 1 << 63 for state in states)
    assert all(map(store.was, states))
    assert not store.was(State(2, states[1].token))
    assert not store.was(State(3, states[2].token))
    with store.transaction(revises=False):
        store.set_meta("folder", "c")
    with suppress(ZeroDivisionError), store.transaction():
        put(store, replace(ARTICLE, path="c.txt"))
        raise ZeroDivisionError
    assert store.state == states[2]
    store.database.copy_to(tmp_path / "copy.db")
    copy = Store(tmp_path / "copy.db")
    assert copy.state == states[2]
    for one in (store, copy):  # which go different ways from here
        put(one, replace(ARTICLE, path="d.txt"))
    assert copy.revision == store.revision == 3
    assert copy.state.token != store.state.token
    assert copy.was(states[2])
    assert not copy.was(store.state)
    copy.close()


def test_states_are_remembered_for_some_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.store.store._KEPT", 2)
    states = [store.state]
    for number in range(5):
        put(store, replace(ARTICLE, text=f"第{number}篇。"))
        states.append(store.state)
    assert all(map(store.still_has, states))
    store.purge()
    assert [store.was(state) for state in states] == [False] * 3 + [True] * 3
    assert [store.still_has(state) for state in states] == [False] * 5 + [True]


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    put(store, ARTICLE, (0, 8))
    before = (list(store.articles()), store.passages.ids(), store.revision)

    def interrupted() -> None:
        with store.transaction():
            store.put_article(replace(ARTICLE, title="另一个"), new_passages((0, 2), (2, 4)))
            store.vectors.put(FINGERPRINT, {text_hash("x"): np.ones(2, np.float32)})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (list(store.articles()), store.passages.ids(), store.revision) == before
    assert store.vectors.known(FINGERPRINT, [text_hash("x")]) == set()
    put(store, replace(ARTICLE, path="二.txt"))
    assert store.count() == (2, 1)


def test_another_connection_sees_only_what_is_committed(store: Store, place: Path | str) -> None:
    other = Store(place)
    with store.transaction():
        store.put_article(ARTICLE, [])
        assert other.count() == (0, 0)
    assert other.count() == (1, 0)
    assert other.revision == store.revision == 1
    other.close()


def test_threads_may_share_a_store(store: Store) -> None:
    def work(name: int) -> None:
        for number in range(10):
            put(store, replace(ARTICLE, path=f"{name}-{number}.txt"), (0, 8))
            store.passages.get(store.passages.ids())

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count() == (40, 40)
    assert store.revision == 40


# -- vectors -----------------------------------------------------------------------------------


def test_vectors_are_read_back_bit_by_bit(store: Store) -> None:
    put(store, ARTICLE, (0, 8), (10, 22))
    first, second = store.passages.ids()
    vectors = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32)
    hashes = [text_hash("(0, 8)"), text_hash("(10, 22)")]
    with store.transaction():
        store.vectors.put(FINGERPRINT, dict(zip(hashes, vectors, strict=True)))
        store.vectors.put("other", {hashes[0]: np.zeros(3, np.float32)})
    ids, found = store.vectors.of_passages(FINGERPRINT, [second, first, 999])
    order = [ids.index(first), ids.index(second)]
    assert sorted(ids) == [first, second]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[order], vectors)
    assert store.vectors.known(FINGERPRINT, [*hashes, text_hash("x")]) == set(hashes)
    assert store.vectors.known("other", hashes) == {hashes[0]}


def test_a_passage_without_a_vector_of_the_model_is_left_out(store: Store) -> None:
    put(store, ARTICLE, (0, 8))
    ids, vectors = store.vectors.of_passages(FINGERPRINT, store.passages.ids())
    assert (ids, vectors.shape) == ([], (0, 0))


def test_equal_texts_share_a_vector(store: Store) -> None:
    shared = NewPassage((0, 8), text_hash("same"))
    with store.transaction():
        store.put_article(ARTICLE, [shared])
        store.put_article(replace(ARTICLE, path="二.txt"), [shared])
        store.vectors.put(FINGERPRINT, {shared.text_hash: np.array([1, 2], np.float32)})
    ids, vectors = store.vectors.of_passages(FINGERPRINT, store.passages.ids())
    assert ids == store.passages.ids()
    assert vectors.tolist() == [[1, 2], [1, 2]]


def test_purging_removes_what_is_retired_and_what_only_that_used(store: Store) -> None:
    kept = put(store, replace(ARTICLE, path="二.txt"), (0, 8))
    put(store, ARTICLE, (0, 8), (10, 22))
    used, unused = text_hash("(0, 8)"), text_hash("(10, 22)")
    vector = np.ones(2, np.float32)
    with store.transaction():
        store.vectors.put(FINGERPRINT, {used: vector, unused: vector})
        store.vectors.put("other", {used: vector})
        store.remove_article(ARTICLE.path)
    revision = store.revision
    assert store.vectors.known(FINGERPRINT, [used, unused]) == {used, unused}
    store.purge()
    assert store.vectors.known(FINGERPRINT, [used, unused]) == {used}
    assert store.vectors.known("other", [used]) == {used}
    store.vectors.remove_others(FINGERPRINT)
    assert store.vectors.known(FINGERPRINT, [used]) == {used}
    assert store.vectors.known("other", [used]) == set()
    assert [article.id for article in store.articles()] == [kept]
    assert store.revision == revision  # nothing that an index would have to follow
    assert store.purged == revision
    put(store, replace(ARTICLE, path="三.txt"))
    store.purge()
    assert store.purged == revision  # nothing was gone


def test_a_renamed_article_keeps_its_id_and_its_passages(store: Store) -> None:
    number = put(store, ARTICLE, (0, 8))
    ids = store.passages.ids()
    with store.transaction():
        store.rename_article(ARTICLE.path, "新名.txt", "新名.txt")
    assert store.get_article("新名.txt") == replace(ARTICLE, id=number, path="新名.txt")
    assert store.get_article(ARTICLE.path) is None
    assert store.passages.ids() == ids
    assert store.hashes("新名.txt") == {"新名.txt": "00ff"}


def test_a_repost_whose_original_goes_is_unsettled(store: Store) -> None:
    original = put(store, ARTICLE, (0, 8))
    repost = replace(ARTICLE, path="转载.txt", source="转载网")
    with store.transaction():
        number = store.put_article(repost, [], file="表.csv", repost_of=original)
    assert store.reposts.of([original, number]) == {original: [replace(repost, id=number)]}
    assert store.reposts.paths() == {"转载.txt": original}
    assert list(store.reposts.unsettled()) == []
    with store.transaction():
        store.remove_article(ARTICLE.path)
    assert list(store.reposts.unsettled()) == [("表.csv", replace(repost, id=number))]
    # An index that was made before still finds the original's passages, and cites both.
    assert store.reposts.of([original]) == {original: [replace(repost, id=number)]}
    assert store.passages.get([1])[1][1] == replace(ARTICLE, id=original)


def test_articles_that_share_hashes_resemble_each_other(store: Store) -> None:
    with store.transaction():
        first = store.put_article(ARTICLE, [], sketch=[1, 2, -(1 << 63), (1 << 63) - 1])
        second = store.put_article(replace(ARTICLE, path="b.txt"), [], sketch=[2, 3, 4])
        store.put_article(replace(ARTICLE, path="c.txt"), [], sketch=[1, 2], repost_of=first)
    asked = [1, 2, -(1 << 63), 3]
    assert [found.id for found in store.reposts.resembling(asked, 2)] == [first, second]
    assert [found.id for found in store.reposts.resembling(asked, 3)] == [first]
    with store.transaction():
        store.remove_article(ARTICLE.path)
    assert [found.id for found in store.reposts.resembling(asked, 1)] == [second]


def test_files_are_remembered_until_they_are_forgotten(store: Store) -> None:
    file = StoredFile(12, 1_700_000_000_123_456_789, "ab")
    with store.transaction():
        store.put_article(ARTICLE, new_passages((0, 8)), file="表.csv")
        store.files.put({"表.csv": file, "b.txt": StoredFile(-1, 0, "cd")})
    assert store.files.all() == {"表.csv": file, "b.txt": StoredFile(-1, 0, "cd")}
    assert store.paths_in({"表.csv"}) == [ARTICLE.path]
    assert store.file_of(1) == "表.csv"
    with store.transaction():
        store.files.forget("b.txt")
        store.remove_file("表.csv")
    assert store.files.all() == {}
    assert store.count() == (0, 0)


def test_a_fingerprint_is_data_and_no_statement(store: Store) -> None:
    put(store, ARTICLE, (0, 8))
    odd = "x' OR '1'='1"
    key = text_hash("(0, 8)")
    with store.transaction():
        store.vectors.put(FINGERPRINT, {key: np.ones(2, np.float32)})
    assert store.vectors.known(odd, [key]) == set()
    with store.transaction():
        store.vectors.put(odd, {key: np.zeros(2, np.float32)})
    ids, vectors = store.vectors.of_passages(odd, store.passages.ids())
    assert (ids, vectors.tolist()) == (store.passages.ids(), [[0, 0]])


# -- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "admitted"),
    [
        (Filters(), None),
        (Filters(source="南方"), ["a"]),
        (Filters(source="聯合報"), ["b"]),
        (Filters(source="联合报"), ["b"]),
        (Filters(title="ｇｄｐ"), ["b"]),
        (Filters(path="B.TXT"), ["b"]),
        (Filters(since=date(2023, 8, 2)), ["a", "b"]),
        (Filters(since=date(2023, 8, 3)), ["b"]),
        (Filters(until=date(2023, 8, 2)), ["a"]),
        (Filters(since=date(2023, 8, 2), until=date(2023, 8, 2)), ["a"]),
        (Filters(source="南方", since=date(2024, 1, 1)), []),
        (Filters(title="没有日期"), ["c"]),
        (Filters(path="x/"), ["d", "e"]),
        (Filters(path="/x/"), ["d"]),
        (Filters(path="/Ｘ/A.txt"), ["d"]),
        (Filters(article="a.txt"), ["a"]),
        (Filters(article="x/a.txt"), ["d"]),
        (Filters(article="x/a.tx"), []),
        (Filters(article="A.txt"), []),
        (Filters(article="a.txt", source="聯合報"), []),
    ],
)
def test_filters_admit_the_passages_of_matching_articles(
    store: Store, filters: Filters, admitted: list[str] | None
) -> None:
    put(store, replace(ARTICLE, path="a.txt"), (0, 1))
    put(
        store,
        replace(ARTICLE, path="b.txt", source="聯合報", title="GDP", published=date(2024, 5, 6)),
        (0, 2),
    )
    put(store, replace(ARTICLE, path="c.txt", source="", title="没有日期", published=None), (0, 3))
    for path in ("x/a.txt", "y/x/a.txt"):
        put(store, replace(ARTICLE, path=path, source="", published=None), (0, 4))
    ids = dict(zip("abcde", store.passages.ids(), strict=True))
    expected = None if admitted is None else [ids[name] for name in admitted]
    assert store.passages.admitted(filters) == expected


# -- failures ----------------------------------------------------------------------------------


def test_the_failures_of_the_last_sync_replace_those_before(store: Store) -> None:
    store.files.set_failures([Failure("b.txt", "坏"), Failure("a.pdf", "不认识")])
    assert store.files.failures() == (Failure("a.pdf", "不认识"), Failure("b.txt", "坏"))
    store.files.set_failures([Failure("c.txt", "坏")])
    assert store.files.failures() == (Failure("c.txt", "坏"),)


# -- the file ----------------------------------------------------------------------------------


def test_why_a_file_failed_is_stored_for_every_language(store: Store, place: Path | str) -> None:
    inner = ArticleUnreadableError("no_text", "the file has no text")
    outer = ArticleUnreadableError("line", "line {line}: {reason}", line=3, reason=inner)
    store.files.add_failures([Failure.of("a.jsonl", outer)])
    store.close()
    again = Store(place)
    (failure,) = again.files.failures()
    assert failure.reason == "line 3: the file has no text"
    assert failure.code == "line"
    assert failure.values == {
        "line": 3,
        "reason": {"code": "no_text", "message": "the file has no text", "values": {}},
    }
    again.close()


def test_a_store_is_the_same_after_it_is_opened_again(store: Store, place: Path | str) -> None:
    number = put(store, ARTICLE, (0, 8))
    store.close()
    again = Store(place)
    assert again.get_article(number) == replace(ARTICLE, id=number)
    assert again.revision == 1
    again.close()


def test_a_new_database_has_the_current_schema(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    connection.close()


def test_migrating_runs_each_step_once_and_keeps_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Store(tmp_path / "library.db")
    put(first, ARTICLE, (0, 8))
    first.close()
    step = "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('新');"
    monkeypatch.setattr("qa.store.databases.sqlite_migrations.MIGRATIONS", (*MIGRATIONS, step))
    for _ in range(2):
        store = Store(tmp_path / "library.db")
        assert store.count() == (1, 1)
        store.close()
    with sqlite3.connect(tmp_path / "library.db") as connection:
        assert connection.execute("SELECT text FROM notes").fetchall() == [("新",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    connection.close()


def old_library(path: Path) -> None:
    """Write a library as version 0.1 did, by that version's own statements."""
    with sqlite3.connect(path) as connection:
        connection.executescript(MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
        connection.execute("UPDATE meta SET value = '7' WHERE key = 'revision'")
        connection.execute("INSERT INTO meta VALUES ('folder', '/articles')")
        for number, path_in_folder in ((3, "新闻/一.txt"), (5, "b.txt")):
            connection.execute(
                "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    path_in_folder,
                    "标题",
                    "南方日报",
                    "2023-08-02",
                    "",
                    f"正文{number}。",
                    "ff",
                ),
            )
        connection.execute("INSERT INTO passages VALUES (9, 3, 0, 4, ?)", (text_hash("x"),))
        connection.execute("INSERT INTO passages VALUES (11, 5, 0, 4, ?)", (text_hash("y"),))
        vector = np.array([3, 4], "<f4").tobytes()
        for key in ("x", "y"):
            connection.execute(
                "INSERT INTO vectors VALUES (?, ?, ?)", (FINGERPRINT, text_hash(key), vector)
            )
        connection.execute("INSERT INTO failures VALUES ('c.txt', '坏')")
    connection.close()


def test_two_copies_of_an_old_library_are_told_apart(tmp_path: Path) -> None:
    """One of them may be a backup: which of their indexes are whose, nobody wrote down."""
    states = []
    for name in ("one.db", "other.db"):
        old_library(tmp_path / name)
        store = Store(tmp_path / name)
        states.append(store.state)
        store.close()
    assert [state.revision for state in states] == [7, 7]
    assert states[0] != states[1]


def test_a_library_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old_library(tmp_path / "library.db")
    for _ in range(2):  # opened by this version, and again
        store = Store(tmp_path / "library.db")
        assert store.revision == store.state.revision == 7
        assert store.get_meta("folder") == "/articles"
        article = Article(
            3, "新闻/一.txt", "标题", "南方日报", date(2023, 8, 2), "", "正文3。", "ff"
        )
        assert store.get_article(3) == article
        assert store.hashes() == {"新闻/一.txt": "ff", "b.txt": "ff"}
        assert store.passages.get([9, 11])[9] == (Passage(9, 3, 0, 4), article)
        ids, vectors = store.vectors.of_passages(FINGERPRINT, [9, 11])
        assert (sorted(ids), vectors.tolist()) == ([9, 11], [[3, 4], [3, 4]])
        assert store.files.all()["b.txt"] == StoredFile(-1, -1, "ff")
        (failure,) = store.files.failures()
        assert (failure.reason, failure.code, failure.values) == ("坏", "", {})
        store.close()
    store = Store(tmp_path / "library.db")
    with store.transaction():
        store.remove_article("b.txt")
    store.purge()  # the new tables hold each other as the old ones did
    assert store.passages.ids() == [9]
    assert store.vectors.known(FINGERPRINT, [text_hash("x"), text_hash("y")]) == {text_hash("x")}
    assert put(store, replace(ARTICLE, path="neu.txt"), (0, 4)) > 5
    assert store.passages.ids()[-1] > 11
    store.close()


def open_at(place: Path | str, step: int, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Open a database as a version did that knew no further step; PostgreSQL has one less."""
    with monkeypatch.context() as earlier:
        if isinstance(place, Path):
            earlier.setattr("qa.store.databases.sqlite_migrations.MIGRATIONS", MIGRATIONS[:step])
        else:
            steps = POSTGRES_MIGRATIONS[: step - 1]
            earlier.setattr("qa.store.databases.postgres.MIGRATIONS", steps)
        return open_database(place)


def test_what_was_stored_without_checksums_gets_them(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = open_at(place, CHECKSUMS - 1, monkeypatch)
    text = "正文\0，\U0010ffff。" * 3
    values = ("一.txt", "一.txt", "标题", "南方日报", "2023-08-02", text, "ff")
    for live in (False, True):
        old.execute(
            "INSERT INTO articles (id, live, path, file, title, source, published, url, text,"
            " sha256) VALUES (1, ?, ?, ?, ?, ?, ?, '', ?, ?)",
            (live, *values),
        )
    old.close()
    store = Store(place)
    expected = Article(1, "一.txt", "标题", "南方日报", date(2023, 8, 2), "", text, "ff")
    assert store.get_article(1) == expected
    assert len(set(store.database.execute("SELECT checksum FROM articles"))) == 1
    store.close()


def test_a_damaged_article_is_not_read_but_can_be_named(store: Store) -> None:
    number = put(store, ARTICLE, (0, 8))
    assert store.holds(ARTICLE)
    with store.transaction(revises=False):
        store.database.execute("UPDATE articles SET published = '2023-08-03'")
    for read in (
        lambda: store.get_article(number),
        lambda: list(store.articles()),
        lambda: list(store.filed_articles()),
        lambda: store.passages.get([1]),
    ):
        with pytest.raises(ArticleDamagedError):
            read()
    named = store.name_article(ARTICLE.path)
    assert named == replace(ARTICLE, id=number, published=date(2023, 8, 3))
    assert store.passages.to_index([1])[1][1] == named
    assert not store.holds(ARTICLE)
    assert store.is_of(ARTICLE)
    assert not store.is_of(replace(ARTICLE, sha256="01"))
    assert put(store, ARTICLE, (0, 8)) == number
    assert store.get_article(number) == replace(ARTICLE, id=number)


def test_a_step_that_fails_leaves_the_schema_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = sqlite3.connect(tmp_path / "library.db")
    migrate(connection)
    broken = "CREATE TABLE notes (text TEXT); INSERT INTO nowhere VALUES (1);"
    monkeypatch.setattr("qa.store.databases.sqlite_migrations.MIGRATIONS", (*MIGRATIONS, broken))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection)
    connection.close()
    connection = sqlite3.connect(tmp_path / "library.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "notes" not in names
    connection.close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(LibraryVersionError, match=r"newer version .* \(schema 999.*upgrade yinju"):
        Store(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (999,)
    connection.close()


def test_what_is_no_database_is_reported_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(LibraryDamagedError, match=r"library\.db cannot be read .*sync again"):
        Store(path)


def test_a_database_damaged_inside_is_reported_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    store = Store(path)
    for number in range(200):
        put(store, replace(ARTICLE, path=f"{number}.txt"), (0, 8))
    store.close()
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    path.write_bytes(data)
    with (
        pytest.raises(LibraryDamagedError, match="cannot be read"),
        closing(Store(path)) as damaged,
    ):
        list(damaged.articles())

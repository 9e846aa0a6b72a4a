"""Several servers on one library: each follows the others' syncs, with index files of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa import Filters, Library
from qa.errors import BackupError
from qa.store.databases.sqlite import SqliteDatabase
from qa.store.databases.transfer import transfer
from qa.store.store import Store
from qa.syncing.ingest import Ingest
from tests.conftest import HashEncoder
from tests.postgres_server import Server
from tests.rule_reader import RuleReader
from tests.store.test_store import ARTICLE, put

QUESTION = "第3镇引进了多少亿元以上项目"
ARTICLES = 6


def write(folder: Path, state: int) -> None:
    for number in range(ARTICLES):
        (folder / f"{number}.txt").write_text(article(number, state), encoding="utf-8")


def article(number: int, state: int) -> str:
    return f"第{number}镇招商\n\n第{number}镇引进亿元以上项目{state}{number}个。\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    write(found, 1)
    return found


@pytest.fixture
def address(postgres: Server) -> Iterator[str]:
    with postgres.database() as made:
        yield made


Opening = Callable[..., Library]


@pytest.fixture
def server(tmp_path: Path, address: str) -> Iterator[Opening]:
    """Open the library as a machine of that name would, with a folder of its own."""
    with ExitStack() as opened:

        def open_one(name: str, index: str | None = None) -> Library:
            parts: Any = {"encoder": HashEncoder(), "reader": RuleReader()}
            library = Library.open(tmp_path / name, store=address, index=index, **parts)
            return opened.enter_context(library)

        yield open_one


def told(library: Library) -> str:
    """Return the figure that is given first; other places' stand beside it."""
    return library.ask(QUESTION).text.split("\n")[0]


def encoded(library: Library) -> list[str]:
    encoder = library.encoders.current
    assert isinstance(encoder, HashEncoder)
    return encoder.encoded


def test_a_server_follows_what_another_one_syncs(
    server: Opening, folder: Path, tmp_path: Path
) -> None:
    one, two = server("one"), server("two")
    assert two.ask(QUESTION).status == "no_evidence"
    one.sync(folder)
    assert told(two) == "13个"
    write(folder, 2)
    one.sync(folder)
    assert told(two) == "23个"
    assert two.retrieve(QUESTION, 50) == one.retrieve(QUESTION, 50)
    assert encoded(two) == []  # vectors come with the store
    assert (tmp_path / "two" / "index" / "stamp.json").exists()
    assert not (tmp_path / "two" / "library.db").exists()
    write(folder, 3)
    two.sync(folder)  # whoever is asked to may write
    assert told(one) == "33个"
    assert told(server("three")) == "33个"


def test_servers_share_articles_and_index(
    server: Opening,
    folder: Path,
    milvus: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = server("one", milvus), server("two", milvus)
    assert two.ask(QUESTION).status == "no_evidence"
    one.sync(folder)
    assert told(two) == "13个"
    seen: list[str] = []
    settle = Ingest.settle

    def asked_before_the_end(ingest: Ingest) -> None:
        ingest.flush()
        monkeypatch.undo()
        seen.append(told(two))  # which must not catch the index up, for it is not the writer
        settle(ingest)

    write(folder, 2)
    monkeypatch.setattr(Ingest, "settle", asked_before_the_end)
    one.sync(folder)
    assert seen == ["13个"]
    assert told(two) == "23个"
    write(folder, 3)
    two.sync(folder)
    assert told(one) == told(server("three", milvus)) == "33个"
    assert two.retrieve(QUESTION, 50) == one.retrieve(QUESTION, 50)
    assert encoded(server("four", milvus)) == []
    assert not (tmp_path / "two" / "index").exists()


def test_while_one_server_syncs_another_answers_from_the_state_before(
    server: Opening, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = server("one"), server("two")
    one.sync(folder)
    assert told(two) == "13个"
    write(folder, 2)
    seen: list[str] = []
    settle = Ingest.settle

    def asked_before_the_end(ingest: Ingest) -> None:
        ingest.flush()
        monkeypatch.undo()
        seen.append(told(two))
        # One that comes new has no other state than the one that is there.
        seen.append(told(server("three")))
        settle(ingest)

    monkeypatch.setattr(Ingest, "settle", asked_before_the_end)
    one.sync(folder)
    assert seen == ["13个", "23个"]
    assert told(two) == "23个"


@pytest.mark.parametrize("filters", [Filters(), Filters(title="招商")])
def test_what_another_server_purged_is_looked_up_anew(
    server: Opening, folder: Path, filters: Filters
) -> None:
    one, two = server("one"), server("two")
    one.sync(folder)
    old, encoder = two.current_indexes.current()
    write(folder, 2)
    one.sync(folder)  # the passages that ``old`` knows are gone
    assert two.hit_finder.find(encoder, old, QUESTION, 5, filters) is None
    hits = two.retrieve(QUESTION, 50, filters)
    assert {hit.article.text for hit in hits} == {article(n, 2) for n in range(ARTICLES)}


def test_what_is_purged_during_a_sync_of_another_server_is_looked_up_anew(
    server: Opening, folder: Path
) -> None:
    one, two = server("one"), server("two")
    one.sync(folder)
    two.ask(QUESTION)
    write(folder, 2)
    one.sync(folder)
    with one.lock.held():  # the next sync has begun: still there is no answer from what is gone
        assert told(two) == "23个"


def test_index_files_are_of_one_state_whatever_is_written_meanwhile(
    server: Opening, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = server("one"), server("two")
    one.sync(folder)
    vectors = two.store.vectors
    read = vectors.of_passages

    def after_a_sync(*arguments):  # type: ignore[no-untyped-def]
        monkeypatch.undo()
        write(folder, 2)
        one.sync(folder)  # of what is being read, nothing is left
        return read(*arguments)

    monkeypatch.setattr(vectors, "of_passages", after_a_sync)
    snapshot, encoder = two.current_indexes.current()
    assert len(snapshot.dense) == len(snapshot.lexical) == ARTICLES
    assert two.hit_finder.find(encoder, snapshot, QUESTION, 5, Filters()) is None
    assert told(two) == "23个"


def test_no_answer_is_torn_while_another_server_syncs(server: Opening, folder: Path) -> None:
    one, two = server("one"), server("two")
    one.sync(folder)
    stop = threading.Event()
    errors: list[BaseException] = []
    seen: set[str] = set()

    def look() -> None:
        try:
            while not stop.is_set():
                hits = two.retrieve("镇引进亿元以上项目", 50)
                texts = {hit.article.path: hit.article.text for hit in hits}
                assert len(texts) == ARTICLES, sorted(texts)
                states = {texts[f"{n}.txt"][-5] for n in range(ARTICLES)}
                assert all(
                    texts[f"{n}.txt"] in {article(n, int(state)) for state in states}
                    for n in range(ARTICLES)
                )
                assert all(h.text == h.article.text[h.passage.start : h.passage.end] for h in hits)
                seen.update(states)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for state in range(2, 7):
        write(folder, state)
        one.sync(folder)
        time.sleep(0.2)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert seen <= set("123456")
    assert len(seen) > 1
    assert told(two) == "63个"


def test_a_sync_that_was_cut_off_is_settled_by_the_server_that_is_asked(
    server: Opening, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "".join(
        f"鹤山市第{n}季度引进亿元以上项目{n}0个，计划总投资{n}09亿元。" for n in range(1, 9)
    )
    (folder / "original.txt").write_text(f"鹤山招商\n来源：江门日报\n\n{body}\n", encoding="utf-8")
    (folder / "repost.txt").write_text(f"鹤山招商\n来源：转载网\n\n{body}\n", encoding="utf-8")
    one, two = server("one"), server("two")
    assert one.sync(folder).reposts == ("repost.txt",)
    (folder / "original.txt").write_text("鹤山天气\n\n鹤山市今天晴。\n", encoding="utf-8")

    def cut_off(ingest: Ingest) -> None:
        ingest.flush()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ingest, "settle", cut_off)
        with pytest.raises(KeyboardInterrupt):
            one.sync(folder)
    assert two.store.reposts.has_unsettled()
    found = two.retrieve("鹤山市第3季度引进亿元以上项目", 5)
    assert found[0].article.path == "repost.txt"
    assert not two.store.reposts.has_unsettled()
    assert not two.store.has_retired()


# -- backups -----------------------------------------------------------------------------------


def test_a_backup_goes_from_folder_to_server_and_back(
    tmp_path: Path, folder: Path, address: str
) -> None:
    with Library.open(tmp_path / "a", encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(folder)
        library.remove("5.txt")
        hits = library.retrieve(QUESTION, 50)
        articles = list(library.articles())
        given = library.store.database.last_ids()
        library.export(tmp_path / "first")
    assert Library.restore(tmp_path / "first", tmp_path / "b", store=address) == ARTICLES - 1
    with Library.open(
        tmp_path / "b", encoder=HashEncoder(), reader=RuleReader(), store=address
    ) as library:
        assert list(library.articles()) == articles
        assert library.retrieve(QUESTION, 50) == hits
        assert library.store.database.last_ids() == given
        assert library.sync(folder).added == ("5.txt",)
        assert library.article("5.txt").id > max(article.id for article in articles)
        assert len(encoded(library)) == 1
        assert library.export(tmp_path / "second")[0] == ARTICLES
        articles = list(library.articles())
        given = library.store.database.last_ids()
    assert Library.restore(tmp_path / "second", tmp_path / "c") == ARTICLES
    with Library.open(tmp_path / "c", encoder=HashEncoder(), reader=RuleReader()) as library:
        assert list(library.articles()) == articles
        assert library.store.database.last_ids() == given
        assert library.sync(folder).added == ()
        assert encoded(library) == []
        assert told(library) == "13个"


def test_a_database_that_holds_a_library_is_not_overwritten(
    tmp_path: Path, folder: Path, address: str, server: Opening
) -> None:
    library = server("one")
    library.sync(folder)
    library.export(tmp_path / "backup")
    for path in folder.iterdir():
        path.unlink()
    library.sync(folder)
    assert library.count == 0
    # Index files elsewhere may know the ids that its passages had.
    with pytest.raises(
        BackupError, match=r"postgresql://.* holds a library, or did; name an empty"
    ):
        Library.restore(tmp_path / "backup", tmp_path / "two", store=address)
    assert library.count == 0


def test_a_server_that_waits_for_articles_finds_those_that_are_imported(
    tmp_path: Path, folder: Path, address: str, server: Opening
) -> None:
    with Library.open(tmp_path / "a", encoder=HashEncoder()) as library:
        library.sync(folder)
        library.export(tmp_path / "backup")
    waiting = server("one")
    assert waiting.ask(QUESTION).status == "no_evidence"
    Library.restore(tmp_path / "backup", tmp_path / "two", store=address)
    assert told(waiting) == "13个"


def test_a_text_that_sqlite_holds_comes_through_postgres(tmp_path: Path, address: str) -> None:
    places = (tmp_path / "a.db", address, tmp_path / "b.db")
    first, middle, last = (Store(place) for place in places)
    put(first, replace(ARTICLE, path="z\0\U0010ffff.txt", text="甲\0乙\U0010ffff"), (0, 2))
    transfer(first.database, middle.database)
    transfer(middle.database, last.database)
    assert list(last.articles()) == list(middle.articles()) == list(first.articles())
    for store in (first, middle, last):
        store.close()


@pytest.mark.parametrize("index", ["embedded", "milvus"])
def test_servers_follow_a_database_that_is_put_back_to_an_earlier_state(
    server: Opening,
    folder: Path,
    tmp_path: Path,
    index: str,
    request: pytest.FixtureRequest,
) -> None:
    """As by its own point-in-time recovery, beneath servers that go on running."""
    address = None if index == "embedded" else request.getfixturevalue("milvus")
    writer, reader = server("writer", address), server("reader", address)
    writer.sync(folder)
    kept = tmp_path / "kept.db"
    writer.store.database.copy_to(kept)
    write(folder, 2)
    writer.sync(folder)
    assert told(reader) == told(writer) == "23个"
    undone = writer.store.state
    tables = "meta, commits, articles, passages, vectors, sketches, files, failures, shares, syncs"
    writer.store.database.execute(f"TRUNCATE {tables}, renames")
    source = SqliteDatabase(kept)
    transfer(source, writer.store.database)
    source.close()
    before = [len(encoded(library)) for library in (writer, reader)]
    assert told(reader) == "13个"
    write(folder, 3)
    writer.sync(folder)
    assert writer.store.state.revision == undone.revision
    assert writer.store.state != undone
    assert told(writer) == told(reader) == "33个"
    third = server("third", address)
    assert told(third) == "33个"
    assert len(encoded(writer)) == before[0] + ARTICLES
    assert (len(encoded(reader)), encoded(third)) == (before[1], [])

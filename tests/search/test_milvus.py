"""qa.search.indexes.milvus: a server that goes away, many readers, and what is said of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa.search.indexes.searching
from qa import Library
from qa.config import ModelSettings
from qa.errors import LibraryConnectionError
from qa.search.indexes import Indexes, Snapshot, milvus, server
from qa.search.indexes.collection import PassageCollection
from qa.search.indexes.searching import restricted
from tests.conftest import HashEncoder
from tests.milvus_server import MilvusServer
from tests.rule_reader import RuleReader
from tests.search.test_indexes import Stage

QUESTION = "鹤山引进了多少亿元以上项目"
NUMBER = 12  # articles


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, need: Callable[[object, str], None]
) -> Iterator[MilvusServer]:
    need(find_spec("pymilvus"), "pymilvus: pip install 'yinju[milvus]'")
    need(find_spec("milvus_lite"), "milvus-lite: pip install milvus-lite")
    started = MilvusServer(tmp_path_factory.mktemp("milvus"))
    yield started
    started.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    (made / "鹤山.txt").write_text("鹤山提速\n\n鹤山市引进亿元以上项目60个。", encoding="utf-8")
    for number in range(1, NUMBER):
        text = f"第{number}镇修路\n\n第{number}镇修了{number}公里公路。"
        (made / f"{number:02d}.txt").write_text(text, encoding="utf-8")
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTING", 1.0)


def open_library(place: Path, index: str) -> Library:
    return Library.open(place, encoder=HashEncoder(), reader=RuleReader(), index=index)


def found(library: Library, query: str = QUESTION) -> list[tuple[str, str]]:
    return [(hit.article.path, hit.text) for hit in library.retrieve(query, 50)]


# -- a server that goes away ---------------------------------------------------------------------


@pytest.mark.slow
def test_a_server_lost_in_the_middle_of_a_sync(
    tmp_path: Path, folder: Path, running: MilvusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear error, nothing lost, nothing encoded twice, and the next question goes on."""
    monkeypatch.setattr(milvus, "ROWS", 5)
    put, batches = PassageCollection.put, list[int]()

    def put_and_lose(self: PassageCollection, *values: Any) -> None:
        put(self, *values)
        batches.append(len(values[1]))
        if len(batches) == 2:
            running.kill()

    with open_library(tmp_path / "library", running.address) as library:
        with monkeypatch.context() as patch:
            patch.setattr(PassageCollection, "put", put_and_lose)
            with pytest.raises(LibraryConnectionError, match="the articles are safe") as caught:
                library.sync(folder)
        assert f"http://127.0.0.1:{running.port}" in str(caught.value)
        assert library.count == NUMBER
        encoder = library.encoders.current
        assert isinstance(encoder, HashEncoder)
        encoded = len(encoder.encoded)
        running.start()
        with monkeypatch.context() as patch:
            patch.setattr(
                PassageCollection,
                "put",
                lambda self, *values: (batches.append(len(values[1])), put(self, *values))[1],
            )
            assert library.ask(QUESTION).text == "60个"
        passages = library.status().passages
        assert batches[:2] == [5, 5]
        assert sum(batches) == passages  # what was written before the loss is not written again
        assert len(encoder.encoded) == encoded
        assert {path for path, _ in found(library, "第镇修了公里公路鹤山")} == {
            path.name for path in folder.iterdir()
        }
        with open_library(tmp_path / "embedded", "embedded") as other:
            other.sync(folder)
            assert sorted(found(library)) == sorted(found(other))


@pytest.mark.slow
def test_a_server_lost_between_questions(
    tmp_path: Path, folder: Path, running: MilvusServer
) -> None:
    with open_library(tmp_path / "library", running.address) as library:
        library.sync(folder)
        assert library.ask(QUESTION).text == "60个"
        running.kill()
        with pytest.raises(LibraryConnectionError, match="see that it runs, and try again"):
            library.ask(QUESTION)
        (folder / "13.txt").write_text("开平\n\n开平市有学位900个。", encoding="utf-8")
        with pytest.raises(LibraryConnectionError, match="the articles are safe"):
            library.sync(folder)
        assert library.has("13.txt")
        running.start()
        assert library.ask(QUESTION).text == "60个"
        assert library.ask("开平市有多少学位").text == "900个"


@pytest.mark.slow
def test_a_catch_up_may_be_cut_off_anywhere(
    tmp_path: Path, running: MilvusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each of its calls: readers keep the old state until the new one is whole."""
    stage = Stage(tmp_path, running.address)
    stage.put({f"{number}.txt": f"第{number}镇修了{number}公里公路。" for number in range(4)})
    stage.catch_up(stage.indexes())
    monkeypatch.setattr(milvus, "ROWS", 2)
    call, left = server.MilvusServer.call, 0

    def cut(self: server.MilvusServer, method: str, *values: Any, **named: Any) -> Any:
        nonlocal left
        if left == 0:
            raise LibraryConnectionError("cut", "cut off")
        left -= 1
        return call(self, method, *values, **named)

    def seen(indexes: Indexes) -> set[str]:
        snapshot = indexes.latest
        assert snapshot is not None
        by_vector = stage.paths(snapshot.dense.search(stage.vector("公路"), 20))
        by_term = stage.paths(snapshot.lexical.search("公路", 20))
        assert sorted(by_vector) == sorted(by_term)
        return set(by_vector)

    old, calls, is_whole = {f"{number}.txt" for number in range(4)}, 0, False
    while not is_whole:  # each time two articles come and two go, and the cut comes later
        reader = stage.indexes()
        assert reader.matching("hash64") is not None
        gone = sorted(old, key=lambda path: int(path.partition(".")[0]))[:2]
        new = (old - {*gone}) | {f"{2 * calls + 4}.txt", f"{2 * calls + 5}.txt"}
        stage.put({path: f"第{path} 镇修了公路。" for path in new - old})
        for path in gone:
            stage.remove(path)
        with monkeypatch.context() as patch:
            patch.setattr(server.MilvusServer, "call", cut)
            left = calls
            try:
                stage.indexes().catch_up("hash64")
                is_whole = True
            except LibraryConnectionError:
                pass
        other = stage.indexes()
        if other.matching("hash64") is None:  # the stamp was not written
            assert seen(other) == seen(reader) == old
            assert reader.is_current(cast("Snapshot", reader.latest))
        else:
            assert seen(other) == new
            assert not reader.is_current(cast("Snapshot", reader.latest))
        finished = stage.catch_up(stage.indexes())
        assert len(finished.dense) == len(new)
        assert reader.matching("hash64") is not None
        assert seen(reader) == new
        at_once = stage.indexes(uuid.uuid4().hex).catch_up("hash64")
        expected = dict(at_once.lexical.search("公路修了镇", 20))
        assert dict(finished.lexical.search("公路修了镇", 20)) == pytest.approx(expected)
        old, calls = new, calls + 1
    assert calls > 10


# -- many servers on one collection --------------------------------------------------------------


def test_one_catches_up_and_the_others_follow(
    tmp_path: Path, folder: Path, running: MilvusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "library"
    with (
        open_library(place, running.address) as writer,
        open_library(place, running.address) as reader,
    ):
        writer.sync(folder)
        with monkeypatch.context() as patch:
            patch.setattr(PassageCollection, "put", None)  # whoever wrote would fail
            assert found(reader) == found(writer)
            (folder / "鹤山.txt").unlink()
            writer.sync(folder)
            assert "鹤山.txt" not in dict(found(reader))


def test_a_question_asks_nothing_of_the_server_but_to_search(
    tmp_path: Path, folder: Path, running: MilvusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_library(tmp_path / "library", running.address) as library:
        library.sync(folder)
        library.retrieve(QUESTION)
        called = list[str]()
        call = server.MilvusServer.call

        def count(self: server.MilvusServer, method: str, *values: Any, **named: Any) -> Any:
            called.append(method)
            return call(self, method, *values, **named)

        monkeypatch.setattr(server.MilvusServer, "call", count)
        library.retrieve(QUESTION)
        assert set(called) == {"search"}
        assert len(called) <= 3  # by vectors, by terms, and the terms of those found by vectors


def test_what_is_deleted_is_gone_from_the_server(
    tmp_path: Path, folder: Path, running: MilvusServer
) -> None:
    from pymilvus import MilvusClient

    client = MilvusClient(running.address.removeprefix("milvus+"))
    try:
        with open_library(tmp_path / "library", running.address) as library:
            library.sync(folder)
            prefix = f"yinju_{library._library_id()}_"
            names = [name for name in client.list_collections() if name.startswith(prefix)]
            (passages,) = (name for name in names if not name.endswith("_records"))
            (records,) = (name for name in names if name.endswith("_records"))
            library.remove("鹤山.txt")
            ids = {row["id"] for row in client.query(passages, filter="id > 0")}
            assert ids == set(library.store.passages.ids())
            rows = client.query(records, filter="token >= 0", output_fields=["text"])
            assert rows
            for row in client.query(passages, filter="id > 0", output_fields=["*"]):
                assert "公路" not in str(row)  # vectors only: the articles stay in the store
            client.drop_collection(passages)  # by somebody else: it is derived, and made again
            assert found(library, "第5镇公路")[0][0] == "05.txt"
            library.rebuild(ModelSettings())
            assert found(library, "第5镇公路")[0][0] == "05.txt"
            for path in [article.path for article in library.articles()]:
                library.remove(path)
            assert found(library) == []
    finally:
        client.close()


def test_a_collection_of_another_model_goes_when_the_new_one_is_in_force(
    tmp_path: Path, folder: Path, running: MilvusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qa.search.encoders
    from tests.search.test_encoders import NamedEncoder

    monkeypatch.setattr(qa.search.encoders, "SentenceTransformerEncoder", NamedEncoder)
    place = tmp_path / "library"
    with (
        Library.open(place, reader=RuleReader(), index=running.address) as library,
        Library.open(place, reader=RuleReader(), index=running.address) as reader,
    ):
        library.sync(folder)
        before = reader.retrieve(QUESTION)[0].dense
        library.rebuild(ModelSettings(model="another"))
        names = library.indexes._server.call("list_collections")  # type: ignore[attr-defined]
        assert sum(name.startswith(f"yinju_{library._library_id()}_") for name in names) == 2
        assert reader.retrieve(QUESTION)[0].dense == library.retrieve(QUESTION)[0].dense != before


def test_a_file_of_milvus_lite_is_a_server_of_ones_own(
    tmp_path: Path, folder: Path, need: Callable[[object, str], None]
) -> None:
    need(find_spec("milvus_lite"), "milvus-lite: pip install milvus-lite")
    from milvus_lite.server_manager import server_manager_instance

    place = tmp_path / "索引.db"
    index = f"milvus+{place.as_uri()}"
    try:
        with open_library(tmp_path / "library", index) as library:
            library.sync(folder)
            assert library.ask(QUESTION).text == "60个"
        with open_library(tmp_path / "library", index) as library:
            assert library.ask(QUESTION).text == "60个"
    finally:
        server_manager_instance.release_server(str(place))


# -- what is said of a server --------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("credentials", ["me:se%40cret", "se%40cret", ":se%40cret"])
def test_no_error_and_no_log_tells_a_password(
    credentials: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pymilvus")
    caplog.set_level(logging.DEBUG)
    asked = server.MilvusServer(f"milvus+http://{credentials}@127.0.0.1:9/news")
    with pytest.raises(LibraryConnectionError) as caught:
        asked.call("list_collections")
    told = str(caught.value)
    assert told.startswith("the index at http://127.0.0.1:9/news cannot be used (")
    streams = capfd.readouterr()
    for text in (told, caplog.text, streams.out, streams.err, repr(caught.value.__cause__)):
        assert "cret" not in text
        assert "me:" not in text


def test_a_refused_password_is_hidden_where_the_server_repeats_it() -> None:
    asked = server.MilvusServer("milvus+https://me:s3cret@host")
    error = asked._failed("UNAUTHENTICATED", "auth check failure for me:s3cret\nmore")
    assert str(error) == (
        "the index at https://host:19530 cannot be used (auth check failure for ***); the articles"
        " are safe: see that user and password in YINJU_INDEX are right, and try again"
    )


# -- many allowed passages -----------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 40), unique=True),
    st.lists(st.integers(0, 60), unique=True),
    st.integers(0, 12),
)
def test_restricting_is_as_if_one_request_named_them_all(
    ranking: Sequence[int], allowed: Sequence[int], k: int
) -> None:
    requests = list[int]()

    def find(limit: int, among: Sequence[int] | None) -> list[tuple[int, float]]:
        hits = [(one, -float(at)) for at, one in enumerate(ranking)]
        if among is not None:
            requests.append(len(among))
            hits = [hit for hit in hits if hit[0] in among]
        return hits[:limit]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(qa.search.indexes.searching, "_NAMED", 4)
        patch.setattr(qa.search.indexes.searching, "MOST", 10)
        got = [number for number, _ in restricted(find, k, allowed, len(ranking))]
        every = [number for number, _ in restricted(find, k, None, len(ranking))]
    assert got == [number for number in ranking if number in allowed][:k]
    assert every == ranking[:k]
    assert max(requests, default=0) <= 4

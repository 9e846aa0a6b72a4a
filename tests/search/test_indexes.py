"""qa.search.indexes: what every backend has to do, by the same tests for each."""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qa import Filters, Library
from qa.errors import BackendError, LibraryStaleError, LibraryWriteError, YinjuError
from qa.search.indexes import EMBEDDED, Indexes, Snapshot, indexed_texts, open_indexes
from qa.store.store import Store
from qa.syncing.ingest import Ingest
from qa.types import Article
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader
from tests.syncing.test_concurrency import state_of, write

TEXTS = {
    "a.txt": "鹤山引进亿元以上项目60个，计划总投资209亿元。",
    "b.txt": "梅江区引进亿元以上项目8个。",
    "c.txt": "潮州专家智库正式成立，首批聘请26位专家。",
    "d.txt": "IT之家消息，英特尔发布 XeSS 1.2.0。",
}
QUERY = "鹤山引进了多少亿元以上项目"


@pytest.fixture(params=["embedded", "milvus"])
def address(request: pytest.FixtureRequest) -> str:
    return EMBEDDED if request.param == EMBEDDED else request.getfixturevalue("milvus")


@dataclass
class Stage:
    """A store, and indexes of it as processes have them: each call of ``indexes`` is another."""

    folder: Path
    address: str
    encoder: HashEncoder = field(default_factory=HashEncoder)
    library_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "library.db")

    def indexes(self, library_id: str | None = None) -> Indexes:
        folder = self.folder / "index"
        return open_indexes(self.address, folder, self.store, library_id or self.library_id)

    def put(self, texts: dict[str, str], encoder: HashEncoder | None = None) -> None:
        ingest = Ingest(self.store, encoder or self.encoder)
        for path, text in texts.items():
            ingest.put(Article(0, path, "", "", None, "", text, text), path)
        ingest.flush()

    def remove(self, path: str) -> None:
        with self.store.transaction():
            self.store.remove_article(path)

    def vector(self, text: str) -> Any:
        return self.encoder.encode_queries([text])[0]

    def paths(self, found: list[tuple[int, float]]) -> list[str]:
        articles = self.store.passages.get(number for number, _ in found)
        return [articles[number][1].path for number, _ in found]

    def catch_up(self, indexes: Indexes) -> Snapshot:
        snapshot = indexes.catch_up(self.encoder.fingerprint)
        self.store.purge()
        return snapshot


@pytest.fixture
def stage(tmp_path: Path, address: str) -> Iterator[Stage]:
    made = Stage(tmp_path, address)
    made.put(TEXTS)
    yield made
    made.store.close()


def test_nothing_is_in_force_before_it_was_made(stage: Stage) -> None:
    indexes = stage.indexes()
    assert indexes.latest is None
    assert indexes.matching("hash64") is None


def test_an_empty_store_has_an_index_that_finds_nothing(tmp_path: Path, address: str) -> None:
    stage = Stage(tmp_path, address)
    indexes = stage.indexes()
    snapshot = indexes.catch_up("hash64")
    assert len(snapshot.dense) == 0
    assert snapshot.dense.search(stage.vector(QUERY), 5) == []
    assert snapshot.lexical.search(QUERY, 5) == []
    stage.put(TEXTS)
    snapshot = indexes.catch_up("hash64")
    assert len(snapshot.dense) == 4
    assert stage.paths(snapshot.lexical.search("智库", 5)) == ["c.txt"]


def test_dense_search_is_by_cosine_best_first(stage: Stage) -> None:
    dense = stage.catch_up(stage.indexes()).dense
    query = stage.vector(QUERY)
    found = dense.search(query, 10)
    ids, vectors = stage.store.vectors.of_passages("hash64", stage.store.passages.ids())
    cosines = dict(zip(ids, (vectors @ query).tolist(), strict=True))
    assert [number for number, _ in found] == sorted(ids, key=lambda one: -cosines[one])
    assert dict(found) == pytest.approx(cosines, abs=1e-6)
    assert dense.search(query, 2) == found[:2]
    assert dense.scores(query, ids[::-1]).tolist() == pytest.approx(
        [cosines[number] for number in ids[::-1]], abs=1e-6
    )
    assert dense.scores(query, []).shape == (0,)
    assert dense.search(query, 0) == []


def test_lexical_search_is_by_shared_terms_and_their_rarity(stage: Stage) -> None:
    lexical = stage.catch_up(stage.indexes()).lexical
    found = lexical.search(QUERY, 10)
    assert stage.paths(found) == ["a.txt", "b.txt"]  # 鹤山 is in one, 亿元以上项目 in both
    assert found[0][1] > found[1][1] > 0
    assert stage.paths(lexical.search("英特爾 ＸeSS", 10)) == ["d.txt"]  # as matching folds
    assert lexical.search("，。", 10) == lexical.search("天气", 10) == []
    every = stage.store.passages.ids()
    scores = lexical.scores(QUERY, every)
    assert scores == pytest.approx(dict.fromkeys(every, 0.0) | dict(found))
    assert lexical.scores("天气", every) == dict.fromkeys(every, 0.0)


def test_all_passages_that_have_a_word_are_known(stage: Stage) -> None:
    lexical = stage.catch_up(stage.indexes()).lexical

    def paths(word: str) -> list[str]:
        return sorted(stage.paths([(number, 1.0) for number in lexical.having(word)]))

    assert paths("项目") == paths("亿元以上项目") == ["a.txt", "b.txt"]
    assert paths("鄉村") == paths("山江") == paths("6") == paths("，") == paths("") == []
    assert paths("專家智庫") == ["c.txt"]
    assert paths("XeSS") == ["d.txt"]
    assert paths("60") == ["a.txt"]


def test_more_passages_than_a_server_gives_at_once_have_a_word(
    tmp_path: Path, milvus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, milvus)
    stage.put({f"{number}.txt": f"第{number}个项目。" for number in range(30)})
    lexical = stage.catch_up(stage.indexes()).lexical
    monkeypatch.setattr("qa.search.indexes.searching.MOST", 10)
    monkeypatch.setattr("qa.search.indexes.searching._NAMED", 7)
    assert len(lexical.having("项目")) == 30
    assert len(lexical.having("29")) == 1
    stage.store.close()


def test_only_allowed_passages_are_found(stage: Stage) -> None:
    snapshot = stage.catch_up(stage.indexes())
    first, second, *_ = stage.store.passages.ids()
    query = stage.vector(QUERY)
    for found in (
        snapshot.dense.search(query, 5, [second]),
        snapshot.lexical.search(QUERY, 5, [second]),
    ):
        assert stage.paths(found) == ["b.txt"]
    assert snapshot.dense.search(query, 5, []) == snapshot.lexical.search(QUERY, 5, []) == []
    assert snapshot.lexical.search("智库", 5, [first, second]) == []
    named = snapshot.lexical.search(QUERY, 5, [second, first, 999])
    assert dict(named) == pytest.approx(dict(snapshot.lexical.search(QUERY, 5)))
    assert stage.paths(named) == ["a.txt", "b.txt"]


def test_a_hundred_thousand_allowed_passages_are_no_trouble(stage: Stage) -> None:
    snapshot = stage.catch_up(stage.indexes())
    first, *others = stage.store.passages.ids()
    allowed = [*others, *range(1_000, 101_000)]
    query = stage.vector(QUERY)
    every = [hit for hit in snapshot.dense.search(query, 9) if hit[0] != first]
    found = snapshot.dense.search(query, 9, allowed)
    assert [number for number, _ in found] == [number for number, _ in every]
    assert stage.paths(snapshot.lexical.search(QUERY, 9, allowed)) == ["b.txt"]
    assert stage.paths(snapshot.lexical.search(QUERY, 9, [*allowed, first])) == ["a.txt", "b.txt"]


def test_the_best_of_what_is_allowed_are_found_however_far_from_the_best_of_all(
    stage: Stage,
) -> None:
    stage.put({f"near{n}.txt": f"鹤山引进了多少亿元以上项目{n}" for n in range(300)})
    snapshot = stage.catch_up(stage.indexes())
    articles = stage.store.passages.get(stage.store.passages.ids())
    far = [number for number, (_, article) in articles.items() if article.path in TEXTS]
    query = stage.vector(QUERY)
    cosines = dict(zip(far, snapshot.dense.scores(query, far).tolist(), strict=True))
    assert not {number for number, _ in snapshot.dense.search(query, 200)} & {*far}
    assert dict(snapshot.dense.search(query, 9, far)) == pytest.approx(cosines, abs=1e-6)
    best = max(far, key=lambda number: cosines[number])
    assert [number for number, _ in snapshot.dense.search(query, 1, far)] == [best]
    assert stage.paths(snapshot.lexical.search(QUERY, 1, far)) == ["a.txt"]
    assert stage.paths(snapshot.lexical.search(QUERY, 9, far)) == ["a.txt", "b.txt"]


def test_an_article_that_goes_is_not_found_and_can_come_again(stage: Stage) -> None:
    indexes = stage.indexes()
    before = stage.catch_up(indexes)
    (number, score), _ = before.lexical.search(QUERY, 9)
    stage.remove("a.txt")
    without = stage.catch_up(indexes)
    assert len(without.dense) == 3
    assert number not in dict(without.dense.search(stage.vector(QUERY), 9))
    assert stage.paths(without.lexical.search(QUERY, 9)) == ["b.txt"]
    stage.put({"a.txt": TEXTS["a.txt"]})
    again = stage.catch_up(indexes)
    assert len(again.dense) == 4
    (new, same), _ = again.lexical.search(QUERY, 9)
    assert new != number
    assert same == pytest.approx(score)  # rarity is counted as if it had never been away


def test_what_is_caught_up_is_as_if_it_were_made_at_once(stage: Stage, tmp_path: Path) -> None:
    indexes = stage.indexes()
    stage.catch_up(indexes)
    for number in range(8):
        stage.put({f"{number}.txt": f"鹤山第{number}镇引进项目{number}个，总投资{number}亿元。"})
        stage.catch_up(indexes)
    stage.remove("3.txt")
    stage.remove("b.txt")
    step_by_step = stage.catch_up(indexes)
    at_once = stage.catch_up(stage.indexes(uuid.uuid4().hex))
    query = stage.vector(QUERY)
    assert dict(step_by_step.dense.search(query, 20)) == pytest.approx(
        dict(at_once.dense.search(query, 20))
    )
    found, expected = (one.lexical.search(QUERY, 20) for one in (step_by_step, at_once))
    assert dict(found) == pytest.approx(dict(expected))
    assert len(found) == 8


def test_another_process_takes_what_is_in_force(stage: Stage) -> None:
    writer, reader = stage.indexes(), stage.indexes()
    stage.catch_up(writer)
    snapshot = reader.matching("hash64")
    assert snapshot is not None
    assert snapshot is reader.latest
    assert snapshot.fingerprint == "hash64"
    assert stage.paths(snapshot.lexical.search("智库", 5)) == ["c.txt"]
    assert reader.matching("hash64") is snapshot


def test_an_index_of_another_state_library_or_model_is_not_trusted(stage: Stage) -> None:
    writer, reader = stage.indexes(), stage.indexes()
    snapshot = stage.catch_up(writer)
    assert stage.indexes("another").matching("hash64") is None
    assert stage.indexes().matching("another") is None
    assert reader.matching("hash64") is not None
    stage.put({"e.txt": "开平市修了12公里公路。"})
    assert reader.matching("hash64") is None
    last = reader.latest
    assert last is not None  # to be used while the writer is at work
    assert stage.paths(last.lexical.search("智库", 5)) == ["c.txt"]
    assert reader.is_current(last)
    assert writer.is_current(snapshot)
    newest = stage.catch_up(writer)
    assert not reader.is_current(last)
    assert not writer.is_current(snapshot)
    assert writer.is_current(newest)
    found = reader.matching("hash64")
    assert found is not None
    assert stage.paths(found.lexical.search("公路", 5)) == ["e.txt"]


def test_passages_without_vectors_are_refused_and_the_old_index_stays(stage: Stage) -> None:
    indexes = stage.indexes()
    stage.catch_up(indexes)
    with pytest.raises(LibraryStaleError, match="yinju rebuild"):
        indexes.catch_up("another")
    last = stage.indexes().matching("hash64")
    assert last is not None
    assert len(last.dense) == 4


def test_another_model_takes_the_place_of_the_first(stage: Stage) -> None:
    indexes, reader = stage.indexes(), stage.indexes()
    stage.catch_up(indexes)
    reader.matching("hash64")
    other = HashEncoder("other")
    stage.put(TEXTS, other)
    snapshot = indexes.catch_up("other")
    assert snapshot.fingerprint == "other"
    assert stage.paths(snapshot.dense.search(stage.vector(TEXTS["c.txt"]), 1)) == ["c.txt"]
    assert reader.matching("hash64") is None
    found = reader.matching("other")
    assert found is not None
    assert len(found.dense) == 4


# -- a store that was put back to an earlier state ------------------------------------------------


UNDONE = {"e.txt": "开平市修了12公里公路。", "f.txt": "台山市有学位900个。"}
INSTEAD = {"e.txt": "恩平市建成三座港口。", "f.txt": "新会区种植陈皮十万亩。"}


def put_back(stage: Stage, copy: Path) -> None:
    """Let the store be again what it was when it was copied."""
    stage.store.close()
    for path in stage.folder.glob("library.db*"):
        path.unlink()
    shutil.copy(copy, stage.folder / "library.db")
    stage.store = Store(stage.folder / "library.db")


def cut_off(self: Any, *_: object) -> None:
    raise LibraryWriteError("cut_off", "cut off")


@pytest.mark.parametrize("is_cut_off", [False, True], ids=["whole", "cut off"])
@pytest.mark.parametrize("is_loaded", [False, True], ids=["files", "memory"])
def test_an_index_of_a_state_that_was_undone_is_made_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, *, is_cut_off: bool, is_loaded: bool
) -> None:
    """The numbers of revisions and passages come again, and mean something else."""
    stage.catch_up(stage.indexes())
    copy = stage.folder / "copy.db"
    stage.store.database.copy_to(copy)
    stage.put(UNDONE)
    undone, ids = stage.store.state, stage.store.passages.ids()
    indexes = stage.indexes()
    with monkeypatch.context() as patch:
        if is_cut_off:  # after the passages were written, and before they are in force
            patch.setattr("qa.search.indexes.ledger.Ledger.write", cut_off)
            patch.setattr("qa.search.index_files.Generations.commit", cut_off)
            with pytest.raises(LibraryWriteError):
                stage.catch_up(indexes)
        else:
            stage.catch_up(indexes)
    put_back(stage, copy)
    if is_loaded:  # by a server that went on running
        indexes._store = stage.store  # type: ignore[attr-defined]
    else:
        indexes = stage.indexes()
    stage.put(INSTEAD)
    assert (stage.store.revision, stage.store.passages.ids()) == (undone.revision, ids)
    assert indexes.matching("hash64") is None
    last = indexes.latest
    assert last is None or stage.store.still_has(last.state) == is_cut_off
    encoded = len(stage.encoder.encoded)
    snapshot = stage.catch_up(indexes)
    assert stage.paths(snapshot.lexical.search("公路", 5)) == []
    for path, text in {**TEXTS, **INSTEAD}.items():
        ((number, cosine),) = snapshot.dense.search(stage.vector(f"\n{text}"), 1)
        assert (stage.paths([(number, 1)]), cosine) == ([path], pytest.approx(1, abs=1e-3))
        assert stage.paths(snapshot.lexical.search(text, 1)) == [path]
    assert len(stage.encoder.encoded) == encoded
    other = open_indexes(stage.address, stage.folder / "other", stage.store, uuid.uuid4().hex)
    expected = dict(other.catch_up("hash64").lexical.search("陈皮港口公路", 9))
    assert dict(snapshot.lexical.search("陈皮港口公路", 9)) == pytest.approx(expected)
    again = stage.indexes().matching("hash64")  # by another process
    assert again is not None
    assert stage.paths(again.lexical.search("陈皮", 5)) == ["f.txt"]


def test_an_index_of_a_state_that_the_store_went_on_from_is_caught_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.catch_up(stage.indexes())
    copy = stage.folder / "copy.db"
    stage.store.database.copy_to(copy)
    put_back(stage, copy)  # nothing was lost
    assert stage.indexes().matching("hash64") is not None
    stage.put(UNDONE)
    texts: list[str] = []
    original = indexed_texts

    def noting(store: Store, ids: Any) -> Iterator[tuple[int, str]]:
        for number, text in original(store, ids):
            texts.append(text)
            yield number, text

    monkeypatch.setattr("qa.search.indexes.embedded.indexed_texts", noting)
    monkeypatch.setattr("qa.search.indexes.milvus.indexed_texts", noting)
    assert len(stage.catch_up(stage.indexes()).dense) == 6
    assert [text.strip() for text in texts] == list(UNDONE.values())  # and not the others again


# -- whole libraries -----------------------------------------------------------------------------


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    for path, text in TEXTS.items():
        (folder / path).write_text(
            f"{text[:6]}\n来源：日报 2023-11-1{len(text) % 9}\n\n{text}", "utf-8"
        )
    return folder


def open_library(place: Path, address: str) -> Library:
    return Library.open(place, encoder=HashEncoder(), reader=RuleReader(), index=address)


def test_filters_restrict_what_is_found(tmp_path: Path, articles: Path, address: str) -> None:
    with open_library(tmp_path / "library", address) as library:
        library.sync(articles)
        for article in library.articles():
            day = article.published
            assert day is not None
            hits = library.retrieve(QUERY, 9, Filters(since=day, until=day))
            assert {hit.article.published for hit in hits} == {day}
            hits = library.retrieve(QUERY, 9, Filters(path=article.path))
            assert {hit.article.path for hit in hits} == {article.path}
        assert library.retrieve(QUERY, 9, Filters(since=date(2030, 1, 1))) == []


def test_every_search_sees_one_state_while_a_writer_is_at_work(
    tmp_path: Path, address: str
) -> None:
    folder, place = tmp_path / "articles", tmp_path / "library"
    folder.mkdir()
    write(folder, 1)
    with open_library(place, address) as library, open_library(place, address) as other:
        library.sync(folder)
        stop, seen, errors = threading.Event(), set[str](), list[BaseException]()

        def look(at: Library) -> None:
            try:
                while not stop.is_set():
                    seen.add(state_of(at))
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=look, args=(at,)) for at in (library, other, other)]
        for thread in threads:
            thread.start()
        for state in (2, 3, 4):
            write(folder, state)
            library.sync(folder)
            time.sleep(0.2)
        stop.set()
        for thread in threads:
            thread.join()
        assert errors == []
        assert seen <= {"1", "2", "3", "4"}
        assert state_of(other) == "4"


@pytest.mark.slow
def test_both_find_and_answer_the_same_about_the_seeds(
    tmp_path: Path, seeds_folder: Path, milvus: str
) -> None:
    import json

    questions = json.loads(
        (Path(__file__).parents[1] / "questions" / "seeds.json").read_text(encoding="utf-8")
    )
    with (
        open_library(tmp_path / "one", EMBEDDED) as embedded,
        open_library(tmp_path / "two", milvus) as served,
    ):
        for library in (embedded, served):
            library.sync(seeds_folder)
        equal = 0
        for question in questions:
            asked = question["question"]
            first, second = (
                [(hit.article.path, hit.passage.start) for hit in library.retrieve(asked, 10)]
                for library in (embedded, served)
            )
            assert first[0] == second[0], asked
            assert len(set(first) & set(second)) >= 8, asked
            # The approximate index may let another passage in at the end of the ten, and the reader
            # reads them all; what was found equally is answered equally.
            if first == second:
                both = embedded, served
                one, two = (library.ask(asked, question["history"]) for library in both)
                assert (one.status, one.text) == (two.status, two.text), asked
                equal += 1
        assert equal >= len(questions) // 2, equal


# -- the address ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "qdrant+http://me:secret@host",
        "milvus",
        "milvus+http://",
        "milvus+ftp://me:secret@host",
        "milvus+http://me:secret@host:port",
        "milvus+http://me:secret@host/a/b",
        "milvus+http://me:12#secret@host",
        "milvus+file:///secret",
        "me:secret@host",
    ],
)
def test_an_address_that_is_none_is_refused_and_not_repeated(tmp_path: Path, address: str) -> None:
    with pytest.raises(BackendError, match="YINJU_INDEX") as caught:
        Library.open(tmp_path, encoder=HashEncoder(), index=address)
    assert "secret" not in str(caught.value)


def test_the_environment_names_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINJU_INDEX", "nowhere")
    with pytest.raises(BackendError, match="names no known index"):
        Library.open(tmp_path, encoder=HashEncoder())
    with Library.open(tmp_path, encoder=HashEncoder(), index=EMBEDDED) as library:
        assert library.retrieve(QUERY) == []


def test_a_missing_package_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import qa.search.indexes.milvus

    monkeypatch.setattr(qa.search.indexes.milvus, "find_spec", lambda _: None)
    with pytest.raises(BackendError, match=r"run: pip install 'yinju\[milvus\]'$"):
        Library.open(tmp_path, encoder=HashEncoder(), index="milvus+https://host")


# -- flaws ---------------------------------------------------------------------------------------


def test_an_index_of_nothing_need_not_be_there(tmp_path: Path, address: str) -> None:
    stage = Stage(tmp_path, address)
    assert stage.indexes().flaw(stage.encoder.fingerprint) is None
    stage.store.close()


def test_what_is_not_of_this_state_of_the_store_is_a_flaw(stage: Stage) -> None:
    indexes, fingerprint = stage.indexes(), stage.encoder.fingerprint
    assert code_of(indexes.flaw(fingerprint)) == "index_behind"
    indexes.catch_up(fingerprint)
    assert indexes.flaw(fingerprint) is None
    assert stage.indexes().flaw(fingerprint) is None
    stage.remove("a.txt")
    assert code_of(indexes.flaw(fingerprint)) == "index_behind"
    indexes.catch_up(fingerprint)
    assert indexes.flaw(fingerprint) is None
    assert code_of(indexes.flaw("another")) == "index_behind"
    with stage.store.transaction(revises=False):
        stage.store.database.execute("DELETE FROM passages WHERE id = 2")
    assert code_of(indexes.flaw(fingerprint)) == "index_of_other_passages"


def test_what_is_discarded_is_made_anew(stage: Stage) -> None:
    indexes, fingerprint = stage.indexes(), stage.encoder.fingerprint
    indexes.catch_up(fingerprint)
    with stage.store.transaction(revises=False):
        stage.store.database.execute("DELETE FROM passages WHERE id = 2")
    indexes.catch_up(fingerprint)
    assert code_of(indexes.flaw(fingerprint)) == "index_of_other_passages"
    indexes.discard()
    assert code_of(indexes.flaw(fingerprint)) == "index_behind"
    made = indexes.catch_up(fingerprint)
    assert indexes.flaw(fingerprint) is None
    assert len(made.dense) == len(stage.store.passages.ids())


def code_of(error: YinjuError | None) -> str:
    return error.code if error is not None else ""

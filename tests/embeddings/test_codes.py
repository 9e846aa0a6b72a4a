"""embeddings.codes: an index of many vectors, and a library on it, beside the exact ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import embeddings.index
import qa.search.retrieval
from embeddings import IndexDamagedError, Vectors
from embeddings.codes import Codes
from embeddings.index import VectorIndex
from qa import Library
from tests.conftest import ROOT, HashEncoder
from tests.rule_reader import RuleReader

COUNT, DIMENSION = 4_000, 32


def clustered(count: int = COUNT, seed: int = 0) -> Vectors:
    """Return unit vectors in a cone, around 50 centres, as embeddings of texts lie."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(50, DIMENSION)) + 2.0
    rows = centres[draw.integers(50, size=count)] + 0.7 * draw.normal(size=(count, DIMENSION))
    unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def index_of(vectors: Vectors, ids: list[int] | None = None) -> VectorIndex:
    index = VectorIndex(vectors.shape[1])
    index.add(ids if ids is not None else range(len(vectors)), vectors)
    return index


def nearest(vectors: Vectors, query: Vectors, k: int) -> set[int]:
    return set(np.argsort(-(vectors @ query))[:k].tolist())


@pytest.fixture
def few_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have 5 k vectors looked at, however few these are."""
    monkeypatch.setattr(embeddings.index, "_LEAST", 1)


@pytest.fixture(scope="module")
def settled() -> VectorIndex:
    """An index of ``clustered()`` with codes, under ids 10 times the rows.  For reading only."""
    index = index_of(clustered(), [10 * row for row in range(COUNT)])
    assert index.settle(100)
    return index


QUERIES = clustered(50, seed=1)


@pytest.mark.usefixtures("few_looked_at")
@pytest.mark.parametrize(("k", "bound"), [(1, 0.9), (10, 0.99), (100, 0.99)])
def test_few_of_the_nearest_are_missed(settled: VectorIndex, k: int, bound: float) -> None:
    vectors = clustered()
    hits = 0
    for query in QUERIES:
        found = [number // 10 for number, _ in settled.search(query, k)]
        assert len(found) == len(set(found)) == k
        hits += len(nearest(vectors, query, k) & set(found))
    assert hits / (k * len(QUERIES)) >= bound


def test_the_codes_alone_would_miss_many() -> None:
    vectors = clustered()
    index = index_of(vectors)
    codes = Codes.of(index._index.index, np.arange(COUNT))
    missed = sum(
        len(nearest(vectors, query, 100) - set(codes.nearest(query, 100).tolist()))
        for query in QUERIES
    )
    assert 0.01 < missed / (100 * len(QUERIES)) < 0.5  # else looking at more proves nothing


def test_scores_are_exact_and_best_first(settled: VectorIndex) -> None:
    vectors = clustered()
    for query in QUERIES:
        ids, scores = zip(*settled.search(query, 20), strict=True)
        rows = np.asarray(ids) // 10
        np.testing.assert_allclose(scores, vectors[rows] @ query, atol=1e-6)
        assert list(scores) == sorted(scores, reverse=True)
        np.testing.assert_allclose(settled.scores(query, ids), scores, atol=1e-6)
        assert {type(value) for value in (*ids, *scores)} == {int, float}


def test_more_than_there_are_is_all_of_them(settled: VectorIndex) -> None:
    found = settled.search(QUERIES[0], 2 * COUNT)
    assert [number // 10 for number, _ in found] == np.argsort(
        -(clustered() @ QUERIES[0]), kind="stable"
    ).tolist()


@pytest.mark.usefixtures("few_looked_at")
@pytest.mark.parametrize("share", [0.001, 0.1, 0.9])
def test_among_allowed_ids_it_is_exact(settled: VectorIndex, share: float) -> None:
    vectors = clustered()
    rows = np.random.default_rng(2).choice(COUNT, int(share * COUNT), replace=False)
    allowed = [*(10 * rows).tolist(), 7, 10**12]  # two that it does not hold
    for query in QUERIES[:5]:
        found = [number // 10 for number, _ in settled.search(query, 10, allowed)]
        assert found == rows[np.argsort(-(vectors[rows] @ query))[:10]].tolist()
    assert settled.search(QUERIES[0], 10, []) == []


@pytest.mark.usefixtures("few_looked_at")
def test_the_order_of_addition_does_not_matter() -> None:
    vectors = clustered()
    shuffled = np.random.default_rng(3).permutation(COUNT)
    one, other = index_of(vectors), index_of(vectors[shuffled], shuffled.tolist())
    assert one.settle(100)
    assert other.settle(100)
    for query in QUERIES:
        first, second = one.search(query, 30), other.search(query, 30)
        assert [number for number, _ in first] == [number for number, _ in second]


# -- when it is compressed ------------------------------------------------------------------------


def test_it_is_compressed_above_the_limit_and_anew_when_twice_or_half_as_many() -> None:
    vectors = clustered()
    index = index_of(vectors[:1000])
    assert not index.settle(1000)
    assert index.settle(999)
    assert not index.settle(999)
    index.add(range(1000, 2000), vectors[1000:2000])
    assert not index.settle(100)  # twice as many, but no more
    index.add([2000], vectors[2000:2001])
    assert index.settle(100)
    index.remove(range(1000))
    assert len(index) == 1001
    assert not index.settle(100)
    index.remove([1000])
    assert index.settle(100)
    assert index.settle(1000)  # no more than the limit: exact again
    assert not index.settle(1000)
    assert index.search(QUERIES[0], 2000) == index_of(vectors).search(
        QUERIES[0], 2000, range(1001, 2001)
    )


def test_the_limit_is_the_one_that_was_measured() -> None:
    index = VectorIndex(2)
    turns = np.linspace(0, 1, embeddings.index.EXACT_UP_TO + 1, dtype=np.float32)
    index.add(range(len(turns)), np.stack([np.cos(turns), np.sin(turns)], axis=1))
    index.remove([0])
    assert not index.settle()
    index.add([0], np.asarray([[1, 0]]))
    assert index.settle()


def test_what_cannot_be_compressed_stays_exact() -> None:
    for count in range(16):
        assert not index_of(clustered(count)).settle(0)
    assert index_of(clustered(16)).settle(0)
    odd = clustered(100)[:, :31]
    assert not index_of(np.ascontiguousarray(odd)).settle(0)


def test_few_vectors_are_compressed_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    assert index_of(clustered(20)).settle(0)
    assert capfd.readouterr() == ("", "")


# -- additions, removals, copies ------------------------------------------------------------------

APART = clustered(60, seed=4)  # each is found by its own vector


def assert_holds(index: VectorIndex, ids: set[int]) -> None:
    assert sorted(index.ids.tolist()) == sorted(ids)
    assert len(index) == len(ids)
    for number in ids:
        ((found, score),) = index.search(APART[number], 1)
        assert found == number
        assert score == pytest.approx(1.0, abs=1e-6)


@given(
    st.sets(st.integers(0, 59), min_size=16),
    st.lists(
        st.tuples(st.sampled_from(["add", "remove", "settle"]), st.sets(st.integers(0, 69))),
        max_size=8,
    ),
)
def test_after_any_steps_it_holds_exactly_what_is_left(
    first: set[int], steps: list[tuple[str, set[int]]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embeddings.index, "_LEAST", 1)
        patch.setattr(embeddings.index, "_LOOKED_AT", 2)
        held = set(first)
        index = index_of(APART[sorted(held)], sorted(held))
        assert index.settle(0)
        for step, ids in steps:
            if step == "add":
                new = sorted(number for number in ids - held if number < len(APART))
                index.add(new, APART[new])
                held |= set(new)
            elif step == "remove":
                index.remove(sorted(ids))
                held -= ids
            else:
                index.settle(10)
            assert_holds(index, held)


@pytest.mark.usefixtures("few_looked_at")
def test_a_copy_is_independent() -> None:
    index = index_of(APART[:50])
    assert index.settle(0)
    twin = index.copy()
    twin.remove([7])
    twin.add([55], APART[55:56])
    assert_holds(index, set(range(50)))
    assert_holds(twin, set(range(50)) - {7} | {55})
    twin.remove([*range(60)])
    again = twin.copy()
    assert again.search(APART[0], 5) == []
    again.add(range(20), APART[:20])
    assert_holds(again, set(range(20)))
    assert again.settle(10)  # less than half of what it was made for


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few_looked_at")
def test_a_saved_index_is_the_same_when_loaded(tmp_path: Path) -> None:
    path = tmp_path / "dense.faiss"
    index = index_of(clustered(1000))
    index.settle(100)
    index.save(path)
    loaded = VectorIndex.load(path)
    for query in QUERIES:
        assert loaded.search(query, 10) == index.search(query, 10)
    assert not loaded.settle(100)
    loaded.remove(range(501))
    assert loaded.settle(100)  # it knows what it was made for
    assert loaded.ids.tolist() == list(range(501, 1000))
    loaded.settle(1000)
    loaded.save(path)
    assert path.stat().st_size < 499 * (4 * DIMENSION + 8) + 200  # the codes are gone


@pytest.mark.parametrize("left", [8, 7, 1, 0, -1, -8, -9, -100, -2000])
def test_a_file_of_another_length_is_reported(tmp_path: Path, left: int) -> None:
    """8 bytes at the end tell for how many vectors the codes were made."""
    path = tmp_path / "dense.faiss"
    index = index_of(clustered(200))
    index.save(path)
    exact = path.read_bytes()
    index.settle(100)
    index.save(path)
    data = path.read_bytes()
    assert data.startswith(exact)
    cut = exact + data[len(exact) : len(exact) + left] if left > 0 else data[: len(data) + left]
    path.write_bytes(cut + b"\0" if left == 0 else cut)
    with pytest.raises(IndexDamagedError, match=r"dense\.faiss"):
        VectorIndex.load(path)


def test_codes_of_other_vectors_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "dense.faiss"
    index, fewer = index_of(clustered(200)), index_of(clustered(199))
    fewer.settle(100)
    index.save(path)
    with path.open("ab") as file:
        assert fewer._codes is not None
        fewer._codes.write(file)
    with pytest.raises(IndexDamagedError, match=r"dense\.faiss does not fit its codes"):
        VectorIndex.load(path)


def test_something_else_behind_the_vectors_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "dense.faiss"
    index_of(clustered(200)).save(path)
    with path.open("ab") as file:
        file.write(faiss.serialize_index(faiss.IndexFlatIP(DIMENSION)).tobytes() + bytes(8))
    with pytest.raises(
        IndexDamagedError, match=r"dense\.faiss cannot be read: codes of an unknown kind"
    ):
        VectorIndex.load(path)


# -- whole libraries ------------------------------------------------------------------------------

NEW = "开平市今天新开了一家卖帆布鞋的旧书店，店主说一共进了1234双。\n"
SOUGHT = 10


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let more than 50 passages be many; give the sizes for which codes were made."""
    sizes: list[int] = []
    of = Codes.of

    def count(flat: Any, order: Any) -> Codes:
        sizes.append(len(order))
        return of(flat, order)

    monkeypatch.setattr(Codes, "of", count)
    monkeypatch.setattr(qa.search.retrieval, "CANDIDATES", SOUGHT)
    monkeypatch.setattr(embeddings.index, "_LEAST", 1)
    monkeypatch.setattr(embeddings.index, "EXACT_UP_TO", 50)
    return sizes


def open_library(place: Path) -> Library:
    return Library.open(place, encoder=HashEncoder(), reader=RuleReader())


def test_a_library_answers_the_seeds_as_the_exact_one_does(
    tmp_path: Path, seeds_folder: Path, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = json.loads((ROOT / "tests/questions/seeds.json").read_text(encoding="utf-8"))
    with open_library(tmp_path / "one") as exact, open_library(tmp_path / "two") as other:
        other.sync(seeds_folder)
        assert made == [other.status().passages]
        assert made[0] > 2 * 5 * SOUGHT  # most are not looked at
        monkeypatch.setattr(embeddings.index, "EXACT_UP_TO", 10**6)
        exact.sync(seeds_folder)
        assert len(made) == 1
        for question in questions:
            asked, history = question["question"], question["history"]
            one, two = (
                {(hit.article.path, hit.passage.start): hit.score for hit in hits}
                for hits in (exact.retrieve(asked, 10), other.retrieve(asked, 10))
            )
            assert two == pytest.approx(one, abs=1e-5), asked
            first, second = exact.ask(asked, history), other.ask(asked, history)
            assert (first.status, first.text) == (second.status, second.text), asked


def test_an_added_article_is_found_and_nothing_is_compressed_for_it(
    tmp_path: Path, seed_texts: dict[str, str], made: list[int]
) -> None:
    folder, place = tmp_path / "articles", tmp_path / "library"
    folder.mkdir()
    for name, text in seed_texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    with open_library(place) as library, open_library(place) as reader:
        library.sync(folder)
        (folder / "new.txt").write_text(NEW, encoding="utf-8")
        library.sync(folder)
        for asked in (library, reader):
            assert asked.retrieve("卖帆布鞋的旧书店", 1)[0].article.path == "new.txt"
        (folder / "new.txt").unlink()
        library.sync(folder)
        for asked in (library, reader):
            assert asked.retrieve("卖帆布鞋的旧书店", 1)[0].article.path != "new.txt"
        assert len(made) == 1
        for name in sorted(seed_texts)[1:]:  # until it is small again
            (folder / name).unlink()
            library.sync(folder)
        left = library.status().passages
        assert 0 < left <= 50
        dense = library.current_indexes.current()[0].dense
        assert isinstance(dense, VectorIndex)
        assert dense._codes is None
        question = "梅江区上半年规上工业总产值是多少"
        assert library.retrieve(question) == reader.retrieve(question) != []
    with open_library(place) as again:
        assert again.status().passages == left


def test_the_switch_is_one_whole_step_for_every_process(
    tmp_path: Path, seed_texts: dict[str, str], made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, place = tmp_path / "articles", tmp_path / "library"
    folder.mkdir()
    for name, text in seed_texts.items():
        (folder / name).write_text(text, encoding="utf-8")

    def codes_of_another() -> Codes | None:
        with open_library(place) as another:
            dense = another.current_indexes.current()[0].dense
            assert isinstance(dense, VectorIndex)
            assert len(dense) == another.status().passages
            return dense._codes

    with open_library(place) as library:
        monkeypatch.setattr(embeddings.index, "EXACT_UP_TO", 1000)
        library.sync(folder)
        monkeypatch.setattr(embeddings.index, "EXACT_UP_TO", library.status().passages)
        assert codes_of_another() is None
        (folder / "new.txt").write_text(NEW, encoding="utf-8")
        library.sync(folder)  # so few that the file of vectors would else have stayed
        assert made == [library.status().passages]
        codes = codes_of_another()
        assert codes is not None
        assert len(codes) == codes.trained_for == made[0]
        (folder / "new.txt").unlink()
        library.sync(folder)
        assert codes_of_another() is None
        assert len(made) == 1

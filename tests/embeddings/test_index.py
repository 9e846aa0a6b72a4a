"""embeddings.index: exact neighbours, held against numpy."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import IndexDamagedError, Vectors
from embeddings.index import VectorIndex

DIMENSION = 8


def unit_vectors(count: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def brute_force(
    vectors: dict[int, Vectors], query: Vectors, k: int, allowed: set[int] | None = None
) -> list[tuple[int, float]]:
    scored = [
        (number, float(vector @ query))
        for number, vector in vectors.items()
        if allowed is None or number in allowed
    ]
    return sorted(scored, key=lambda pair: -pair[1])[:k]


def assert_same(found: list[tuple[int, float]], expected: list[tuple[int, float]]) -> None:
    assert [number for number, _ in found] == [number for number, _ in expected]
    np.testing.assert_allclose(
        [score for _, score in found], [score for _, score in expected], atol=1e-6
    )


@pytest.fixture
def vectors() -> dict[int, Vectors]:
    ids = [7, 3, 10**12, 42, 5, 1, 99, 8]
    return dict(zip(ids, unit_vectors(len(ids)), strict=True))


@pytest.fixture
def index(vectors: dict[int, Vectors]) -> VectorIndex:
    built = VectorIndex(DIMENSION)
    built.add(list(vectors), np.stack(list(vectors.values())))
    return built


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex(DIMENSION)
    assert len(index) == 0
    assert index.dimension == DIMENSION
    assert index.ids.tolist() == []
    assert index.search(unit_vectors(1)[0], 5) == []


@pytest.mark.parametrize("k", [1, 3, 8, 50])
def test_search_is_brute_force_best_first(
    index: VectorIndex, vectors: dict[int, Vectors], k: int
) -> None:
    for query in unit_vectors(5, seed=1):
        assert_same(index.search(query, k), brute_force(vectors, query, k))


def test_a_vector_is_its_own_nearest_with_cosine_one(
    index: VectorIndex, vectors: dict[int, Vectors]
) -> None:
    for number, vector in vectors.items():
        ((found, score),) = index.search(vector, 1)
        assert found == number
        assert score == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("k", [0, -1])
def test_asking_for_none_gives_none(index: VectorIndex, k: int) -> None:
    assert index.search(unit_vectors(1)[0], k) == []


@pytest.mark.parametrize("allowed", [[3, 42, 99], [5], [10**12, 4], [4], []])
def test_search_among_allowed_ids_is_brute_force_among_them(
    index: VectorIndex, vectors: dict[int, Vectors], allowed: list[int]
) -> None:
    query = unit_vectors(1, seed=2)[0]
    assert_same(index.search(query, 5, allowed), brute_force(vectors, query, 5, set(allowed)))


def test_scores_are_cosines_in_the_order_asked(
    index: VectorIndex, vectors: dict[int, Vectors]
) -> None:
    query = unit_vectors(1, seed=3)[0]
    wanted = [42, 10**12, 7, 42]
    found = index.scores(query, wanted)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [vectors[number] @ query for number in wanted], atol=1e-6)
    assert index.scores(query, []).shape == (0,)


def test_scores_of_an_unknown_id_are_an_error(index: VectorIndex) -> None:
    with pytest.raises(KeyError, match=r"not all of \[7, 4\].* are in the vector index"):
        index.scores(unit_vectors(1)[0], [7, 4])


@given(
    st.lists(
        st.tuples(st.booleans(), st.sets(st.integers(0, 20), max_size=8)), min_size=1, max_size=8
    )
)
def test_after_any_additions_and_removals_it_holds_exactly_what_is_left(
    steps: list[tuple[bool, set[int]]],
) -> None:
    all_vectors = unit_vectors(21)
    query = unit_vectors(1, seed=4)[0]
    index = VectorIndex(DIMENSION)
    held: dict[int, Vectors] = {}
    for adding, ids in steps:
        if adding:
            new = sorted(ids - held.keys())
            index.add(new, all_vectors[new])
            held |= {number: all_vectors[number] for number in new}
        else:
            index.remove(sorted(ids))
            held = {number: vector for number, vector in held.items() if number not in ids}
        assert sorted(index.ids.tolist()) == sorted(held)
        assert len(index) == len(held)
        assert_same(index.search(query, 30), brute_force(held, query, 30))
        np.testing.assert_allclose(
            index.scores(query, sorted(held)),
            [held[number] @ query for number in sorted(held)],
            atol=1e-6,
        )


def test_a_copy_is_independent(index: VectorIndex) -> None:
    twin = index.copy()
    twin.remove([7])
    twin.add([1000], unit_vectors(1, seed=5))
    assert [number in index.ids for number in (7, 1000)] == [True, False]
    assert [number in twin.ids for number in (7, 1000)] == [False, True]


def test_a_copy_with_room_is_not_moved_by_what_is_added(
    index: VectorIndex, vectors: dict[int, Vectors]
) -> None:
    new = unit_vectors(40, seed=8)
    numbers = list(range(1000, 1040))
    twin = index.copy(len(new))
    flat = faiss.downcast_index(twin._index.index)
    place = int(flat.codes.data())
    twin.add(numbers[:1], new[:1])
    twin.add(numbers[1:], new[1:])
    assert int(flat.codes.data()) == place
    query = unit_vectors(1, seed=6)[0]
    held = vectors | dict(zip(numbers, new, strict=True))
    assert_same(twin.search(query, 30), brute_force(held, query, 30))
    np.testing.assert_array_equal(twin.scores(new[3], [1003]), [new[3] @ new[3]])
    assert_same(index.search(query, 8), brute_force(vectors, query, 8))


def test_an_empty_index_can_be_copied() -> None:
    twin = VectorIndex(DIMENSION).copy(1)
    assert len(twin) == 0
    twin.add([3], unit_vectors(1, seed=1))
    assert twin.ids.tolist() == [3]


def test_a_saved_index_is_the_same_when_loaded(
    index: VectorIndex, vectors: dict[int, Vectors], tmp_path: Path
) -> None:
    path = tmp_path / "dense.faiss"
    index.save(path)
    loaded = VectorIndex.load(path)
    assert loaded.ids.tolist() == list(vectors)
    assert loaded.dimension == DIMENSION
    query = unit_vectors(1, seed=6)[0]
    assert loaded.search(query, 8) == index.search(query, 8)
    loaded.remove([7])
    loaded.add([7], vectors[7][None, :])
    assert_same(loaded.search(query, 8), brute_force(vectors, query, 8))


def test_saving_replaces_what_was_there_and_leaves_nothing_else(
    index: VectorIndex, tmp_path: Path
) -> None:
    path = tmp_path / "dense.faiss"
    path.write_bytes(b"old")
    index.save(path)
    assert len(VectorIndex.load(path)) == len(index)
    assert [file.name for file in tmp_path.iterdir()] == ["dense.faiss"]


def test_a_missing_index_is_reported(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match=r"dense\.faiss cannot be read"):
        VectorIndex.load(tmp_path / "dense.faiss")


@pytest.mark.parametrize("damage", ["empty", "foreign", "cut"])
def test_a_damaged_index_is_reported(index: VectorIndex, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "dense.faiss"
    index.save(path)
    data = path.read_bytes()
    path.write_bytes({"empty": b"", "foreign": b"not an index" * 9, "cut": data[:-40]}[damage])
    with pytest.raises(IndexDamagedError, match=r"dense\.faiss cannot be read"):
        VectorIndex.load(path)


def test_an_index_of_another_kind_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "dense.faiss"
    faiss.write_index(faiss.IndexFlatL2(DIMENSION), str(path))
    with pytest.raises(IndexDamagedError, match="of an unknown kind"):
        VectorIndex.load(path)

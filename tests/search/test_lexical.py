"""qa.search.lexical: BM25 over bigrams and words; what they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.errors import LibraryDamagedError
from qa.language.tokens import bigrams
from qa.search.lexical import LexicalIndex

TEXTS = {
    1: "鹤山引进亿元以上项目60个，计划总投资209亿元。",
    2: "梅江区引进亿元以上项目8个。",
    3: "潮州专家智库正式成立，首批聘请26位专家。",
    4: "IT之家消息，英特尔发布 XeSS 1.2.0。",
    5: "鹤山鹤山鹤山鹤山鹤山鹤山鹤山鹤山鹤山鹤山。",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lexical"


@pytest.fixture
def index(folder: Path) -> LexicalIndex:
    built = LexicalIndex(folder)
    built.update([], TEXTS.items())
    return built


def ids(found: list[tuple[int, float]]) -> list[int]:
    return [number for number, _ in found]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("鹤山引进", ["鹤山", "山引", "引进"]),
        ("专家,智库", ["专家", "智库"]),
        ("專家「智庫」", ["专家", "智库"]),
        ("第3个", ["第", "3", "个"]),
        ("XeSS １.２版", ["xess", "1.2", "版"]),
        ("G325线", ["g", "325", "线"]),
        ("IT之家消息", ["it", "之家", "家消", "消息"]),
        ("GDP增长", ["gdp", "增长"]),
        ("鹤", ["鹤"]),
        ("，。 \n", []),
        ("", []),
    ],
)
def test_bigrams_of_han_runs_with_latin_words_and_numbers_whole(
    text: str, tokens: list[str]
) -> None:
    assert bigrams(text) == tokens


def test_an_empty_index_finds_nothing(folder: Path) -> None:
    index = LexicalIndex(folder)
    assert len(index) == 0
    assert index.ids() == set()
    assert index.search("鹤山", 5) == []
    assert index.scores("鹤山", [1]) == {1: 0.0}


def test_it_holds_what_was_put_in(index: LexicalIndex) -> None:
    assert len(index) == 5
    assert index.ids() == set(TEXTS)


def test_more_matching_and_rarer_terms_rank_higher(index: LexicalIndex) -> None:
    found = index.search("鹤山引进了多少亿元以上项目", 10)
    assert ids(found) == [1, 2, 5]
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert found[-1][1] > 0


def test_only_texts_that_share_a_term_are_found(index: LexicalIndex) -> None:
    assert ids(index.search("英特爾", 10)) == [4]
    assert ids(index.search("xess", 10)) == [4]
    assert ids(index.search("專家智庫", 10)) == [3]
    assert index.search("火星基地", 10) == []
    assert index.search("？", 10) == []


def test_characters_of_the_query_language_are_no_syntax(index: LexicalIndex) -> None:
    assert ids(index.search('专家 AND ("智库" OR id:1) -成立 * ~2 ^3', 10))[0] == 3


def test_a_search_gives_no_more_than_asked(index: LexicalIndex) -> None:
    assert ids(index.search("鹤山引进了多少亿元以上项目", 1)) == [1]
    assert index.search("鹤山", 0) == []


def test_a_restricted_search_keeps_the_scores(index: LexicalIndex) -> None:
    query = "鹤山引进了多少亿元以上项目"
    everywhere = dict(index.search(query, 10))
    for allowed in ([1], [2, 5], [5, 4, 3], [1, 2, 3, 4, 5, 6]):
        found = index.search(query, 10, allowed)
        assert ids(found) == [number for number in everywhere if number in allowed]
        assert dict(found) == pytest.approx(
            {number: everywhere[number] for number in ids(found)}, rel=1e-6
        )
    assert index.search(query, 10, []) == []


def test_scores_equal_those_of_the_search_and_are_zero_elsewhere(index: LexicalIndex) -> None:
    query = "鹤山引进了多少亿元以上项目"
    everywhere = dict(index.search(query, 10))
    assert index.scores(query, [4, 2, 1]) == pytest.approx(
        {4: 0.0, 2: everywhere[2], 1: everywhere[1]}, rel=1e-6
    )
    assert index.scores(query, []) == {}
    assert index.scores("", [1, 2]) == {1: 0.0, 2: 0.0}


def test_removed_texts_are_not_found_and_no_longer_counted(index: LexicalIndex) -> None:
    index.update([1, 4, 777], [])
    assert index.ids() == {2, 3, 5}
    assert len(index) == 3
    assert ids(index.search("鹤山引进了多少亿元以上项目", 10)) == [2, 5]


def test_an_update_removes_and_adds_in_one_step(index: LexicalIndex, folder: Path) -> None:
    other = LexicalIndex(folder)
    index.update([1, 2], [(6, "鹤山工业城")])
    assert index.ids() == {3, 4, 5, 6}
    assert other.ids() == set(TEXTS), "a reader keeps its snapshot"
    other.reload()
    assert other.ids() == {3, 4, 5, 6}


def test_an_update_that_fails_half_way_changes_nothing(index: LexicalIndex, folder: Path) -> None:
    def texts() -> Iterator[tuple[int, str]]:
        yield 6, "鹤山工业城"
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        index.update([1, 2], texts())
    assert index.ids() == set(TEXTS)
    reopened = LexicalIndex(folder)
    assert reopened.ids() == set(TEXTS)
    index.update([1], [(7, "古劳水乡")])
    assert index.ids() == {2, 3, 4, 5, 7}


def test_it_is_the_same_when_opened_again(index: LexicalIndex, folder: Path) -> None:
    query = "鹤山引进了多少亿元以上项目"
    again = LexicalIndex(folder)
    assert again.search(query, 10) == index.search(query, 10)


def test_a_long_query_is_cut_and_answered(index: LexicalIndex) -> None:
    document = "".join(TEXTS.values()) * 200
    assert ids(index.search(document, 10))[0] in TEXTS


def test_a_damaged_index_is_reported(index: LexicalIndex, folder: Path) -> None:
    (folder / "meta.json").write_text("{ not json", encoding="utf-8")
    with pytest.raises(LibraryDamagedError, match=r"lexical index .* cannot be read"):
        LexicalIndex(folder)

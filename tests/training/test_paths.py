"""qa.training.paths: the path that writes a rewriting a person wrote."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.rewriter import FILLERS, Source
from qa.training.paths import path_of

TEXTS = st.text(alphabet="甲乙丙丁", max_size=12)


def source(follow_up: str, history: str) -> Source:
    """Every character a token of its own, the words that are lent last."""
    characters = ["", *follow_up, *history, "\n", *FILLERS, ""]
    size = len(characters)
    zeros = [0] * size
    return Source(zeros, list(range(size)), zeros, [3] * size, characters, len(follow_up))


def written(where: Source, path: list[int]) -> str:
    return "".join(where.characters[node] for node in path)


def stretches(where: Source, path: list[int]) -> list[str]:
    """Return what a path writes, cut where it jumps or goes from one text to the other."""
    found = [""]
    for before, node in pairwise(path[:-1]):
        if node != before + 1 or where.is_asked(before) != where.is_asked(node):
            found.append("")
        found[-1] += where.characters[node]
    return [stretch for stretch in found if stretch]


@pytest.mark.parametrize(
    ("history", "follow_up", "rewrite", "pieces"),
    [
        ("鹤山引进多少项目", "总投资呢", "鹤山总投资多少", ["鹤山", "总投资", "多少"]),
        ("甲市有几个园区", "乙市呢", "乙市有几个园区", ["乙市", "有几个园区"]),
        ("谁是局长\n王某", "他几岁", "王某几岁", ["王某", "几岁"]),
        ("甲市有几个园区", "今天下雨吗", "今天下雨吗", ["今天下雨吗"]),
        # What was said last is leant on, and what anybody may say only where nobody did.
        ("甲有几所\n甲", "乙呢", "甲乙", ["甲", "乙"]),
        ("甲市园区", "面积", "甲市面积是多少", ["甲市", "面积", "是多少"]),
    ],
)
def test_a_path_has_the_fewest_stretches(
    history: str, follow_up: str, rewrite: str, pieces: list[str]
) -> None:
    where = source(follow_up, history)
    path = path_of(where, rewrite)
    assert path is not None
    assert written(where, path) == rewrite
    assert stretches(where, path) == pieces
    assert (path[0], path[-1]) == (0, len(where.characters) - 1)


def test_the_last_turn_is_preferred_where_two_say_the_same() -> None:
    where = source("乙呢", "甲市几所\n甲市几所")
    path = path_of(where, "甲市乙")
    assert path is not None
    assert path[1] == where.characters.index("\n") + 1


def test_characters_that_nobody_said_are_left_out() -> None:
    where = source("乙呢", "甲有几所")
    path = path_of(where, "乙共有几所")
    assert path is not None
    assert written(where, path) == "乙有几所"
    assert path_of(where, "㊙") is None


@given(TEXTS, TEXTS, TEXTS)
def test_a_path_writes_what_can_be_written_and_no_place_twice(
    follow_up: str, history: str, rewrite: str
) -> None:
    where = source(follow_up, history)
    path = path_of(where, rewrite)
    if path is None:
        return
    assert written(where, path) == "".join(c for c in rewrite if c in follow_up + history)
    assert len({*path}) == len(path)


def test_a_place_that_would_be_needed_twice_makes_no_path() -> None:
    assert path_of(source("乙", "甲"), "甲乙甲") is None

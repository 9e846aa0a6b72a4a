"""qa.training.rewriting: a rewriting as edits of a follow-up, and what the edits make of it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.training.rewriting import apart, apply, common, edits
from qa.types import Span

TEXTS = st.text(alphabet="甲乙丙丁", max_size=12)


def characters(text: str) -> list[Span]:
    return [(at, at + 1) for at in range(len(text))]


@pytest.mark.parametrize(
    ("history", "follow_up", "rewrite", "kept", "inserted"),
    [
        (
            "鹤山引进多少项目",
            "总投资呢",
            "鹤山总投资多少",
            "总投资",
            {"鹤": 0, "山": 0, "多": 3, "少": 3},
        ),
        ("甲市有几个园区", "乙市呢", "乙市有几个园区", "乙市", dict.fromkeys("有几个园区", 2)),
        ("谁是局长\n王某", "他几岁", "王某几岁", "几岁", dict.fromkeys("王某", 0)),
        ("甲市有几个园区", "今天下雨吗", "今天下雨吗", "今天下雨吗", {}),
    ],
)
def test_edits_say_what_stays_and_what_goes_where(
    history: str, follow_up: str, rewrite: str, kept: str, inserted: dict[str, int]
) -> None:
    left, right = characters(follow_up), characters(history)
    edit = edits(follow_up, history, rewrite, left, right)
    assert "".join(c for c, stays in zip(follow_up, edit.kept, strict=True) if stays) == kept
    places = zip(history, edit.inserted, strict=True)
    assert {c: at for c, at in places if at is not None} == inserted
    assert apply(edit, follow_up, history, left, right) == rewrite


@given(TEXTS, TEXTS)
def test_what_is_common_is_a_longest_subsequence_in_both(first: str, second: str) -> None:
    pairs = common(first, second)
    assert all(first[a] == second[b] for a, b in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(pairs))


def test_neighbours_are_kept_together() -> None:
    assert common("甲乙", "甲丙甲乙") == [(0, 2), (1, 3)]


@given(TEXTS, TEXTS)
def test_a_rewriting_of_the_history_alone_is_made_again(follow_up: str, history: str) -> None:
    left, right = characters(follow_up), characters(history)
    edit = edits(follow_up, history, follow_up, left, right)
    assert apply(edit, follow_up, history, left, right) == follow_up
    assert edit.inserted == [None] * len(history)


def test_the_mark_of_a_words_beginning_covers_nothing_beside_its_first_piece() -> None:
    assert apart([(0, 1), (0, 2), (2, 4)]) == [(0, 0), (0, 2), (2, 4)]
    assert apart([]) == []

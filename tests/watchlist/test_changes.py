"""qa.watchlist.changes: what of an answer is saved, and what counts as a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa.types import (
    Answer,
    Article,
    Cell,
    Citation,
    Computed,
    Listing,
    Row,
    SavedAnswer,
    Table,
)
from qa.watchlist.changes import LONGEST, REFUSED, change, saved_answer, sentence_pattern

SAID = SavedAnswer("answered", "60个", "引进60个。", 1, path="a.txt", state="0" * 12)


@pytest.mark.parametrize(
    ("now", "stands", "expected"),
    [
        (SAID, False, ""),
        (REFUSED, True, "lost"),
        (replace(SAID, text="75个"), True, "answer"),
        (replace(SAID, text=" ６０個"), True, ""),  # the same, written otherwise
        (replace(SAID, quote="共60个。"), True, ""),
        (replace(SAID, quote="共60个。"), False, "quote"),
        (replace(SAID, quote="引进\n60个。"), False, ""),
        (replace(SAID, article=2, path="b.txt"), True, "article"),
        (replace(SAID, path="b.txt"), True, ""),
        (replace(SAID, article=2), True, ""),
    ],
)
def test_a_change_is_told_by_its_kind(now: SavedAnswer, stands: bool, expected: str) -> None:
    assert change(SAID, now, lambda _: stands) == expected


def test_an_answer_that_comes_is_found_and_two_refusals_are_none() -> None:
    assert change(REFUSED, SAID, lambda _: True) == "found"
    assert change(REFUSED, REFUSED, lambda _: False) == ""


def test_a_sentence_is_found_over_line_ends_and_taken_literally() -> None:
    pattern = sentence_pattern("引进 60个(约)。")
    assert pattern.search("前文。引进60\n个(约) 。后文")
    assert not pattern.search("引进60个约。")


def article(number: int, title: str) -> Article:
    return Article(number, f"{number}.txt", title, "报", None, "", "引进60个。", "a" * 64)


def test_all_values_of_a_table_are_saved() -> None:
    cited = Citation(1, article(1, "题"), "引进60个。", 0, 6)
    rows = (Row("甲", "甲几个", (Cell("60个", 1, 0.9),)), Row("乙", "乙几个", (Cell(),)))
    table = Table(("", ""), rows, Computed("difference", "", "", (), "missing"))
    answer = Answer("甲乙", "answered", "60个", (cited,), (), (), 0.9, 0.1, table=table)
    saved = saved_answer(answer)
    assert saved.text == "甲：60个\n乙：没有依据\n没有计算：有依据的项数不够"
    assert (saved.quote, saved.state) == ("引进60个。", "a" * 12)


def test_a_list_is_saved_by_its_articles_not_by_how_many_were_looked_through() -> None:
    entries = tuple(
        Citation(number, article(number, title), "引进60个。", 0, 6)
        for number, title in ((1, "一"), (2, ""))
    )
    answer = Answer(
        "哪些", "answered", "查了 7 篇，2 篇", entries, (), (), 1.0, 0.1,
        kind="articles", listing=Listing(2, entries, 7),
    )  # fmt: skip
    assert saved_answer(answer).text == "《一》\n《2.txt》"


def test_what_is_too_long_is_cut() -> None:
    cited = Citation(1, article(1, "题" * 9_000), "引" * 9_000, 0, 9_000)
    saved = saved_answer(Answer("几个", "answered", "6" * 9_000, (cited,), (), (), 0.9, 0.1))
    assert [len(text) for text in (saved.text, saved.quote, saved.title)] == [LONGEST] * 3


def test_an_answer_without_evidence_is_a_refusal() -> None:
    refused = Answer("几个", "no_evidence", "没有找到依据", (), (), ("几个",), 0.0, 0.1)
    assert saved_answer(refused) == REFUSED

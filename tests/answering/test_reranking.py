"""qa.answering.reranking: the reader's second look puts what answers first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from qa.answering.reranking import DEPTH, WEIGHT, rerank
from qa.reading.reading import Reading
from qa.types import Article, Hit, Passage


class Oracle:
    """Knows what each passage's score is; titles come before the passages."""

    def __init__(self, **scores: float) -> None:
        self.scores = scores
        self.read_texts: list[str] = []

    def read(self, _question: str, passages: Sequence[str]) -> list[Reading]:
        self.read_texts = list(passages)
        lines = [passage.split("\n")[-1] for passage in passages]
        return [Reading(line, 0, 1, self.scores.get(line, 0.5), answerable=True) for line in lines]

    def alternatives(self, question: str, passages: Sequence[str]) -> list[list[Reading]]:
        return [[reading] for reading in self.read(question, passages)]


def hit(text: str, score: float) -> Hit:
    article = Article(1, "a.txt", "招商", "", date(2023, 8, 2), "", text, "0" * 64)
    return Hit(Passage(1, 1, 0, len(text)), article, text, score, 0.5, 2.0)


def test_what_answers_comes_first_and_scores_fall() -> None:
    hits = [hit("甲", 1.0), hit("乙", 0.9), hit("丙", 0.8)]
    oracle = Oracle(甲=0.1, 乙=0.5, 丙=0.9)
    found = rerank("问", hits, oracle)
    assert [item.text for item in found] == ["丙", "乙", "甲"]
    assert oracle.read_texts == ["招商\n甲", "招商\n乙", "招商\n丙"]
    odds = 2.1972245773362196  # ln 9
    assert [item.score for item in found] == pytest.approx(
        [0.8 + WEIGHT * odds, 0.9, 1.0 - WEIGHT * odds]
    )


def test_what_is_not_read_stays_behind_in_its_order() -> None:
    hits = [hit(str(number), 2.0 - 0.1 * number) for number in range(DEPTH + 3)]
    found = rerank("问", hits, Oracle(**{"0": 0.001}))
    assert [item.text for item in found][-4:] == ["0", "10", "11", "12"]
    scores = [item.score for item in found]
    assert scores == sorted(scores, reverse=True)


def test_nothing_is_nothing() -> None:
    assert rerank("问", [], Oracle()) == []

"""Which of two ways of taking a question is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa import Library
from qa.asking.asked import Asked
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader

TEXT = "鹤山的招商\n\n2023年，鹤山引进了60个亿元以上项目。鹤山计划总投资209亿元。\n"
QUESTION = "鹤山引进了多少亿元以上项目"


class Overviews:
    """Takes every question for one of what is said of 鹤山, as sure of it as it is told to be."""

    def __init__(self, confidence: float) -> None:
        self._confidence = confidence

    def read(self, question: str) -> Asked:
        return Asked(question, "overview", self._confidence, topic=(0, 2))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "鹤山.txt").write_text(TEXT, encoding="utf-8")
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as opened:
        opened.sync(tmp_path / "articles")
        yield opened


@pytest.mark.parametrize(("confidence", "kind"), [(0.3, "single"), (0.99, "overview")])
def test_a_fact_surer_than_the_kind_is_told_in_place_of_an_overview(
    library: Library, monkeypatch: pytest.MonkeyPatch, confidence: float, kind: str
) -> None:
    monkeypatch.setattr(Library, "asking", Overviews(confidence))
    answer = library.ask(QUESTION)
    assert answer.status == "answered"
    assert (answer.kind, answer.text == "60个") == (kind, kind == "single")
    assert answer.confidence >= 0.3 if kind == "single" else "209亿元" in answer.text

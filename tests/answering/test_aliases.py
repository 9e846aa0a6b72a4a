"""qa.answering.aliases: names that statistics abbreviate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from qa import Library
from qa.answering.aliases import others
from qa.reading.reading import Reading
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader


class Literal(RuleReader):
    """A reader that takes an indicator by the name that was asked for only."""

    def alternatives(self, question: str, passages: Sequence[str]) -> list[list[Reading]]:
        name = "GDP" if "GDP" in question else "生产总值"
        return [
            found if name in passage else [Reading("", 0, 0, 0.0, answerable=False)]
            for found, passage in zip(
                super().alternatives(question, passages), passages, strict=True
            )
        ]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("鹤山2023年GDP是多少", ["鹤山2023年生产总值是多少"]),
        ("鹤山gdp增长多少", ["鹤山生产总值增长多少"]),
        ("鹤山地区生产总值是多少", ["鹤山GDP是多少"]),
        ("GDPR是什么", []),
        ("CPI上涨多少", ["居民消费价格上涨多少"]),
        ("居民消费价格指数上涨多少", ["CPI上涨多少"]),
        ("R&D投入多少", ["研究与试验发展投入多少"]),
        ("规上工业企业多少家", ["规模以上工业企业多少家"]),
        ("规模以上工业企业多少家", ["规上工业企业多少家"]),
        ("一产增加值", ["第一产业增加值"]),
        ("第二产业增加值", ["二产增加值"]),
        ("统一产业标准", []),
        ("鹤山引进了多少亿元以上项目", []),
    ],
)
def test_the_other_name_is_asked_for(question: str, expected: list[str]) -> None:
    assert list(others(question)) == expected


@pytest.fixture
def library(tmp_path: Path) -> Library:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "公报.txt").write_text(
        "2023年鹤山市统计公报\n\n2023年鹤山市实现地区生产总值512.36亿元，同比增长6.1%。\n",
        encoding="utf-8",
    )
    (folder / "简讯.txt").write_text(
        "开平2023年经济\n\n2023年开平市GDP为480.5亿元。\n", encoding="utf-8"
    )
    made = Library.open(tmp_path / "library", encoder=HashEncoder(), reader=Literal())
    made.sync(folder)
    return made


@pytest.mark.parametrize(
    ("question", "text", "reading"),
    [
        ("2023年鹤山GDP是多少", "512.36亿元", "2023年鹤山生产总值是多少"),
        ("2023年开平地区生产总值是多少", "480.5亿元", "2023年开平GDP是多少"),
        ("2023年开平GDP是多少", "480.5亿元", "2023年开平GDP是多少"),
    ],
)
def test_who_asks_by_one_name_is_answered_by_the_other(
    library: Library, question: str, text: str, reading: str
) -> None:
    answer = library.ask(question)
    assert (answer.text, answer.reading) == (text, reading)


def test_without_evidence_the_name_that_was_typed_is_missing(library: Library) -> None:
    answer = library.ask("2023年台山GDP是多少")
    assert (answer.status, answer.reading) == ("no_evidence", "2023年台山GDP是多少")
    assert answer.missing_terms == ("台山",)

"""qa.answering.parts: what is a question for one part of another."""

from __future__ import annotations

import pytest

from qa.answering.parts import is_of_part, parts_of
from qa.asking.asked import Asked, Kind
from qa.reading.reading import Reading
from qa.types import Article, Hit, Passage, Span


def spans(question: str, *texts: str) -> tuple[Span, ...]:
    return tuple((question.index(text), question.index(text) + len(text)) for text in texts)


def asked(question: str, kind: Kind, parts: str, dropped: str = "", group: str = "") -> Asked:
    return Asked(
        question,
        kind,
        parts=spans(question, *parts.split()),
        dropped=spans(question, *dropped.split()),
        group=next(iter(spans(question, *group.split())), None),
    )


BOTH = asked("河北和河南2025年新增就业各多少人", "parts", "河北 河南", "和 各")
YEARS = asked("浙江2020年、2025年人均收入各多少", "parts", "2020年 2025年", "、 各")


@pytest.mark.parametrize(
    ("whole", "name", "reading", "is_one"),
    [
        (BOTH, "河北", "河北2025年新增就业多少人", True),
        (BOTH, "河北", "河北年新增就业多少人", False),  # another year's would do
        (BOTH, "河北", "河北２０２５年新增就业多少人", True),
        (BOTH, "河北", "河北", False),
        (BOTH, "河北", BOTH.question, False),
        (YEARS, "2020年", "浙江2020年人均收入多少", True),
        (YEARS, "2020年", "2020年", False),
        (
            asked("2018年以来各镇的粮食产量", "each", "", "2018年以来", "各镇"),
            "沙坪镇",
            "沙坪镇的粮食产量",
            True,
        ),
        (asked("台风几级？转移多少人？", "several", "台风几级？ 转移多少人？"), "a", "a", True),
    ],
)
def test_a_reading_of_a_part_keeps_the_figures_that_hold_for_all(
    whole: Asked, name: str, reading: str, is_one: bool
) -> None:
    assert is_of_part(whole, name, reading) is is_one


def hits(*texts: str) -> list[Hit]:
    found = []
    for number, text in enumerate(texts):
        article = Article(number, "a.txt", "", "", None, "", text, "")
        found.append(Hit(Passage(number, number, 0, len(text)), article, text, 1.0, 1.0, 1.0))
    return found


class NoReader:
    def read(self, question: str, passages: list[str]) -> list[Reading]:
        raise AssertionError(question)

    def alternatives(self, question: str, passages: list[str]) -> list[list[Reading]]:
        raise AssertionError(question)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("鹤山历年的产值", [2017, 2018, 2020, 2023]),
        ("鹤山2018-2020年产值", [2018, 2020]),
        ("鹤山2018到2020年间的产值", [2018, 2020]),
        ("鹤山产值 2018-2023", [2018, 2020, 2023]),
        ("鹤山2018年以来的产值", [2018, 2020, 2023]),
        ("从2018年开始鹤山的产值", [2018, 2020, 2023]),
        ("鹤山2018年以前的产值", [2017]),
    ],
)
def test_a_series_has_the_years_that_are_asked_for(question: str, expected: list[int]) -> None:
    found = hits("2020年产值5亿元，2017年4亿元。", "2018年产值4.5亿元。", "2023年产值6亿元。")
    names = parts_of(asked(question, "series", ""), lambda *_: found, NoReader()).names
    assert names == [f"{year}年" for year in expected]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("各镇", ["沙坪镇"]),
        ("各乡镇", ["沙坪镇", "沙溪乡"]),
        ("哪个县区", ["三水县", "南海区"]),
        ("各街道", ["桂城街道"]),
    ],
)
def test_a_group_of_places_is_of_its_levels(group: str, expected: list[str]) -> None:
    found = hits(
        "沙坪镇引进项目5个，沙溪乡2个。", "桂城街道引进项目3个。", "南海区和三水县引进项目7个。"
    )
    question = f"{group}引进项目多少个"
    names = parts_of(asked(question, "each", "", group=group), lambda *_: found, NoReader()).names
    assert sorted(names) == sorted(expected)

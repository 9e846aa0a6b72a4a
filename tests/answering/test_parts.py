"""qa.answering.parts: what is a question for one part of another."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from qa.answering.answering import not_found
from qa.answering.parts import MOST, Part, is_of_part, parts_of
from qa.answering.rows import SHOWN
from qa.answering.tables import tabulate
from qa.asking.asked import Asked, Compute, Kind
from qa.reading.reading import Reading
from qa.types import Answer, Article, Citation, Hit, Passage, Span


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


ROWS = 130
LONG = "\n".join(f"店：第{number}店，销量（件）：{number}件。" for number in range(ROWS))


class Pointing:
    """Points at the first shop, whatever it is asked."""

    threshold = 0.5

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        return [found[0] for found in self.alternatives(question, passages)]

    def alternatives(self, question: str, passages: Sequence[str]) -> list[list[Reading]]:
        return [[Reading("第0店", 2, 5, 0.9, answerable=True)] for _ in passages]


@pytest.mark.parametrize(
    ("compute", "shown"), [("most", ROWS), ("sum", 0), ("", 0)], ids=["most", "sum", "each"]
)
def test_of_too_many_rows_only_the_first_in_their_order_are_told(
    compute: Compute, shown: int
) -> None:
    question = dataclasses.replace(asked("各店销量", "each", "", group="店"), compute=compute)
    (hit,) = hits(LONG)
    parts = parts_of(question, lambda *_: [hit], Pointing())
    assert parts.names == [f"第{number}店" for number in range(MOST)]
    line = LONG.split("\n")[0]
    cited = Citation(1, hit.article, line, 0, len(line))
    answer = Answer("第0店销量", "answered", "0件", (cited,), (), (), 0.8, 0.0)
    part = Part("第0店", "第0店销量")
    whole = parts.whole(question, part, answer)
    assert len(whole) == shown
    assert parts.is_over(question, [(part, answer)]) is (compute != "most")
    if whole:
        assert whole[-1][0] == Part("第129店", "第129店销量")
        answer = tabulate(question, whole)
        assert answer.table is not None
        assert len(answer.table.rows) == SHOWN
        assert answer.table.rows[0].part == "第129店"
        assert answer.table.computed is not None
        assert answer.table.computed.text == "第129店"


def test_a_table_is_left_after_some_rows_that_are_not_answered() -> None:
    question = asked("各店销量", "each", "", group="店")
    (hit,) = hits("\n".join(LONG.split("\n")[:9]))
    parts = parts_of(question, lambda *_: [hit], Pointing())
    vain = [(Part(name, name), not_found(name)) for name in parts.names]
    assert [parts.is_over(question, vain[:n]) for n in range(1, 5)] == [False, False, True, True]
    assert not parts._replace(grid=None).is_over(question, vain)

"""qa.followups.timing: the times of a follow-up, and what the relative ones mean."""

from __future__ import annotations

import pytest

from qa.followups.timing import Times, alone, named_times, resolved


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("2022", (("year", "2022年"),)),
        ("24年", (("year", "2024年"),)),
        ("98年", (("year", "1998年"),)),
        ("2022年的", (("year", "2022年"),)),
        ("2021年和2022年", (("year", "2021年和2022年"),)),
        ("2021-2023年", (("year", "2021年-2023年"),)),
        ("2022年上半年", (("year", "2022年"), ("period", "上半年"))),
        ("去年同期", (("year", "去年同期"),)),
        ("上个月", (("month", "上个月"),)),
        ("近五年", (("span", "近五年"),)),
        ("2022年项目", ()),
        ("24年代", ()),
        ("12345", ()),
        ("潮州", ()),
        ("", ()),
    ],
)
def test_a_text_of_times_alone_is_told_from_one_that_says_more(text: str, times: Times) -> None:
    assert alone(text) == times


def test_joined_times_are_one() -> None:
    assert named_times("2021年和2022年鹤山1月") == [("year", (0, 11)), ("period", (13, 15))]
    assert [kind for kind, _ in named_times("2021年，2022年")] == ["year", "year"]


@pytest.mark.parametrize(
    ("said", "before", "meant"),
    [
        (("year", "去年同期"), (("year", "2021年"),), [(("year", "2020年"),)]),
        (("year", "同期"), (("year", "2021年"),), [(("year", "2020年"),)]),
        (("year", "上年同期"), (("year", "今年"),), [(("year", "去年"),)]),
        (("year", "去年同期"), (), [(("year", "去年同期"),)]),
        (("year", "第二年"), (("year", "2021年"),), [(("year", "2022年"),)]),
        (("year", "上一年"), (("year", "去年"),), [(("year", "上一年"),)]),
        (
            ("deictic", "去年"),
            (("year", "2021年"),),
            [(("year", "去年"),), (("year", "2020年"),)],
        ),
        (("deictic", "去年"), (), [(("year", "去年"),)]),
        (("month", "上个月"), (("year", "2022年"), ("period", "3月")), [(("period", "2月"),)]),
        (
            ("month", "上个月"),
            (("year", "2022年"), ("period", "1月")),
            [(("year", "2021年"), ("period", "12月"))],
        ),
        (("month", "上个月"), (("period", "1月"),), [(("year", "上年"), ("period", "12月"))]),
        (("month", "下个月"), (("period", "12月"),), [(("year", "次年"), ("period", "1月"))]),
        (("month", "上个月"), (("year", "2022年"),), [(("span", "上个月"),)]),
        (("month", "上个月"), (("period", "1-3月"),), [(("span", "上个月"),)]),
        (
            ("quarter", "上季度"),
            (("year", "2022年"), ("period", "一季度")),
            [(("year", "2021年"), ("period", "四季度"))],
        ),
        (("quarter", "下一季度"), (("period", "第2季度"),), [(("period", "三季度"),)]),
    ],
)
def test_a_relative_time_is_counted_from_figures_alone(
    said: tuple[str, str], before: Times, meant: list[Times]
) -> None:
    assert resolved((said,), before) == meant

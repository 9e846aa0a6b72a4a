"""qa.language.periods: months, quarters and halves of a year."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.periods import Period, periods
from qa.text import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("上半年", [(1, 6)]),
        ("下半年", [(7, 12)]),
        ("1—6月", [(1, 6)]),
        ("1-6月", [(1, 6)]),
        ("１—６月份", [(1, 6)]),
        ("1至9月", [(1, 9)]),
        ("1月至9月", [(1, 9)]),
        ("1月到9月", [(1, 9)]),
        ("2023年1-6月", [(1, 6)]),
        ("一季度", [(1, 3)]),
        ("二季度", [(4, 6)]),
        ("三季度", [(7, 9)]),
        ("第三季度", [(7, 9)]),
        ("第4个季度", [(10, 12)]),
        ("前三季度", [(1, 9)]),
        ("前三个季度", [(1, 9)]),
        ("6月", [(6, 6)]),
        ("2023年12月", [(12, 12)]),
        ("3月份", [(3, 3)]),
        ("3月底", [(3, 3)]),
        ("上半年与三季度，以及11月", [(1, 6), (7, 9), (11, 11)]),
    ],
)
def test_parts_of_a_year_are_their_first_and_last_month(text: str, expected: list[Period]) -> None:
    assert periods(fold(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023年",
        "6月30日",
        "13月",
        "0月",
        "9-6月",
        "半年",
        "五季度",
        "6个月",
        "120日",
        "5月1日至7日",
    ],
)
def test_days_and_impossible_months_are_no_periods(text: str) -> None:
    assert periods(fold(text)) == []


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_range_of_months_is_a_period_if_it_runs_forward(first: int, last: int) -> None:
    assert periods(f"今年{first}-{last}月,") == ([(first, last)] if first <= last else [])


def test_quarters_are_read_as_the_press_writes_them():
    assert periods("2023 年第二季度") == [(4, 6)]
    assert periods("今日发布 q2 财报") == [(4, 6)]
    assert periods("1 月至 9 月") == [(1, 9)]
    assert periods("8 月 16 日消息") == []

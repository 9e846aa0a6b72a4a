"""qa.language.days: since when and until when a text speaks of."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.days import find_days
from qa.text import fold

TODAY = date(2026, 11, 29)
MONTHS = (("", 3), ("2023-05", 3), ("2024-01", 1), ("2024-05", 1))


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2023年5月的文章", date(2023, 5, 1), date(2023, 5, 31)),
        ("2023-05", date(2023, 5, 1), date(2023, 5, 31)),
        ("2023-05-03", date(2023, 5, 3), date(2023, 5, 3)),
        ("2023年5月3日", date(2023, 5, 3), date(2023, 5, 3)),
        ("二〇二三年十二月", date(2023, 12, 1), date(2023, 12, 31)),
        ("2024年2月", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023年第三季度", date(2023, 7, 1), date(2023, 9, 30)),
        ("2023年前三季度", date(2023, 1, 1), date(2023, 9, 30)),
        ("2019年到2021年", date(2019, 1, 1), date(2021, 12, 31)),
        ("2023年以来", date(2023, 1, 1), None),
        ("2020年以前的", None, date(2019, 12, 31)),
        ("去年(2025)全年", date(2025, 1, 1), date(2025, 12, 31)),
        ("今年有几篇", date(2026, 1, 1), date(2026, 12, 31)),
        ("五月来了什么", date(2024, 5, 1), date(2024, 5, 31)),
        ("上半年", date(2024, 1, 1), date(2024, 6, 30)),
        ("八月的", None, None),  # the folder has none of that month
        ("2023年13月", None, None),
        ("2023年2月30日", None, None),
        ("第2章 3.5亿", None, None),
        ("60个项目", None, None),
        ("", None, None),
    ],
)
def test_the_days_that_a_text_names(text: str, since: date | None, until: date | None) -> None:
    assert find_days(fold(text), TODAY, MONTHS)[:2] == (since, until)


def test_what_is_left_beside_the_days() -> None:
    assert find_days("2023年5月", TODAY, MONTHS)[2] == ""
    assert find_days("2023年5月的防汛", TODAY, MONTHS)[2] == "的防汛"
    assert find_days("防汛", TODAY, MONTHS)[2] == "防汛"


@given(st.text("零〇一二十2023年月日号-/.的今去前上半季度1至到以来 "))
def test_no_text_breaks_the_finding_of_days(text: str) -> None:
    since, until, _ = find_days(text, TODAY, MONTHS)
    assert since is None or until is None or since <= until

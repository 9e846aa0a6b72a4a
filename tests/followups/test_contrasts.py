"""qa.followups.contrasts: words that take each other's place."""

from __future__ import annotations

import pytest

from qa.followups.contrasts import another_base, counterpart, is_base


@pytest.mark.parametrize(
    ("question", "said", "stretch"),
    [
        ("城镇居民人均可支配收入是多少", "农村", "城镇"),
        ("城镇居民人均可支配收入是多少", "农村居民", "城镇居民"),
        ("城镇居民人均可支配收入是多少", "消费支出", "可支配收入"),
        ("一般公共预算收入是多少", "支出", "收入"),
        ("出口总额同比增长多少", "进口额", "出口总额"),
        ("男婴出生多少人", "女婴", "男婴"),
        ("进出口总额是多少", "出口", "进出口"),
        ("工业增加值增幅是多少", "降幅", "增幅"),
        ("旅游收入是多少", "财政支出", None),
        ("旅游收入是多少", "收入", None),
        ("旅游收入是多少", "人口", None),
    ],
)
def test_a_word_takes_the_place_of_its_counterpart(
    question: str, said: str, stretch: str | None
) -> None:
    span = counterpart(question, said)
    assert (question[slice(*span)] if span else None) == stretch


@pytest.mark.parametrize(
    ("question", "said", "wanted"),
    [
        ("产值同比增长多少", "环比", ("同比", "环比")),
        ("产值同比增长多少", "环比下降", ("同比增长", "环比下降")),
        ("产值比增多少", "环比", ("比增", "环比增长")),
        ("产值同比增长多少", "比上年", ("同比", "比上年")),
        ("产值同比增长多少", "同比", None),
        ("产值是多少", "环比", None),
        ("产值同比增长多少", "出口", None),
    ],
)
def test_another_base_of_comparison(
    question: str, said: str, wanted: tuple[str, str] | None
) -> None:
    found = another_base(question, said)
    assert (found and (question[slice(*found[0])], found[1])) == wanted


def test_a_base_is_told_from_what_is_compared() -> None:
    assert is_base("同比")
    assert is_base("比上年增长")
    assert not is_base("同比增速")
    assert not is_base("")

"""qa.answering.computing: exact results with their formula, or the reason why there is none."""

from __future__ import annotations

import pytest

from qa.answering.computing import compute, operands
from qa.types import Computed


def computed(what: str, *quotes: str, parts: int = 0, names: str = "甲乙丙丁") -> Computed:
    """Compute with what stands in brackets in each quote."""
    values = []
    for number, quote in enumerate(quotes, start=1):
        said = quote[quote.index("[") + 1 : quote.index("]")]
        plain = quote.replace("[", "").replace("]", "")
        values.append((names[number - 1], number, plain, said))
    return compute(what, operands(values), parts or len(quotes))


@pytest.mark.parametrize(
    ("what", "quotes", "text", "formula"),
    [
        ("difference", ("引进[60个]。", "引进[25]个。"), "35个", "60个[1] − 25个[2] = 35个"),
        ("difference", ("[25个]", "[60个]"), "−35个", "25个[1] − 60个[2] = −35个"),
        ("sum", ("[1.5亿元]", "[5000万元]"), "2亿元", "1.5亿元[1] + 5000万元[2] = 2亿元"),
        ("sum", ("[0.1亿元]", "[0.2亿元]"), "0.3亿元", "0.1亿元[1] + 0.2亿元[2] = 0.3亿元"),
        ("difference", ("[7%]", "增长[百分之五]"), "2个百分点", "7%[1] − 百分之五[2] = 2个百分点"),
        ("ratio", ("[10公里]", "[4000米]"), "2.5", "10公里[1] ÷ 4000米[2] = 2.5"),
        ("ratio", ("[1个]", "[3个]"), "0.33", "1个[1] ÷ 3个[2] ≈ 0.33"),
        (
            "growth",
            ("达[120亿元]", "达[128.4亿元]，增长5%"),
            "7%",
            "128.4亿元[2] − 120亿元[1] = 8.4亿元；8.4亿元 ÷ 120亿元[1] = 7%",
        ),
        ("average", ("[10人]", "[20名]", "[25人]"), "18.33人",
         "(10人[1] + 20名[2] + 25人[3]) ÷ 3 ≈ 18.33人"),
        ("higher", ("[5%]", "[6.2%]"), "乙", "6.2%[2] > 5%[1]"),
        ("lower", ("[5%]", "[6.2%]"), "甲", "5%[1] < 6.2%[2]"),
        ("most", ("[9个]", "[60个]", "[60个]"), "乙、丙", "60个[2] = 60个[3] > 9个[1]"),
        ("rank", ("[1万元]", "[3万元]"), "乙、甲", "3万元[2] > 1万元[1]"),
        ("higher", ("增长[5.1%]。", "下降[8%]。"), "甲", "5.1%[1] > −8%[2]"),
        ("higher", ("下降[5.1%]。", "下降了约[8%]。"), "乙", "8%[2] > 5.1%[1]"),
        ("lower", ("增速：[5.1%]。", "增速：-[3.2%]。"), "乙", "−3.2%[2] < 5.1%[1]"),
        ("difference", ("增长[5%]", "减少[3%]"), "8个百分点", "5%[1] − (−3%[2]) = 8个百分点"),
        ("higher", ("下降至[8%]。", "增长[5%]。"), "甲", "8%[1] > 5%[2]"),
        ("higher", ("总成本：[1139.47]，", "总成本：[269.87]，"), "甲", "1139.47[1] > 269.87[2]"),
        ("difference", ("利润：[-1.5]，", "利润：[2]，"), "−3.5", "(−1.5[1]) − 2[2] = −3.5"),
        ("higher", ("超过[300亿元]", "[209.5亿元]"), "甲", "300亿元[1] > 209.5亿元[2]"),
    ],
)  # fmt: skip
def test_it_is_computed_exactly(
    what: str, quotes: tuple[str, ...], text: str, formula: str
) -> None:
    found = computed(what, *quotes)
    assert (found.text, found.formula, found.reason) == (text, formula, "")
    assert found.citations == tuple(range(1, len(quotes) + 1))


def test_growth_is_from_the_earlier_year() -> None:
    values = [("2021年", 1, "达128.4亿元", "128.4亿元"), ("2020年", 2, "达120亿元", "120亿元")]
    assert compute("growth", operands(values), 2).text == "7%"
    last, before = "去年增加", "前年"
    values = [(last, 1, "达128.4亿元", "128.4亿元"), (before, 2, "达120亿元", "120亿元")]
    assert compute("growth", operands(values), 2).text == "7%"


def test_growth_over_several_years_is_from_the_first_to_the_last() -> None:
    years = [
        (f"{year}年", year, f"{year - 1919}亿元", f"{year - 1919}亿元")
        for year in (2019, 2021, 2020)
    ]
    found = compute("growth", operands(years), 3)
    assert found.formula == "102亿元[2021] − 100亿元[2019] = 2亿元；2亿元 ÷ 100亿元[2019] = 2%"


@pytest.mark.parametrize(
    ("what", "quotes", "parts", "reason"),
    [
        ("sum", ("[1.5亿元]", "[60个]"), 2, "units"),
        ("sum", ("[10亩]", "[10平方米]"), 2, "units"),
        ("difference", ("[60余个]", "[20个]"), 2, "inexact"),
        ("higher", ("[60余个]", "[60个]"), 2, "inexact"),
        ("difference", ("[60个]",), 2, "missing"),
        ("higher", ("[60个]", "[20个]"), 3, "missing"),
        ("sum", ("[很多]", "[20个]"), 2, "figures"),
        ("growth", ("[0个]", "[20个]"), 2, "zero"),
        ("growth", ("下降[2%]", "增长[5%]"), 2, "negative"),
        ("growth", ("[1个]", "[2个]", "[3个]"), 3, "order"),
        ("difference", ("超过[300亿元]", "[209.5亿元]"), 2, "inexact"),
        ("sum", ("[300亿元]以上", "[209.5亿元]"), 2, "inexact"),
    ],
)
def test_what_cannot_be_compared_is_not_computed(
    what: str, quotes: tuple[str, ...], parts: int, reason: str
) -> None:
    found = computed(what, *quotes, parts=parts)
    assert (found.text, found.formula, found.reason) == ("", "", reason)


def test_of_a_group_those_with_evidence_are_compared() -> None:
    assert computed("most", "[60余个]", "[20个]", parts=19).text == "甲"


def test_nothing_is_computed_of_nothing() -> None:
    assert compute("sum", operands([]), 2).reason == "figures"

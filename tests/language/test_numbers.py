"""qa.language.numbers: figures, their units and what they amount to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.numbers import figures, numeral_value, unit_kind
from qa.text import fold


def found(text: str) -> list[tuple[str, float, str, str]]:
    folded = fold(text)
    return [
        (folded[figure.start : figure.end], figure.value, figure.unit, figure.kind)
        for figure in figures(folded)
    ]


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("0", 0),
        ("60", 60),
        ("1,234.5", 1234.5),
        ("8036.3", 8036.3),
        ("一", 1),
        ("两", 2),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("二十一", 21),
        ("一百零五", 105),
        ("三百二十", 320),
        ("一千二百三十四", 1234),
        ("两千零一", 2001),
        ("一万", 10_000),
        ("三万五千", 35_000),
        ("一亿五千万", 150_000_000),
        ("二十三亿零五万", 2_300_050_000),
        ("三万亿", 3_000_000_000_000),
        ("二〇二三", 2023),
        ("一九九八", 1998),
        ("三点五", 3.5),
        ("十二点零五", 12.05),
    ],
)
def test_numerals_amount_to(numeral: str, value: float) -> None:
    assert numeral_value(numeral) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("numeral", ["甲", "3十", "一甲", "1.2.3"])
def test_what_is_no_numeral_has_no_value(numeral: str) -> None:
    assert numeral_value(numeral) is None


@given(st.integers(1, 99_999_999))
def test_any_whole_number_written_in_chinese_is_read(number: int) -> None:
    assert numeral_value(written(number)) == number


def written(number: int) -> str:
    """Write a whole number below 100 million in Chinese."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        gap = "零" if 0 < low < 1_000 else ""
        return written(high) + "万" + (gap + written(low) if low else "")
    text = ""
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            text += "零一二三四五六七八九"[digit] + name
        elif text and number and not text.endswith("零"):
            text += "零"
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("引进亿元以上项目60个", [("60个", 60, "个", "count")]),
        ("计划总投资209亿元", [("209亿元", 20_900_000_000, "元", "money")]),
        (
            "总值148.11亿元、比增2.2%",
            [("148.11亿元", 14_811_000_000, "元", "money"), ("2.2%", 2.2, "%", "percent")],
        ),
        ("８０３６．３万元", [("8036.3万元", 80_363_000, "元", "money")]),
        ("百分之三十的村", [("百分之三十", 30, "%", "percent")]),
        ("百分之12.5", [("百分之12.5", 12.5, "%", "percent")]),
        ("上升1.2个百分点", [("1.2个百分点", 1.2, "个百分点", "percent")]),
        (
            "1493户,超17万平方米",
            [("1493户", 1493, "户", "people"), ("17万平方米", 170_000, "平方米", "area")],
        ),
        ("投资总金额120余万元", [("120余万元", 1_200_000, "元", "money")]),
        ("3000多名党员", [("3000多名", 3000, "名", "people")]),
        ("规划面积达31.2平方公里", [("31.2平方公里", 31.2, "平方公里", "area")]),
        ("新增4100个学位", [("4100个", 4100, "个", "count")]),
        ("首批聘请26位专家", [("26位", 26, "位", "people")]),
        ("总长47公里", [("47公里", 47, "公里", "length")]),
        ("三家单位", [("三家", 3, "家", "count")]),
        ("二十个主题林", [("二十个", 20, "个", "count")]),
        ("用五年时间", [("五年", 5, "年", "duration")]),
        ("历时3个月", [("3个月", 3, "个月", "duration")]),
        ("投资一亿五千万元", [("一亿五千万元", 150_000_000, "元", "money")]),
        ("50吨大米", [("50吨", 50, "吨", "weight")]),
        ("发电3万千瓦时", [("3万千瓦时", 30_000, "千瓦时", "energy")]),
        ("票价100块钱", [("100块钱", 100, "块钱", "money")]),
        ("500万美元", [("500万美元", 5_000_000, "美元", "money")]),
    ],
)
def test_a_figure_is_its_number_its_unit_and_what_that_measures(
    text: str, expected: list[tuple[str, float, str, str]]
) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2023年8月2日",
        "9月11日成立",
        "1月至9月",
        "1-6月",
        "2023-08-02 09:58:51",
        "G325线改线",
        "S270线",
        "X018线城北段",
        "第3个",
        "一体化发展",
        "同比增长",
        "二〇二三年",
        "八月二日",
        "十二月",
    ],
)
def test_dates_road_numbers_and_ordinals_are_no_figures(text: str) -> None:
    assert found(text) == []


def test_equal_amounts_are_equal_in_whatever_unit_they_are_written() -> None:
    amounts = [found(text)[0][1] for text in ("148.11亿元", "1481100万元", "14811000000元")]
    assert amounts == [14_811_000_000] * 3


@given(st.text(st.sampled_from("一二十百千万亿点零0123,.%年月日个元第余多约亩米 ")))
def test_figures_are_in_order_apart_and_finite(text: str) -> None:
    folded = fold(text)
    flat = [offset for figure in figures(folded) for offset in (figure.start, figure.end)]
    assert flat == sorted(flat)
    assert all(0 <= figure.value < float("inf") for figure in figures(folded))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("个项目", ("count", "个")),
        ("亿元", ("money", "元")),
        ("万平方米", ("area", "平方米")),
        ("平方公里", ("area", "平方公里")),
        ("公里长", ("length", "公里")),
        ("项目", ("count", "项")),
        ("钱", None),
        ("", None),
    ],
)
def test_a_unit_at_the_beginning_is_told(text: str, expected: tuple[str, str] | None) -> None:
    assert unit_kind(text) == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("营收为 2879 亿元人民币", [("2879 亿元人民币", 287_900_000_000.0, "money")]),
        ("超 43 万名员工", [("43 万名", 430_000.0, "people")]),
        ("8 月 16 日消息，2023 年增长 7.6%", [("7.6%", 7.6, "percent")]),
    ],
)
def test_a_space_may_stand_between_digits_and_unit(text, found):
    folded = fold(text)
    assert [(folded[f.start : f.end], f.value, f.kind) for f in figures(folded)] == found

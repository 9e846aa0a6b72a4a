"""qa.language.questions: what a question asks for, and what evidence for it must agree with."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.questions import parse


def names_of(question: str) -> list[str]:
    return [place.name for place in parse(question).places]


def term_texts(question: str) -> list[str]:
    return [term.text for term in parse(question).terms]


@pytest.mark.parametrize(
    ("question", "units", "unit", "focus"),
    [
        ("鹤山引进了多少亿元以上项目", ("count", "people"), "", "亿元以上项目"),
        ("鹤山引进了几个项目", ("count",), "个", "项目"),
        ("2023年鹤山市引进项目多少个", ("count",), "个", "引进项目"),
        ("鹤山超100万元的项目有多少个", ("count",), "个", "项目"),
        ("免费梅江行动盘活了多少套房", ("count",), "套", "房"),
        ("建成多少所学校", ("count",), "所", "学校"),
        ("鹤山引进了多少项目", ("count", "people"), "", "项目"),
        ("鹤山引进了多少项重点工程", ("count",), "项", "重点工程"),
        ("佛山有多少家规上工业企业", ("count",), "家", "规上工业企业"),
        ("潮州市有多少个镇", ("count",), "个", "镇"),
        ("梅江区今年力争新增多少家四上企业", ("count",), "家", "四上企业"),
        ("梅江区整治了多少户铁皮瓦", ("people",), "户", "铁皮瓦"),
        ("梅江区聘请了多少名产业村长", ("people",), "名", "产业村长"),
        ("潮州市有多少人口", ("people",), "", "人口"),
        ("鹤山市主平台规划面积是多少", ("area",), "", "平台规划面积"),
        ("梅江区规上工业总产值是多少", ("money",), "", "规上工业总产值"),
        ("梅江区规上工业增加值多少亿元", ("money",), "元", "规上工业增加值"),
        ("去年潮州财政收入多少亿元", ("money",), "元", "财政收入"),
        ("京东智慧渔业产业园项目首期投资多少", ("money",), "", "投资"),
        ("Mate60售价多少", ("money",), "", "售价"),
        ("失业率是多少", ("percent",), "", "失业率"),
        ("江门进出口总额增长多少", ("percent",), "", "进出口总额增长"),
        ("外贸占比是多少", ("percent",), "", "外贸占比"),
        ("大桥全长多少公里", ("length",), "公里", "全长"),
        ("大桥有多长", ("length",), "", ""),
        ("园区有多大", ("area",), "", "园区"),
        ("他年龄有多大", ("duration",), "", "年龄"),
        ("他的体重是多少", ("weight",), "", "体重"),
        ("工期多久", ("duration",), "", "工期"),
    ],
)
def test_a_question_for_a_figure_names_what_is_measured(
    question: str, units: tuple[str, ...], unit: str, focus: str
) -> None:
    parsed = parse(question)
    assert (parsed.kind, parsed.units, parsed.unit, parsed.focus) == ("number", units, unit, focus)


@pytest.mark.parametrize(
    ("question", "kind", "focus"),
    [
        ("大会什么时候召开", "date", ""),
        ("大会哪一年召开", "date", ""),
        ("几月几日开幕", "date", ""),
        ("《梅县区行动方案》是什么时候发布的", "date", ""),
        ("鹤山市市长是谁", "person", ""),
        ("谁是鹤山市委书记", "person", ""),
        ("鹤山市的市长叫什么", "person", ""),
        ("活动在哪里举行", "place", ""),
        ("哪个镇获得了第一名", "place", "镇"),
        ("城北镇引进了什么企业", "entity", "企业"),
        ("哪家公司投资了华烽项目", "entity", "公司"),
        ("比学打擂活动前三名是哪些镇街", "list", "镇街"),
        ("梅江区有哪些重点产业", "list", "重点产业"),
        ("什么是一图一策一表", "text", ""),
        ("为什么要实施百千万工程", "text", ""),
        ("鹤山如何招商引资", "text", ""),
        ("梅江区有没有机场", "text", ""),
        ("开展了什么活动", "text", ""),
        ("鹤山", "text", ""),
        ("", "text", ""),
    ],
)
def test_other_questions_have_their_kind_and_no_units(question: str, kind: str, focus: str) -> None:
    parsed = parse(question)
    assert (parsed.kind, parsed.units, parsed.unit, parsed.focus) == (kind, (), "", focus)


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("鹤山引进了多少亿元以上项目", ["鹤山"]),
        ("鹤山市市长是谁", ["鹤山市"]),
        ("谁是鹤山市委书记", ["鹤山"]),
        ("潮州和江门谁的产值高", ["潮州", "江门"]),
        ("城北镇引进了什么企业", ["城北镇"]),
        ("请问梅州市梅江区长沙镇有多少人", ["长沙镇"]),
        ("全市有多少个行政村", []),
        ("大桥有多长", []),
    ],
)
def test_the_places_of_a_question(question: str, places: list[str]) -> None:
    assert names_of(question) == places


def test_the_parents_of_a_place_are_kept_with_it() -> None:
    (place,) = parse("梅州市梅江区规上工业总产值是多少").places
    assert (place.start, place.end, place.name, place.parents) == (0, 6, "梅江区", ("梅州市",))


@pytest.mark.parametrize(
    ("question", "years", "relative"),
    [
        ("2023年鹤山市地区生产总值是多少", ("2023",), ()),
        ("２０２３年鹤山市引进项目多少个", ("2023",), ()),
        ("2022年至2023年江门进出口总额增长多少", ("2022", "2023"), ()),
        ("2023年比2023年初多多少", ("2023",), ()),
        ("去年潮州财政收入多少亿元", (), ("去年",)),
        ("前年和明年各多少", (), ("前年", "明年")),
        ("投资2000万元的项目有多少个", (), ()),
        ("新增2023个项目的是哪里", (), ()),
        ("120231年", (), ()),
    ],
)
def test_the_years_of_a_question(
    question: str, years: tuple[str, ...], relative: tuple[str, ...]
) -> None:
    parsed = parse(question)
    assert (parsed.years, parsed.relative_years) == (years, relative)


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("“免费梅江”行动盘活了多少套房", ("免费梅江",)),
        ("「免費梅江」行動盤活了多少套房", ("免费梅江",)),
        ("《梅县区行动方案》是什么时候发布的", ("梅县区行动方案",)),
        ("“一图一策”和《方案》是什么", ("一图一策", "方案")),
        ("“四”上企业有多少", ()),
        ("免费梅江行动盘活了多少套房", ()),
    ],
)
def test_what_stands_in_quotation_marks_is_quoted(question: str, quoted: tuple[str, ...]) -> None:
    assert parse(question).quoted == quoted


@pytest.mark.parametrize(
    ("question", "figures"),
    [
        ("鹤山超100万元的项目有多少个", [(1_000_000.0, "元")]),
        ("增长5%以上的镇有几个", [(5.0, "%")]),
        ("3个园区的面积是多少", [(3.0, "个")]),
        ("什么是一线工作法", []),
        ("2023年鹤山市地区生产总值是多少", []),
        ("鹤山引进了多少亿元以上项目", []),
    ],
)
def test_figures_in_a_question_are_conditions(
    question: str, figures: list[tuple[float, str]]
) -> None:
    assert [(figure.value, figure.unit) for figure in parse(question).figures] == figures


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("2023年鹤山市地区生产总值是多少", ["地区", "生产总值"]),
        ("梅州市梅江区的失业率是多少", ["失业率"]),
        ("潮州和江门的人口是多少", ["人口"]),
        ("去年潮州财政收入多少亿元", ["去年", "财政收入", "亿元"]),
        ("鹤山如何招商引资", ["招商引资"]),
        ("哪家公司投资了华烽项目", ["公司", "投资", "华烽", "项目"]),
        ("几月几日开幕", ["开幕"]),
        ("有多少", []),
    ],
)
def test_terms_are_content_words_without_places_and_years(question: str, texts: list[str]) -> None:
    assert term_texts(question) == texts


def test_a_rare_word_weighs_more_than_a_frequent_one_and_a_verb_less_than_a_noun() -> None:
    weights = {term.text: term.weight for term in parse("鹤山引进的锦地罗项目有多少个").terms}
    assert weights["锦地罗"] > weights["项目"] > weights["引进"] > 0


def test_an_unknown_name_that_the_tagger_cuts_up_is_one_term() -> None:
    assert "锦地罗" in term_texts("锦地罗的功效是什么")


def test_an_unknown_name_has_to_be_mentioned() -> None:
    assert parse("锦地罗的高度是多少").names == ("锦地罗",)


@pytest.mark.parametrize(
    ("question", "stem"),
    [
        ("鹤山市市长是谁？", "鹤山市市长是"),
        ("鹤山引进了多少亿元以上项目", "鹤山引进了 亿元以上项目"),
        ("鹤山如何招商引资", "鹤山 招商引资"),
        ("鹤山", "鹤山"),
        ("", ""),
    ],
)
def test_the_stem_is_the_question_without_its_interrogative(question: str, stem: str) -> None:
    assert parse(question).stem == stem


@pytest.mark.parametrize(
    "question",
    [
        "请问鹤山引进了多少亿元以上项目",
        "  我想知道鹤山引进了多少亿元以上项目 ",
        "你好，请问鹤山引进了多少亿元以上项目",
        "請問鶴山引進了多少億元以上項目",
    ],
)
def test_politeness_and_script_make_no_difference(question: str) -> None:
    assert parse(question) == parse("鹤山引进了多少亿元以上项目")


@given(st.text(max_size=60))
def test_any_text_can_be_taken_apart(question: str) -> None:
    parsed = parse(question)
    assert all(0 < term.weight <= 1 for term in parsed.terms)
    assert all(
        parsed.text[place.start : place.end] == "".join((*place.parents, place.name))
        for place in parsed.places
    )
    assert bool(parsed.units) <= (parsed.kind == "number")


@pytest.mark.parametrize(
    ("question", "units"),
    [
        ("产值下降多少", ("percent",)),
        ("价格涨了几成", ("percent",)),
        ("收入增长占比多大", ("percent",)),
        ("鹤山面积增长多大", ("area",)),
        ("营业时间增长多久", ("duration",)),
    ],
)
def test_growth_is_asked_for_with_every_interrogative(question, units):
    parsed = parse(question)
    assert (parsed.kind, parsed.units) == ("number", units)


def test_every_combination_of_question_parts_can_be_taken_apart():
    subjects = ("", "鹤山", "收入增长", "规上工业企业", "2023年", "占比", "区委书记")
    asking = (
        *("多少", "几", "几个", "多大", "多久", "占比", "比例是几成", "百分之几", "多少个百分点"),
        *("哪家", "哪个镇", "在哪", "什么时候", "谁", "叫什么", "哪些", "什么企业", "是什么", ""),
    )
    things = ("", "人", "个", "亿元以上项目", "了", "镇", "企业", "？", "率")
    for parts in product(subjects, asking, things):
        text = "".join(parts)
        parsed = parse(text)
        assert parsed.kind in {"number", "date", "person", "place", "entity", "list", "text"}
        assert parsed.kind == "number" or not parsed.units, text

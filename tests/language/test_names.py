"""qa.language.names: places in their administrative form, and persons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.names import Place, base, persons, places


def found(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(place.name, place.parents) for place in places(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("梅江区", [("梅江区", ())]),
        ("梅州市梅江区", [("梅江区", ("梅州市",))]),
        ("广东省梅州市梅江区", [("梅江区", ("广东省", "梅州市"))]),
        ("梅州市梅江区长沙镇", [("长沙镇", ("梅州市", "梅江区"))]),
        ("潮州湘桥区官塘镇", [("官塘镇", ("潮州", "湘桥区"))]),
        ("江门鹤山", [("鹤山", ("江门",))]),
        ("潮安区文祠镇", [("文祠镇", ("潮安区",))]),
        ("鹤山市址山镇", [("址山镇", ("鹤山市",))]),
        ("内蒙古自治区", [("内蒙古自治区", ())]),
        ("湘西土家族苗族自治州", [("湘西土家族苗族自治州", ())]),
    ],
)
def test_a_chain_of_divisions_is_one_place_with_parents(
    text: str, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert found(text) == expected


def test_the_span_of_a_chain_takes_in_the_parents() -> None:
    assert places("在梅州市梅江区举行") == (Place(1, 7, "梅江区", ("梅州市",)),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("长沙", ["长沙"]),
        ("长沙市", ["长沙市"]),
        ("长沙镇", ["长沙镇"]),
        ("长沙镇有多少人", ["长沙镇"]),
        ("长沙有多少人", ["长沙"]),
        ("北京、广东和鹤山", ["北京", "广东", "鹤山"]),
        ("香港和澳门", ["香港", "澳门"]),
        ("香港特别行政区", ["香港特别行政区"]),
        ("梅县区规上工业总产值", ["梅县区"]),
        ("鹤山市委书记", ["鹤山"]),
        ("城北镇引进了1家企业", ["城北镇"]),
        ("江南街道以梅龙社区为试点", ["江南街道"]),
        ("三角镇、城北镇、金山街道", ["三角镇", "城北镇", "金山街道"]),
    ],
)
def test_places_are_found_as_they_are_written(text: str, expected: list[str]) -> None:
    assert [place.name for place in places(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "中心镇",
        "全市",
        "全区",
        "行政村",
        "圩镇",
        "美丽乡村",
        "特色小镇",
        "全国百强县",
        "城市",
        "各镇街",
        "这个县",
        "高新区",
        "开发区",
        "全市各县区和乡镇街道",
        "江南",
        "平安",
        "",
    ],
)
def test_words_for_a_kind_of_place_are_no_places(text: str) -> None:
    assert places(text) == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("鹤山市", "鹤山"),
        ("鹤山", "鹤山"),
        ("广东省", "广东"),
        ("梅江区", "梅江"),
        ("梅县", "梅县"),
        ("梅县区", "梅县"),
        ("内蒙古自治区", "内蒙古"),
        ("香港特别行政区", "香港"),
        ("长沙镇", "长沙镇"),
        ("江南街道", "江南街道"),
        ("澄滩村", "澄滩村"),
        ("市", "市"),
        ("", ""),
    ],
)
def test_the_base_of_a_name_lacks_the_kind_of_division(name: str, expected: str) -> None:
    assert base(name) == expected


def test_a_place_knows_its_base() -> None:
    assert [place.base for place in places("鹤山市和长沙镇")] == ["鹤山", "长沙镇"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("市委书记李明表示", ["李明"]),
        ("记者王小丫报道", ["王小丫"]),
        ("副镇长高敏说道", ["高敏"]),
        ("区长陈伟文介绍", ["陈伟文"]),
        ("全区上下", []),
        ("梅州市梅江区", []),
        ("", []),
    ],
)
def test_persons_are_found(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in persons(text)] == expected


@given(st.text(st.sampled_from("梅州市江区长沙镇潮安文祠鹤山址在有,。、和村街道A1"), max_size=24))
def test_places_lie_in_order_and_are_made_of_their_parts(text: str) -> None:
    end = 0
    for place in places(text):
        assert end <= place.start < place.end
        assert text[place.start : place.end] == "".join((*place.parents, place.name))
        end = place.end

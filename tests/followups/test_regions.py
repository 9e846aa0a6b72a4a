"""qa.followups.regions: places, and what says where without a name."""

from __future__ import annotations

import pytest

from qa.followups.regions import is_whole, named_places


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("全省有多少家企业", ["全省"]),
        ("2022年全国粮食产量是多少", ["全国"]),
        ("我国有多少个少数民族", ["我国"]),
        ("珠三角有多少个城市", ["珠三角"]),
        ("横琴合作区有多少家企业", ["横琴合作区"]),
        ("前海合作区的面积是多少", ["前海合作区"]),
        ("占全省的比重是多少", []),
        ("全国人大代表有多少名", ["全国"]),
        ("经济开发区有多少家企业", []),
        ("产业示范区有几个", []),
        ("该开发区有几家企业", []),
        ("梅州市梅江区有多少人口", ["梅江区"]),
    ],
)
def test_places_of_a_question(text: str, names: list[str]) -> None:
    assert [place.name for place in named_places(text)] == names


def test_a_region_without_a_name_is_a_whole() -> None:
    assert is_whole("全省")
    assert is_whole("我国")
    assert not is_whole("珠三角")
    assert not is_whole("潮州")

"""qa.surveying.spelling: names that no article has, and near ones that some have."""

from __future__ import annotations

import pytest

from qa.surveying.spelling import corrections


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("贺山有几个项目", "鹤山市引进项目。", ("贺山", "鹤山")),
        ("heshan有几个项目", "鹤山市引进项目。", ("heshan", "鹤山")),
        ("chongqing的人口", "重庆市有人口。", ("chongqing", "重庆")),
        ("朝州有多少产业园", "潮州的产业园。潮州好。", ("朝州", "潮州")),
        ("梅江曲的书记", "梅江区委书记。", None),
        ("鹤山有几个项目", "鹤山市引进项目。", None),
        ("OECD有几个国家", "鹤山市引进项目。", None),
    ],
)
def test_near_names_are_found(question: str, text: str, found: tuple[str, str] | None) -> None:
    near = list(corrections(question, "", lambda: [text]))
    assert (found in near) if found else not near


def test_of_a_longer_name_one_character_may_be_another() -> None:
    near = corrections("杨德轩的情况", "杨德轩", lambda: ["校长杨德志出席。"])
    assert ("杨德轩", "杨德志") in list(near)

"""qa.followups.journeys: ways from one place to another."""

from __future__ import annotations

import pytest

from qa.followups.journeys import another_end, find_route, is_vehicle
from qa.language.names import places


@pytest.mark.parametrize(
    ("question", "span", "origin", "goal", "by"),
    [
        ("从广州到深圳要多久", "从广州到深圳", "广州", "深圳", ""),
        ("从广州坐高铁到香港要多久", "从广州坐高铁到香港", "广州", "香港", "坐高铁"),
        ("广州到汕头的高铁票价是多少", "广州到汕头", "广州", "汕头", "高铁"),
        ("深圳至江门铁路全长多少", "深圳至江门", "深圳", "江门", ""),
        ("从广州南站到虎门多久", "从广州南站到虎门", "广州南站", "虎门", ""),
    ],
)
def test_a_way_is_found(question: str, span: str, origin: str, goal: str, by: str) -> None:
    route = find_route(question, places(question))
    assert route is not None
    assert [question[slice(*part)] for part in route] == [span, origin, goal, by]


@pytest.mark.parametrize("question", ["从小学到大学要多久", "广州和深圳有多远", "广州有多少人口"])
def test_what_is_no_way(question: str) -> None:
    assert find_route(question, places(question)) is None


def test_one_end_is_named_anew() -> None:
    question = "从广州到深圳要多久"
    route = find_route(question, places(question))
    assert route is not None
    assert another_end("到珠海", route) == (route.goal, (1, 3))
    assert another_end("从佛山出发", route) == (route.origin, (1, 3))
    assert another_end("珠海", route) is None


def test_vehicles() -> None:
    assert is_vehicle("坐飞机")
    assert is_vehicle("高铁")
    assert not is_vehicle("坐飞机要多久")

"""ui.page.chat.memory: what a browser kept of a conversation, and what of it is believed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Filters, Library
from qa.types import Hit
from tests.serving import HESHAN, library_of
from ui.page.chat.memory import KEPT, read, recall, told, unread
from ui.page.chat.turns import Conversation, Turn
from ui.page.evidence import sheet_key

CHAOZHOU = "潮州有多少个省级农业产业园"
KEY = "0123456789abcdef" * 2


def keep(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return what the page's script keeps of turns that came to an end."""
    return [kept for turn in turns if not turn.error for kept in [told(turn)] if kept]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def turns(library: Library) -> list[Turn]:
    first = library.ask(HESHAN)
    assert first.text == "60个"
    return [
        Turn(HESHAN, first),
        Turn(CHAOZHOU, library.ask(CHAOZHOU, [HESHAN])),
        Turn("鹤山有多少只熊猫", library.ask("鹤山有多少只熊猫")),
        Turn("坏了", error="failed"),
    ]


def test_filters_come_back_with_their_answer(library: Library) -> None:
    filters = Filters("广州", date(2023, 1, 1), None, "鹤", "提速", "鹤山.txt")
    asked = Turn(HESHAN, library.ask(HESHAN, filters=filters))
    (kept,) = json.loads(json.dumps(keep([asked])))
    assert recall(library, [kept]) == [asked]
    del kept["answer"]["filters"]  # as pages kept it before there were any
    (old,) = recall(library, [kept])
    assert old.answer is not None
    assert (old.answer.text, old.answer.filters) == ("60个", Filters())


@pytest.mark.parametrize("filters", [{"source": "南方"}, {"until": "2023-11-15"}])
def test_what_is_quoted_has_to_be_within_the_filters(
    library: Library, turns: list[Turn], filters: dict[str, str]
) -> None:
    (kept,) = keep(turns[:1])
    kept["answer"]["filters"] |= filters
    (turn,) = recall(library, [kept])
    assert (turn.answer, turn.lost) == (None, True)


def test_a_conversation_comes_back_as_it_was(library: Library, turns: list[Turn]) -> None:
    kept = json.loads(json.dumps(keep(turns)))
    back = recall(library, kept)
    assert [turn.question for turn in back] == [turn.question for turn in turns[:3]]
    assert back[0] == turns[0]
    assert back[1].answer == turns[1].answer
    assert len(back) == 3, "what failed has nothing to be kept"
    third, asked = back[2].answer, turns[2].answer
    assert third is not None
    assert asked is not None
    assert (third.status, third.missing_terms) == ("no_evidence", asked.missing_terms)
    assert keep(back) == kept


def places(hits: Sequence[Hit]) -> list[tuple[str, int, int, str]]:
    return [(hit.article.path, hit.passage.start, hit.passage.end, hit.text) for hit in hits]


def test_passages_beside_no_evidence_come_back_cut_from_the_articles_again(
    tmp_path: Path, library: Library, turns: list[Turn]
) -> None:
    asked = turns[2].answer
    assert asked is not None
    assert asked.nearest is not None
    assert len(asked.related) == 3
    (kept,) = json.loads(json.dumps(keep([turns[2]])))
    (back,) = recall(library, [kept])
    assert back.answer is not None
    assert back.answer.nearest == asked.nearest
    assert places(back.answer.related) == places(asked.related)
    # Those of an article that has changed, or is not within the filters, are not shown.
    path = tmp_path / "articles" / asked.nearest.article.path
    path.write_text(path.read_text(encoding="utf-8") + "又一句。\n", encoding="utf-8")
    library.sync(tmp_path / "articles")
    (back,) = recall(library, [kept])
    assert back.answer is not None
    assert (back.lost, back.answer.status, back.answer.nearest) == (False, "no_evidence", None)
    assert places(back.answer.related) == [
        place for place in places(asked.related) if place[0] != asked.nearest.article.path
    ]
    kept["answer"]["filters"] |= {"path": "开平"}
    (back,) = recall(library, [kept])
    assert back.answer is not None
    assert {hit.article.path for hit in back.answer.related} <= {"开平.txt"}
    kept["answer"]["related"] *= 10
    assert recall(library, [kept]) == []


def test_a_conversation_is_read_under_its_key(library: Library, turns: list[Turn]) -> None:
    kept = json.dumps({"key": KEY, "turns": keep(turns)})
    conversation = unread(kept)
    assert conversation is not None
    assert (conversation.key, conversation.turns) == (KEY, ())
    back = read(library, conversation)
    assert (back.key, back.unread) == (KEY, None)
    assert list(back.turns) == recall(library, keep(turns))
    assert read(library, back) is back
    assert Conversation().key != Conversation().key


@pytest.mark.parametrize(
    "kept",
    ["", "x", "null", "[]", "[" * 100_000, "\ud800", "{}", f'{{"key": "{KEY}", "turns": []}}',
     f'{{"key": "{KEY}", "turns": [{{"question": "a"}}]}}',
     '{"key": "<img>", "turns": [{"question": "a", "error": ""}]}',
     f'{{"key": "{KEY}\\n", "turns": [{{"question": "a", "error": ""}}]}}',
     json.dumps({"key": KEY, "turns": [{"question": "a", "error": ""}] * (KEPT + 1)})],
)  # fmt: skip
def test_a_conversation_that_makes_no_sense_is_none(kept: str) -> None:
    assert unread(kept) is None


def test_no_article_text_leaves_the_server(library: Library, turns: list[Turn]) -> None:
    assert "创新高" in library.article("鹤山.txt").text
    assert "创新高" not in json.dumps(keep(turns), ensure_ascii=False)


def test_an_answer_whose_article_changed_is_lost(
    tmp_path: Path, library: Library, turns: list[Turn]
) -> None:
    kept = keep(turns)
    path = tmp_path / "articles" / "鹤山.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("60个", "61个"), encoding="utf-8")
    library.sync(tmp_path / "articles")
    back = recall(library, kept)
    assert [turn.lost for turn in back] == [True, False, False]
    library.remove("潮州.txt")
    assert [turn.lost for turn in recall(library, kept)] == [True, True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "61个"},
        {"text": ""},
        {"text": "60个\n61个"},
        {"text": "60个\n60个"},
        {"citations": []},
        {"citations": [{"start": 0, "end": 4}]},
        {"citations": [{"start": 9, "end": 9}]},
        {"citations": [{"start": 10_000, "end": 20_000}]},
        {"citations": [{"article": 999}]},
        {"citations": [{"sheet": "1-000000000000"}]},
        {"status": "no_evidence"},
    ],
)
def test_what_the_articles_do_not_bear_out_is_not_shown(
    library: Library, turns: list[Turn], change: dict[str, Any]
) -> None:
    (kept,) = keep(turns[:1])
    for name, value in change.items():
        if name == "citations" and value:
            kept["answer"]["citations"][0] |= value[0]
        else:
            kept["answer"][name] = value
    (turn,) = recall(library, [kept])
    assert (turn.answer, turn.lost) == (None, True)


@pytest.mark.parametrize(
    "kept",
    [None, 3, "x", {}, [3], [{}], [{"question": 3}], [{"question": "x" * 3000}],
     [{"question": "a", "more": 1}], [{"question": "a", "answer": {"status": "answered"}}],
     [{"question": "a"}]],
)  # fmt: skip
def test_what_makes_no_sense_is_nothing(library: Library, kept: Any) -> None:
    assert recall(library, kept) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
)


@given(kept=json_values)
def test_whatever_a_browser_says_is_read_or_refused(kept: Any) -> None:
    class Nothing:
        def article(self, _: str) -> None:
            raise AssertionError

    assert isinstance(recall(Nothing(), kept), list)  # type: ignore[arg-type]


def test_only_the_last_turns_are_kept(library: Library, turns: list[Turn]) -> None:
    many = [Turn(str(number), turns[0].answer) for number in range(KEPT + 5)]
    back = recall(library, keep(many))
    assert [turn.question for turn in back] == [str(number) for number in range(5, KEPT + 5)]


def test_a_forged_conversation_does_not_keep_the_server_busy(
    tmp_path: Path, library: Library, turns: list[Turn]
) -> None:
    path = tmp_path / "articles" / "长.txt"
    path.write_text("鹤山引进项目60个。\n" * 5_000, encoding="utf-8")
    library.sync(tmp_path / "articles")
    article = library.article("长.txt")
    (kept,) = keep(turns[:1])
    place = {"article": article.id, "sheet": sheet_key(article), "start": 0}
    kept["answer"]["citations"] = [place | {"end": 2_000}] * 50
    kept["answer"]["text"] = "\n".join(["61个"] * 10)
    wide = json.loads(json.dumps(kept))
    wide["answer"]["citations"] = [place | {"end": 1 << 30}] * 50
    started = time.perf_counter()
    back = recall(library, [kept] * 25 + [wide] * 25)
    assert time.perf_counter() - started < 10
    assert all(turn.lost for turn in back)

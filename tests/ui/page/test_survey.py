"""Listings, overviews and greetings on the page, in a browser's memory, and as a sheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import httpx
import pytest

from qa import Library
from qa.asking.asked import Asked, Compute, Kind
from qa.presenting.transcript import to_markdown
from qa.types import Answer
from tests.serving import library_of, serving
from ui.page.chat.memory import recall, told
from ui.page.chat.survey import LISTED, survey_html
from ui.page.chat.turns import Turn
from ui.programs.markdown import reply_to
from ui.schema import Answer as Shown
from ui.texts.languages import CHINESE, ENGLISH

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library_of(tmp_path_factory.mktemp("survey") / "library") as opened:
        yield opened


def surveyed(
    library: Library, question: str, kind: Kind, topic: str = "", compute: Compute = ""
) -> Answer:
    at = question.index(topic)
    span = (at, at + len(topic)) if topic else None
    return library.survey(Asked(question, kind, compute=compute, topic=span))


def hrefs(page: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', page)]


def test_a_listing_shows_every_article_with_its_quote(library: Library) -> None:
    answer = surveyed(library, "哪些文章提到鹤山", "articles", "鹤山", "list")
    assert answer.listing is not None
    page = survey_html(answer, CHINESE)
    assert page.count("<li>") == answer.listing.total >= 1
    assert "<mark>鹤山</mark>" in page
    assert f"查了 {library.count} 篇文章，{answer.listing.total} 篇提到鹤山" in page
    assert "all looked through" in survey_html(answer, ENGLISH)


def test_many_articles_are_shown_some_at_a_time(library: Library) -> None:
    answer = surveyed(library, "一共有多少篇", "articles")
    assert answer.listing is not None
    first = answer.listing.entries[0]
    entries = tuple(replace(first, number=number) for number in range(1, LISTED + 31))
    many = replace(answer, listing=replace(answer.listing, total=len(entries), entries=entries))
    page = survey_html(many, CHINESE)
    assert page.count("<li>") == LISTED
    assert page.count("<details><summary>再看 20 篇") == LISTED // 20 - 1


def test_what_articles_hold_stays_text(library: Library) -> None:
    answer = surveyed(library, "<b>鹤山</b>", "entity", "<b>鹤山</b>")
    assert "<b>鹤山" not in survey_html(answer, CHINESE)
    entity = surveyed(library, "鹤山", "entity", "鹤山")
    assert "yj-listing" in survey_html(entity, CHINESE)


def test_the_sheet_behind_the_link_has_all(library: Library) -> None:
    answer = surveyed(library, "哪些文章提到鹤山", "articles", "鹤山", "list")
    assert answer.listing is not None
    *_, link = hrefs(survey_html(answer, CHINESE))
    with serving(library) as address:
        response = httpx.get(f"{address}/{link}")
        assert response.headers["content-type"].startswith("text/csv")
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert [row[5] for row in rows[1:]] == [
            entry.article.path for entry in answer.listing.entries
        ]
        assert httpx.get(f"{address}/conversation/listing.csv?since=never").status_code == 422


@pytest.mark.parametrize("question", ["你好", "谢谢"])
def test_greetings_offer_questions_in_the_readers_language(library: Library, question: str) -> None:
    answer = surveyed(library, question, "greeting" if question == "你好" else "thanks")
    assert answer.suggestions
    for messages in (CHINESE, ENGLISH):
        page = survey_html(answer, messages)
        assert messages.talk[answer.kind] in page
        assert page.count("data-question=") == len(answer.suggestions)
        reply = reply_to(answer, messages, "http://host").content
        assert reply.startswith(messages.talk[answer.kind])


@pytest.mark.parametrize(
    ("question", "kind", "topic"),
    [
        ("哪些文章提到鹤山", "articles", "鹤山"),
        ("有提到熊猫的吗", "articles", "熊猫"),
        ("鹤山", "entity", "鹤山"),
        ("概括一下", "overview", ""),
        ("你好", "greeting", ""),
    ],
)
def test_a_browser_gets_back_what_the_articles_say_now(
    library: Library, question: str, kind: Kind, topic: str
) -> None:
    asked = Turn(question, surveyed(library, question, kind, topic))
    (recalled,) = recall(library, json.loads(json.dumps([told(asked)])))
    assert asked.answer is not None
    listing = None if kind == "overview" else asked.answer.listing
    assert recalled.answer == replace(asked.answer, listing=listing)


@pytest.mark.parametrize(
    ("topic", "number"), [("GDP、CPI、PPI、PMI和R&D", 6), ("庚" * 250, 1)], ids=["many", "long"]
)
def test_a_listing_of_many_or_long_names_is_kept(library: Library, topic: str, number: int) -> None:
    asked = Turn(topic, surveyed(library, topic, "articles", topic))
    assert asked.answer is not None
    assert asked.answer.listing is not None
    assert len(asked.answer.listing.terms) == number
    (recalled,) = recall(library, json.loads(json.dumps([told(asked)])))
    assert recalled.answer == asked.answer


def test_a_browser_cannot_put_in_what_was_never_counted(library: Library) -> None:
    answer = surveyed(library, "哪些文章提到鹤山", "articles", "鹤山")
    kept = json.loads(json.dumps(told(Turn("哪些文章提到鹤山", answer))))
    kept["answer"]["text"] = "查了全部文章，共 9 篇，9 篇提到“鹤山”。"
    (recalled,) = recall(library, [kept])
    assert recalled.answer is not None
    assert recalled.answer.text == answer.text
    kept["answer"]["listing"] = None
    (lost,) = recall(library, [kept])
    assert lost.lost


def test_programs_and_exports_get_the_listing(library: Library) -> None:
    answer = surveyed(library, "哪些文章提到鹤山", "articles", "鹤山")
    assert answer.listing is not None
    shown = Shown.of(answer)
    assert shown.listing is not None
    assert shown.listing.total == len(shown.listing.entries) == answer.listing.total
    exported = to_markdown([answer], accessed=date(2026, 1, 1))
    assert "篇提到“鹤山”" in exported
    assert "篇提到“鹤山”" in reply_to(answer, CHINESE, "http://host").content

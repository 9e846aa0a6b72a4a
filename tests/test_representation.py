"""qa.representation: the data model as JSON, in one line, and in a notebook."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.representation import as_json, marked, short
from qa.types import (
    Answer,
    Article,
    Citation,
    Failure,
    Hit,
    LeftOut,
    LibraryStatus,
    Passage,
    SyncReport,
)

TEXT = "引进60个。\n结束"
ARTICLE = Article(
    7, "a/b.txt", "标题", "南方日报", date(2023, 8, 2), "https://x.cn", TEXT, "0" * 64
)
BRIEF = {
    "id": 7,
    "title": "标题",
    "source": "南方日报",
    "published": "2023-08-02",
    "path": "a/b.txt",
}
HIT = Hit(Passage(3, 7, 0, 6), ARTICLE, "引进60个。", 1.5, 0.5, 2.5)
HIT_JSON = {
    "passage": {"id": 3, "article_id": 7, "start": 0, "end": 6},
    "article": BRIEF,
    "text": "引进60个。",
    "score": 1.5,
    "dense": 0.5,
    "lexical": 2.5,
}

CITATION = Citation(1, ARTICLE, "引进60个。", 0, 6)
ANSWER = Answer("几个？", "answered", "60个", (CITATION,), (HIT,), ("项目",), 0.9, 0.01)
REFUSED = replace(
    ANSWER,
    question="开平呢？",
    status="no_evidence",
    text="没有找到依据",
    citations=(),
    missing_terms=("开平", "项目"),
)
PARTS = {
    *("div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"),
    *("a", "bdi", "mark", "pre"),
}


class Page(HTMLParser):
    """What a page has: its elements, their attributes, and what cannot be seen in its texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        for _, value in attrs:
            self.handle_data(value or "")

    def handle_data(self, data: str) -> None:
        self.hidden += [c for c in data if c != "\n" and unicodedata.category(c)[0] == "C"]


def test_an_answer_has_the_fields_of_the_data_model() -> None:
    assert as_json(ANSWER) == {
        "question": "几个？",
        "status": "answered",
        "text": "60个",
        "citations": [{"number": 1, "article": BRIEF, "quote": "引进60个。", "start": 0, "end": 6}],
        "related": [HIT_JSON],
        "missing_terms": ["项目"],
        "confidence": 0.9,
        "seconds": 0.01,
        "carried": [],
        "reading": "几个？",
        "nearest": None,
        "filters": {
            "source": "",
            "since": None,
            "until": None,
            "path": "",
            "title": "",
            "article": "",
        },
        "kind": "single",
        "listing": None,
        "suggestions": [],
        "table": None,
    }


def test_an_article_by_itself_is_whole_and_inside_another_value_in_brief() -> None:
    whole = {
        **BRIEF,
        "url": "https://x.cn",
        "text": TEXT,
        "sha256": "0" * 64,
    }
    assert as_json(ARTICLE) == whole
    paged = dataclasses.replace(ARTICLE, pages=(0, 3))
    assert as_json(paged) == {**whole, "pages": [0, 3]}
    assert as_json(HIT) == HIT_JSON
    assert as_json([HIT]) == [HIT_JSON]
    assert as_json({"hit": HIT}) == {"hit": HIT_JSON}


def test_an_unknown_date_is_null() -> None:
    undated = dataclasses.replace(ARTICLE, published=None)
    assert as_json(undated)["published"] is None


def test_a_report_is_lists_of_paths() -> None:
    failed = (Failure("c.txt", "empty"),)
    report = SyncReport(("a.txt",), (), (), ("b.txt",), failed, (("d.txt", "e.txt"),))
    report = dataclasses.replace(report, left_out=LeftOut(hidden=1, sockets=2))
    assert as_json(report) == {
        "added": ["a.txt"],
        "updated": [],
        "removed": [],
        "unchanged": ["b.txt"],
        "failed": [{"path": "c.txt", "reason": "empty", "code": "", "values": {}}],
        "renamed": [["d.txt", "e.txt"]],
        "reposts": [],
        "left_out": {"hidden": 1, "temporary": 0, "system": 0, "links": 0, "sockets": 2},
        "read": [],
    }


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "鹤山"])
def test_plain_values_stay_as_they_are(value: object) -> None:
    assert as_json(value) is value


def test_the_forms_survive_json() -> None:
    assert json.loads(json.dumps(as_json(HIT))) == HIT_JSON


def test_every_value_gives_what_json_prints() -> None:
    for value in (ARTICLE, HIT, HIT.passage, ANSWER, ANSWER.citations[0], LeftOut(hidden=2)):
        assert value.to_dict() == as_json(value)
    assert ANSWER.to_dict()["citations"][0]["article"] == BRIEF


def test_a_value_is_one_line() -> None:
    assert repr(ARTICLE) == "Article(7, 'a/b.txt', '标题', '南方日报', 2023-08-02, 9 characters)"
    assert repr(HIT) == "Hit(+1.50, '引进60个。', '标题', 'a/b.txt'[0:6])"
    assert repr(CITATION) == "Citation(1, '引进60个。', '标题', 'a/b.txt'[0:6])"
    assert repr(ANSWER) == "Answer(answered, '60个', confidence 0.90, 1 citation, '标题')"
    assert repr(REFUSED) == "Answer(no_evidence, '开平呢？', missing '开平', '项目')"
    assert repr(replace(REFUSED, missing_terms=())) == "Answer(no_evidence, '开平呢？')"
    report = SyncReport(("a.txt",) * 9, (), (), ("b.txt",), (), left_out=LeftOut(hidden=3))
    assert repr(report) == (
        "SyncReport(added 9, updated 0, removed 0, unchanged 1, failed 0, renamed 0, reposts 0,"
        " left_out 3)"
    )
    status = LibraryStatus(
        "library", None, 1, 2, "builtin", "f" * 64, False, False, report, report.failed
    )
    assert repr(status) == "LibraryStatus('library', 1 article, 2 passages, 'builtin', not fresh)"
    assert repr(replace(status, stale_model=True)).endswith(", stale model)")
    assert repr(replace(status, fresh=True)).endswith(", fresh)")


@given(st.text(), st.text(max_size=300))
def test_a_line_is_short_and_shows_nothing_that_cannot_be_seen(text: str, other: str) -> None:
    article = replace(ARTICLE, path=other, title=text, source=other, text=text)
    citation = Citation(1, article, text, 0, len(text))
    answer = replace(ANSWER, text=text, citations=(citation,), question=other)
    refused = replace(REFUSED, question=text, missing_terms=(other,) * 50)
    for value in (article, citation, answer, refused, replace(HIT, article=article, text=text)):
        assert len(repr(value)) < 2000  # a character that is written out takes ten
        assert repr(value).isprintable()


def test_a_long_text_is_cut() -> None:
    assert short("鹤" * 41) == "'" + "鹤" * 39 + "…'"
    assert short("鹤" * 40) == "'" + "鹤" * 40 + "'"
    assert short("a\n\x1b[0m\u202eb") == r"'a\n\x1b[0m\u202eb'"


def test_a_notebook_shows_the_answer_and_a_table_of_its_quotes() -> None:
    assert ANSWER._repr_html_() == (
        '<div class="tex2jax_ignore mathjax_ignore"><p><strong>60个</strong></p><table><thead><tr>'
        '<th scope="col"></th><th scope="col">引文 quote</th><th scope="col">文章 article</th>'
        '<th scope="col">来源 source</th><th scope="col">日期 date</th></tr></thead><tbody><tr>'
        '<td style="text-align: left">[1]</td><td style="text-align: left">'
        '<bdi style="white-space: pre-wrap">引进<mark>60个</mark>。</bdi></td>'
        '<td style="text-align: left"><a href="https://x.cn" target="_blank"'
        ' rel="noopener noreferrer">标题</a></td><td style="text-align: left">南方日报</td>'
        '<td style="text-align: left">2023-08-02</td></tr></tbody></table></div>'
    )
    assert "<mark>" not in CITATION._repr_html_()
    assert ">引进60个。</bdi>" in CITATION._repr_html_()
    assert ">+1.50</td>" in HIT._repr_html_()
    assert '<pre style="white-space: pre-wrap">引进60个。\n结束</pre>' in ARTICLE._repr_html_()


def test_a_notebook_shows_what_is_missing_and_what_is_near() -> None:
    shown = REFUSED._repr_html_()
    assert "<p><strong>没有找到依据</strong></p><p>其中没有说到：开平、项目</p>" in shown
    assert "相关段落（不是答案）" in shown
    assert ">引进60个。</bdi>" in shown
    near = replace(REFUSED, nearest=CITATION)._repr_html_()
    assert (
        near.index("最接近的原文（不是答案）")
        < near.index("引进60个。")
        < near.index("其中没有说到")
    )
    bare = replace(REFUSED, missing_terms=(), related=())
    assert bare._repr_html_() == (
        '<div class="tex2jax_ignore mathjax_ignore"><p><strong>没有找到依据</strong></p></div>'
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " https://x.cn",
        "data:text/html,x",
        "https://",
        "//x.cn",
        "",
        "ftp://x",
    ],
)
def test_only_pages_of_the_web_are_linked_to(url: str) -> None:
    article = replace(ARTICLE, url=url, published=None, source="")
    assert '<td style="text-align: left"><bdi>标题</bdi></td>' in article._repr_html_()
    assert '来源不详</td><td style="text-align: left">日期不详' in article._repr_html_()


@given(st.text(alphabet="<>&\"'/=ax:\u202e\x00\ud800 \n"))
def test_no_text_becomes_a_part_of_the_page(text: str) -> None:
    article = replace(ARTICLE, title=text, source=text, text=text, url="https://x/" + text)
    citation = Citation(1, article, text, 0, len(text))
    answer = replace(ANSWER, text=text, citations=(citation,))
    refused = replace(REFUSED, text=text, missing_terms=(text,), related=(replace(HIT, text=text),))
    for value in (answer, refused, article, citation):
        page = Page()
        page.feed(value._repr_html_())
        assert page.tags <= PARTS
        assert page.attributes <= {"class", "scope", "style", "href", "target", "rel"}
        assert not page.hidden


def test_no_part_of_a_number_is_marked() -> None:
    assert marked("67个，7个", "7个") == (
        '<bdi style="white-space: pre-wrap">67个，<mark>7个</mark></bdi>'
    )
    assert marked("67个", "7个") == '<bdi style="white-space: pre-wrap">67个</bdi>'

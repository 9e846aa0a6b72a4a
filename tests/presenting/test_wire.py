"""qa.presenting.wire: the JSON forms of the data model."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

import pytest

from qa.presenting.wire import as_json
from qa.types import Answer, Article, Citation, Failure, Hit, LeftOut, Passage, SyncReport

ARTICLE = Article(
    7, "a/b.txt", "标题", "南方日报", date(2023, 8, 2), "https://x.cn", "引进60个。", "0" * 64
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


def test_an_answer_has_the_fields_of_the_data_model() -> None:
    citation = Citation(1, ARTICLE, "引进60个。", 0, 6)
    answer = Answer("几个？", "answered", "60个", (citation,), (HIT,), ("项目",), 0.9, 0.01)
    assert as_json(answer) == {
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
    }


def test_an_article_by_itself_is_whole_and_inside_another_value_in_brief() -> None:
    whole = {
        **BRIEF,
        "url": "https://x.cn",
        "text": "引进60个。",
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
    }


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "鹤山"])
def test_plain_values_stay_as_they_are(value: object) -> None:
    assert as_json(value) is value


def test_the_forms_survive_json() -> None:
    assert json.loads(json.dumps(as_json(HIT))) == HIT_JSON

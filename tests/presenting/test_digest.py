"""qa.presenting.digest: what changed as a Word document, in which hostile text stays text."""

from __future__ import annotations

import io
from datetime import date, datetime, timezone
from typing import Any, get_args

import pytest

from qa.presenting.digest import CHANGES, NOTHING, to_docx
from qa.types import Change, Filters, SavedAnswer, SavedQuestion

DAY = date(2026, 11, 30)
TIME = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
OLD = SavedAnswer(
    "answered", "60个", "引进60个。", 3, "题", "南方日报", date(2023, 1, 2), "a.txt", 4, 10, "ab"
)
NOW = SavedAnswer("no_evidence", "没有找到依据")


def saved(question: str = "几个", **changes: Any) -> SavedQuestion:
    fields = {"change": "lost", "before": OLD, "changed": TIME} | changes
    return SavedQuestion("1" * 16, question, Filters(source="报"), TIME, NOW, **fields)


def paragraphs(data: bytes) -> list[str]:
    docx = pytest.importorskip("docx")
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


def test_old_and_new_stand_below_each_question_that_changed() -> None:
    unchanged = saved("没变", change="", before=None, changed=None)
    written = paragraphs(to_docx([saved(), unchanged], made=DAY, base="http://x/", standing={OLD}))
    assert written == [
        *("引据 关注的问题", "2026-11-30", "几个", "筛选：来源：报"),
        f"不再有依据（{TIME.astimezone().date()}）",
        *("之前：60个", "引进60个。\n—— 《题》，南方日报，2023-01-02"),
        "http://x/article/3?quote=4,10&of=ab#quote",
        "现在：没有找到依据",
    ]


def test_nothing_that_changed_is_said() -> None:
    assert paragraphs(to_docx([], made=DAY))[2:] == [NOTHING]


def test_hostile_text_is_text() -> None:
    question = "<w:p/>\0\u202e\ud800题\n目\uffff"
    written = paragraphs(to_docx([saved(question)], made=DAY))
    assert written[2] == "<w:p/>\ufffd\ufffd\ufffd题 目\ufffd"


def test_every_change_has_its_words() -> None:
    assert {*CHANGES} == {*get_args(Change)} - {""}

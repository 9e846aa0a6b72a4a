"""A table on the page and for programs: escaped, cited, kept as far as articles bear it out."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from qa.answering.rows import SHOWN
from qa.asking.asked import Asked
from qa.types import Answer, Cell, Row, Table
from tests.answering.test_tables import Counting
from tests.conftest import HashEncoder
from tests.presenting.test_tables import ANSWER, CITED, TABLE
from ui import schema
from ui.page.chat.memory import recall, told
from ui.page.chat.render import answer_html
from ui.page.chat.turns import Turn
from ui.programs.markdown import reply_to
from ui.texts.languages import CHINESE, ENGLISH

QUESTION = "沙坪镇和古劳镇引进多少个项目"


class Parts:
    """Takes every question for one of these two towns."""

    def read(self, question: str) -> Asked:
        return Asked(question, "parts", compute="sum", parts=((0, 3), (4, 7)), dropped=((3, 4),))


@pytest.fixture
def library(tmp_path: Path) -> Any:
    (tmp_path / "folder").mkdir()
    for name, count in (("沙坪", 60), ("古劳", 25)):
        text = f"{name}镇今年引进项目{count}个。"
        (tmp_path / "folder" / f"{name}.txt").write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "library", encoder=HashEncoder(), reader=Counting()) as opened:
        opened.sync(tmp_path / "folder")
        opened.asking = Parts()  # type: ignore[assignment]
        yield opened


def test_the_page_shows_a_table_with_its_citations() -> None:
    shown = answer_html(ANSWER, CHINESE)
    assert shown.count('class="yj-cite"') == 2
    assert "<caption>查了 3 项，2 项有依据</caption>" in shown
    assert '<th scope="col"><bdi>引进多少项目</bdi></th>' in shown
    assert "没有依据（没有提到：引进、项目）" in shown
    assert "35个（60个[1] − 25个[2] = 35个）" in shown


@pytest.mark.parametrize("number", [6, 7, SHOWN])
def test_many_quotes_wait_below_the_first_six(number: int) -> None:
    cited = tuple(dataclasses.replace(CITED[0], number=at + 1) for at in range(number))
    shown = answer_html(dataclasses.replace(ANSWER, citations=cited, table=None), CHINESE)
    first, folded, others = shown.partition('<details class="yj-quotes">')
    assert first.count("<blockquote") == 6
    assert others.count("<blockquote") == number - 6
    assert bool(folded) == (number > 6)
    assert (f"<summary>其余 {number - 6} 条引文</summary>" in others) == (number > 6)


def test_the_page_shows_it_in_english() -> None:
    shown = answer_html(ANSWER, ENGLISH)
    assert "Looked up: 3; with evidence: 2" in shown
    assert "No evidence (nothing says: 引进, 项目)" in shown


def test_what_a_question_says_stays_text() -> None:
    row = Row("<b>{x}</b>", "问", (Cell("60个", 1, 0.9),))
    answer = dataclasses.replace(ANSWER, table=Table(("<i>", "$`"), (row,)))
    shown = answer_html(answer, CHINESE)
    assert "&lt;b&gt;&#123;x&#125;&lt;/b&gt;" in shown
    assert "&lt;i&gt;" in shown
    assert "<i>" not in shown


def test_without_evidence_the_rows_are_shown() -> None:
    table = Table(TABLE.columns, (TABLE.rows[1],))
    answer = Answer("问", "no_evidence", "没有找到依据", (), (), (), 0.0, 0.1, table=table)
    assert "查了 1 项，0 项有依据" in answer_html(answer, CHINESE)
    assert "查了 1 项，0 项有依据" in reply_to(answer, CHINESE, "").content


def test_a_chat_client_gets_a_table() -> None:
    reply = reply_to(ANSWER, CHINESE, "http://x")
    assert "| 分项 | 引进多少项目 |\n| --- | --- |\n| 沙坪镇 | 60个 [1] |" in reply.content
    assert "| 宅梧\\|镇 | 没有依据" in reply.content
    assert len(reply.annotations) == 2
    start, end = (
        reply.annotations[1]["url_citation"][f"{side}_index"] for side in ("start", "end")
    )
    assert CITED[1].quote in reply.content[start:end]


def test_programs_get_the_fields() -> None:
    shown = schema.Answer.of(ANSWER)
    assert shown.table is not None
    assert shown.table.rows[1].cells[0].missing == ["引进", "项目"]
    assert shown.table.computed is not None
    assert shown.table.computed.text == "35个"


def test_a_table_comes_back_as_it_was(library: Library) -> None:
    answer = library.ask(QUESTION)
    assert answer.table is not None
    assert answer.table.computed is not None
    assert answer.table.computed.text == "85个"
    (turn,) = recall(library, [told(Turn(QUESTION, answer))])
    assert turn.answer == answer


def test_a_value_that_no_quote_says_does_not_come_back(library: Library) -> None:
    kept = [told(Turn(QUESTION, library.ask(QUESTION)))]
    for field, value in (("said", "90个"), ("number", None)):
        forged = copy.deepcopy(kept)
        forged[0]["answer"]["table"]["rows"][1][field] = value
        (turn,) = recall(library, forged)
        assert turn.lost

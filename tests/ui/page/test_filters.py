"""ui.page.chat.filters: how the chat tells its filters, and what it takes of a page's script."""

from __future__ import annotations

import html
from datetime import date

import pytest

from qa import Filters
from qa.errors import QuestionError
from ui.page.chat.filters import filters_html, read_filters, told, within_html
from ui.texts.languages import CHINESE, ENGLISH

EVERY = Filters("日报", date(2023, 1, 1), date(2023, 12, 31), "/2023/", "招商", "a.txt")


def test_filters_are_told_in_both_languages() -> None:
    assert " · ".join(told(EVERY, CHINESE)) == (
        "来源：日报 · 标题含有：招商 · 2023-01-01 起 · 2023-12-31 止 · 路径：/2023/ · 只问：a.txt"
    )
    assert " · ".join(told(EVERY, ENGLISH)) == (
        "source: 日报 · title: 招商 · from 2023-01-01 · until 2023-12-31"
        " · path: /2023/ · only: a.txt"
    )
    assert within_html(Filters(), CHINESE) == ""


def test_what_filters_say_is_text() -> None:
    shown = within_html(Filters("<script>{part}{0}"), CHINESE)
    assert "<script>" not in shown
    assert html.unescape(shown).endswith("<bdi>来源：<script>{part}{0}</bdi></p>")
    assert '<option value="&lt;b&gt;">&lt;b&gt;</option>' in filters_html(CHINESE, ["<b>", ""])


def test_what_the_script_sent_is_read() -> None:
    sent = '{"source":"日报","since":"2023-01-01","until":"2023-12-31","path":"/2023/",'
    assert read_filters(sent + '"title":"招商","article":"a.txt"}') == EVERY
    assert read_filters("") == Filters()


@pytest.mark.parametrize("sent", ["x", "[]", "3", '{"since":"2023"}', '{"more":""}'])
def test_what_makes_no_sense_is_refused_and_not_left_out(sent: str) -> None:
    with pytest.raises(QuestionError) as refused:
        read_filters(sent)
    assert refused.value.code == "filters_unreadable"

"""The filters of the chat, in a real browser: set, told, kept, cleared."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from tests.browsing import BOX, ask, kept, opened
from tests.serving import HESHAN, library_of, serving
from ui.texts.languages import CHINESE, ENGLISH

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
ARTICLES = {
    "鹤山.txt": "鹤山提速\n来源：广州日报 2023-11-16\n\n"
    "鹤山市1月至9月引进亿元以上项目60个,计划总投资209亿元,创新高。\n",
    "旧闻.txt": "鹤山去年\n来源：江门日报 2022-11-03\n\n"
    "鹤山市1月至9月引进亿元以上项目45个,计划总投资117亿元,完成计划。\n",
}
CHIP, SUMMARY, CLEAR = ".yj-within-told", ".yj-within summary", ".yj-within-clear"
FORM = ".yj-within form"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library", ARTICLES) as opened_library:
        yield opened_library


@pytest.fixture
def address(library: Library) -> Iterator[str]:
    with serving(library) as url:
        yield f"{url}/"


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    with opened(chromium, address) as page:
        yield page


def said(turn: Any) -> str:
    text: str = turn.locator(".yj-exact bdi").inner_text()
    return text


def wait_for_chip(page: Any, text: str) -> None:
    page.wait_for_function(
        "([chip, text]) => document.querySelector(chip).textContent === text", arg=[CHIP, text]
    )


def test_a_question_and_its_follow_ups_are_asked_of_a_part(page: Any) -> None:
    wait_for_chip(page, CHINESE.everything)
    assert page.locator(CLEAR).is_hidden()
    page.click(SUMMARY)
    page.select_option(f"{FORM} [name=source]", "江门日报")
    page.fill(f"{FORM} [name=until]", "2022-12-31")
    page.click(f"{FORM} button")
    chosen = "来源：江门日报 · 2022-12-31 止"
    assert page.locator(CHIP).inner_text() == chosen
    assert page.locator(FORM).is_hidden()
    assert page.evaluate("document.activeElement.matches('#yj-question textarea')")
    turn = ask(page, HESHAN)
    assert (said(turn), turn.locator(".yj-cite").count()) == ("45个", 1)
    assert turn.locator(".yj-asked-within").inner_text() == f"筛选：{chosen}"
    assert said(ask(page, "那总投资呢？")) == "117亿元"
    kept(page, 2)
    page.reload()
    page.wait_for_selector(".yj-turn[data-state=answered]")
    wait_for_chip(page, chosen)
    assert page.locator(".yj-asked-within").all_inner_texts() == [f"筛选：{chosen}"] * 2
    assert said(ask(page, HESHAN)) == "45个"
    page.click(CLEAR)
    assert page.locator(CHIP).inner_text() == CHINESE.everything
    assert "?" not in page.url
    turn = ask(page, HESHAN)
    assert turn.locator(".yj-compare tbody tr").count() == 2
    assert turn.locator(".yj-asked-within").count() == 0


def test_one_article_is_asked_from_its_page(chromium: Any, address: str, library: Library) -> None:
    number = library.article("旧闻.txt").id
    with opened(chromium, f"{address}article/{number}", ready=".yj-article") as page:
        page.get_by_role("link", name=CHINESE.ask_this_only).click()
        page.wait_for_selector(".yj-freshness")
        wait_for_chip(page, "只问：鹤山去年")
        assert said(ask(page, HESHAN)) == "45个"
        page.click(".yj-export summary")
        with page.expect_download() as download:
            page.click('[data-export="md"]')
        blocks = Path(download.value.path()).read_text("utf-8").split("\n\n")
        assert blocks[2:5] == [f"## {HESHAN}", "筛选：只问：旧闻.txt", "**45个** \\[1\\]"]
        page.click(".yj-export summary")
        with page.expect_download() as download:
            page.click('[data-export="docx"]')
        with zipfile.ZipFile(download.value.path()) as document:
            assert "筛选：只问：旧闻.txt" in document.read("word/document.xml").decode()


def test_articles_are_suggested_and_anything_else_is_a_part_of_the_path(page: Any) -> None:
    page.click(SUMMARY)
    page.fill(f"{FORM} [name=place]", "提速")
    options = "[...document.querySelectorAll('#yj-articles option')].map(o => [o.value, o.label])"
    page.wait_for_function(f"{options}.length === 1")
    assert page.evaluate(options) == [["鹤山.txt", "鹤山提速"]]
    page.fill(f"{FORM} [name=place]", "鹤山.txt")
    page.press(f"{FORM} [name=place]", "Enter")
    assert page.locator(CHIP).inner_text() == "只问：鹤山提速"
    assert said(ask(page, HESHAN)) == "60个"
    page.click(SUMMARY)
    page.fill(f"{FORM} [name=place]", "/旧")
    page.press(f"{FORM} [name=place]", "Enter")
    assert page.locator(CHIP).inner_text() == "路径：/旧"
    assert said(ask(page, HESHAN)) == "45个"


def test_where_no_article_is_left_that_is_told(page: Any) -> None:
    page.click(SUMMARY)
    page.fill(f"{FORM} [name=since]", "2030-01-01")
    page.click(f"{FORM} button")
    turn = ask(page, HESHAN)
    assert turn.get_attribute("data-state") == "error"
    told = turn.locator(".yj-error").inner_text()
    assert told == f"{CHINESE.error} {CHINESE.errors['filters_admit_none']}"


def test_the_panel_is_worked_by_keyboard_and_named_for_screen_readers(
    chromium: Any, address: str
) -> None:
    with opened(chromium, address, locale="en-US") as page:
        wait_for_chip(page, ENGLISH.everything)
        page.focus(SUMMARY)
        page.keyboard.press("Enter")
        panel = page.get_by_role("form", name=ENGLISH.filters)
        for name in (ENGLISH.since, ENGLISH.until, ENGLISH.path_or_article):
            assert panel.get_by_label(name, exact=True).is_visible()
        assert panel.get_by_role("combobox", name=ENGLISH.source, exact=True).is_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == "source"
        page.keyboard.press("Escape")
        assert page.locator(FORM).is_hidden()
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        page.keyboard.press("Enter")
        since = panel.get_by_label(ENGLISH.since, exact=True)
        since.fill("2023-01-01")
        page.click(f"{FORM} button")
        assert page.locator(CHIP).inner_text() == "from 2023-01-01"
        page.get_by_role("button", name=ENGLISH.clear_filters).press("Enter")
        assert page.locator(CHIP).inner_text() == ENGLISH.everything
        assert page.evaluate(f"document.activeElement.matches('{BOX}')")


def test_an_address_brings_its_filters_and_what_is_no_date_is_none(
    chromium: Any, address: str
) -> None:
    with opened(chromium, f"{address}?source=%E5%B9%BF%E5%B7%9E&since=2023-02-30") as page:
        wait_for_chip(page, "来源：广州")
        turn = ask(page, HESHAN)
        assert said(turn) == "60个"
        assert turn.locator(".yj-asked-within").inner_text() == "筛选：来源：广州"

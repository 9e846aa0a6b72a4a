"""A question kept in a real browser: asked, kept, its article changed, the change seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from tests.browsing import ask, opened
from tests.serving import ARTICLES, HESHAN, library_of, serving
from ui.texts.languages import CHINESE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as opened_library:
        yield opened_library


def test_a_kept_question_tells_its_change_after_an_update(chromium: Any, library: Library) -> None:
    folder = library.path.parent / "articles"
    with serving(library) as address, opened(chromium, f"{address}/") as page:
        turn = ask(page, HESHAN)
        button = turn.locator(".yj-keep")
        assert button.inner_text() == CHINESE.keep
        button.click()
        page.wait_for_selector(".yj-keep[aria-pressed=true]")
        assert button.inner_text() == CHINESE.kept
        button.click()
        page.wait_for_selector(".yj-keep[aria-pressed=false]")
        assert library.watchlist.count == 0
        button.click()
        page.wait_for_selector(".yj-keep[aria-pressed=true]")
        ask(page, f"{HESHAN}？")  # the same question, which is kept
        page.wait_for_function(
            "document.querySelectorAll('.yj-keep[aria-pressed=true]').length === 2"
        )

        page.goto(f"{address}/watchlist")
        assert page.locator(".yj-nav [aria-current]").inner_text() == CHINESE.watchlist_page
        assert page.locator(".yj-saved").count() == 1
        assert page.locator(".yj-saved-pair").count() == 0

        changed = ARTICLES["鹤山.txt"].replace("60", "75")
        (folder / "鹤山.txt").write_text(changed, encoding="utf-8")
        page.goto(f"{address}/library")
        with page.expect_navigation():
            page.click("#yj-sync")
        library.reviewer.wait()

        page.goto(f"{address}/watchlist")
        assert page.locator(".yj-saved-change b").inner_text() == CHINESE.changes["answer"]
        assert page.locator(".yj-saved-text").all_inner_texts() == ["60个", "75个"]
        page.locator(".yj-saved-origin a").click()
        page.wait_for_selector("#quote")
        assert "项目75个" in page.locator("#quote").inner_text()

        page.goto(f"{address}/watchlist")
        page.click("[data-drop]")
        page.wait_for_function(
            "text => document.querySelector('.yj-saved-none')?.textContent === text",
            arg=CHINESE.watchlist_empty + CHINESE.watchlist_hint,
        )
        assert library.watchlist.count == 0

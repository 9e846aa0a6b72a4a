"""A search in a real browser: by keyboard and by pointer, in a window and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import opened
from tests.serving import library_of, serving
from ui.texts.languages import CHINESE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
ARTICLES = {
    f"{number}.txt": f"第{number}镇修路\n来源：{'南方日报' if number % 2 else '广州日报'} "
    f"{2000 + number}-05-11\n\n第{number}镇的产业园有{number}个项目,带动就业。\n"
    for number in range(30)
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("browser") / "library"
    with library_of(place, ARTICLES) as library, serving(library) as url:
        yield f"{url}/"


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_search_by_date_and_source_to_an_article(
    chromium: Any, address: str, *, scripts: bool
) -> None:
    options = {"java_script_enabled": scripts}
    with opened(chromium, f"{address}search", ready=".yj-search", **options) as page:
        page.locator("input[name=q]").fill("产业园 项目")
        page.keyboard.press("Enter")
        page.wait_for_selector(".yj-result")
        assert "30 篇" in page.locator("#yj-found").inner_text()
        page.click(f".yj-choice >> text={CHINESE.newest}")
        first = page.locator(".yj-result").first
        assert "第29镇" in first.inner_text()
        page.click(".yj-facets a:has-text('广州日报')")
        assert "15 篇" in page.locator("#yj-found").inner_text()
        assert page.locator(".yj-chips a").inner_text().startswith("来源：广州日报")
        page.locator(".yj-numbers a", has_text="2").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**page=2**")
        assert page.locator(".yj-numbers [aria-current=page]").inner_text() == "2"
        results = page.locator(".yj-result")
        assert results.count() == 5
        assert [results.nth(at).locator("mark").all_inner_texts() for at in range(5)] == [
            ["产业园", "项目"]
        ] * 5
        assert "第8镇" in results.first.inner_text()
        results.first.locator(".yj-result-link").click()
        page.wait_for_selector("#quote")
        assert "第8镇的产业园有8个项目" in page.locator("#quote").inner_text()
        page.go_back()
        page.locator(".yj-result-ways a", has_text=CHINESE.ask_this_only).first.click()
        page.wait_for_url("**/?article=8.txt")


def test_the_sheet_is_downloaded(chromium: Any, address: str, tmp_path: Path) -> None:
    with opened(chromium, f"{address}search?q=项目", ready=".yj-result") as page:
        with page.expect_download() as download:
            page.click(".yj-sheet-link")
        path = tmp_path / "sheet.csv"
        download.value.save_as(path)
    assert len(path.read_text(encoding="utf-8-sig").splitlines()) == 1 + 30


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everybody_can_use_it_and_nothing_is_wider_than_the_window(
    chromium: Any, address: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with opened(chromium, f"{address}search", ready=".yj-search", **options) as page:
        for query in ("q=产业园 第8镇&page=2", "q=项目 熊猫&source=南方日报&by=passage", "q=zzzz"):
            page.goto(f"{address}search?{query}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            issues = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"][:160]) for one in issues] == []

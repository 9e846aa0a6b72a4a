"""The first run, in a real browser: an empty folder, files dropped on the chat, a right answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from tests.browsing import ask, opened
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader
from tests.serving import ARTICLES, HESHAN, serving
from ui.guard.settings import ServerSettings
from ui.texts.languages import CHINESE, EXAMPLES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
DROP = """names => {
    const files = new DataTransfer();
    for (const [name, text] of Object.entries(names)) files.items.add(new File([text], name));
    const drop = document.querySelector(".yj-drop");
    drop.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
}"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "articles").mkdir()
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as opened_library:
        opened_library.sync(tmp_path / "articles")
        yield opened_library


def line(page: Any) -> str:
    return str(page.locator(".yj-freshness").inner_text())


def test_from_an_empty_folder_to_a_right_answer_within_a_minute(
    chromium: Any, tmp_path: Path, seeds_folder: Path
) -> None:
    """With the built-in models, as they load when the server starts."""
    (tmp_path / "articles").mkdir()
    started = time.monotonic()
    with Library.open(tmp_path / "library") as library:
        library.sync(tmp_path / "articles")
        with serving(library, warming=True) as address, opened(chromium, address + "/") as page:
            page.set_input_files("#yj-files", sorted(map(str, seeds_folder.glob("*.txt"))))
            page.locator(".yj-example").nth(2).wait_for()
            begun = page.locator(".yj-example").all_inner_texts()
            page.locator(".yj-example").first.click()
            page.wait_for_selector(".yj-turn[data-state=answered]")
            assert ask(page, HESHAN).locator(".yj-exact bdi").inner_text() == "60个"
        taken = time.monotonic() - started
        assert len(begun) == 3
        assert all(library.ask(question).status == "answered" for question in begun)
    assert taken < 60, f"{taken:.0f} s"


def test_each_file_tells_how_far_it_is_or_why_not(
    chromium: Any, library: Library, tmp_path: Path
) -> None:
    with (
        serving(library) as address,
        opened(chromium, address + "/", refused=422, locale="zh-CN") as page,
    ):
        page.wait_for_selector(".yj-drop")
        page.evaluate(DROP, {**ARTICLES, "坏.docx": "PK", "程序.exe": "x", "<i>名.txt": "名"})
        page.wait_for_selector(".yj-example")
        said = dict(
            zip(
                page.locator(".yj-uploads bdi").all_inner_texts(),
                page.locator(".yj-uploads .yj-upload-said").all_inner_texts(),
                strict=True,
            )
        )
        assert page.locator("h1").inner_text() == CHINESE.filled
        page.get_by_text(CHINESE.fresh).wait_for()  # once the sync of the last file is over
        assert line(page).startswith("4 篇文章")
        assert page.locator("button#yj-update:visible, #yj-update button:visible").count() == 0
        offered = page.locator(".yj-example").all_inner_texts()
        # Whoever begins anew finds the same questions, and no place for files.
        page.click("#yj-new")
        page.wait_for_selector(".yj-drop", state="detached")
        page.wait_for_selector(".yj-example")
        assert page.locator(".yj-example").all_inner_texts() == offered
    assert "可以查到" in said["鹤山.txt"]
    assert "不能读取这种文件" in said["程序.exe"]
    assert "可以查到" not in said["坏.docx"]
    assert "可以查到" in said["<i>名.txt"]
    assert not set(offered) & set(EXAMPLES)
    assert (tmp_path / "articles" / "_i_名.txt").exists()


def test_the_freshness_line_is_true_when_somebody_comes_back(
    chromium: Any, library: Library, tmp_path: Path
) -> None:
    with serving(library) as address, opened(chromium, address + "/") as page:
        assert CHINESE.fresh in line(page)
        (tmp_path / "articles" / "新.txt").write_text("恩平市有镇10个。", encoding="utf-8")
        time.sleep(3.5)  # for which a status is good enough
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.locator(".yj-state", has_text="文件夹有 1 处改动").wait_for(timeout=5_000)


def test_where_nothing_can_be_changed_no_place_for_files_is_offered(
    chromium: Any, library: Library
) -> None:
    settings = ServerSettings(read_only=True)
    with serving(library, settings) as address, opened(chromium, address + "/") as page:
        page.locator("h1", has_text=CHINESE.empty).wait_for()
        assert page.locator(".yj-drop").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_any_state_of_the_first_run(
    chromium: Any, library: Library, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with serving(library) as address, opened(chromium, address + "/", **options) as page:
        page.wait_for_selector(".yj-drop")
        found = {"empty": Axe().run(page)}
        page.evaluate(DROP, ARTICLES)
        page.wait_for_selector(".yj-uploads li")
        found["progress"] = Axe().run(page)
        page.wait_for_selector(".yj-example")
        found["ready"] = Axe().run(page)
    serious = [
        f"{place}: {issue['id']} ({issue['impact']}): {node['target']} {node['html'][:160]}"
        for place, result in found.items()
        for issue in result.response["violations"]
        if issue["impact"] in {"serious", "critical"}
        for node in issue["nodes"]
    ]
    assert serious == [], "\n".join(serious)

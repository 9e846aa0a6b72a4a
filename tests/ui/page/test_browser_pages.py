"""Everything around an answer, in a real browser, over a library that needs no model."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
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
    "鹤山市1月至9月引进亿元以上项目45个,完成计划。\n",
    "潮州.txt": "潮州兴农\n来源：南方日报 2022-05-01\n\n潮州市有省级农业产业园16个,带动就业。\n",
}
CHAOZHOU = "潮州有多少个省级农业产业园"


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


def reload(page: Any) -> None:
    """Reload the page, once the browser has put the conversation away."""
    kept(page, 1)
    page.reload()


# -- the conversation --------------------------------------------------------------------------


def test_a_follow_up_tells_how_it_was_understood_and_can_be_corrected(page: Any) -> None:
    assert ask(page, CHAOZHOU).locator(".yj-exact bdi").inner_text() == "16个"
    turn = ask(page, "那有什么作用？")
    reading = turn.locator(".yj-understood input")
    assert reading.input_value().startswith("潮州")
    reading.fill("鹤山市计划总投资多少")
    turn.locator(".yj-understood button").click()
    page.wait_for_function("document.querySelectorAll('[data-state=answered]').length > 1")
    corrected = page.locator(".yj-turn").nth(2)
    assert corrected.locator(".yj-question bdi").inner_text() == "鹤山市计划总投资多少"
    assert corrected.locator(".yj-understood").count() == 0
    assert corrected.locator(".yj-exact bdi").inner_text() == "209亿元"


def test_a_conversation_outlasts_a_reload_and_ends_with_a_new_chat(page: Any) -> None:
    ask(page, CHAOZHOU)
    before = page.locator(".yj-turn").first.inner_text()
    reload(page)
    page.wait_for_selector(".yj-turn[data-state=answered]")
    assert page.locator(".yj-turn").first.inner_text() == before
    assert page.locator("mark.yj-marked").inner_text() == "16个"
    ask(page, "鹤山呢？")
    assert page.locator(".yj-understood input").input_value().startswith("鹤山")
    page.click("#yj-new")
    page.wait_for_selector(".yj-welcome")
    page.reload()
    page.wait_for_selector(".yj-freshness")
    page.wait_for_timeout(800)
    assert page.locator(".yj-turn").count() == 0


def test_an_answer_that_holds_no_more_is_not_shown_after_a_reload(
    page: Any, library: Library, tmp_path: Path
) -> None:
    ask(page, CHAOZHOU)
    path = tmp_path / "articles" / "潮州.txt"
    path.write_text(ARTICLES["潮州.txt"].replace("16个", "17个"), encoding="utf-8")
    library.sync(tmp_path / "articles")
    reload(page)
    page.wait_for_selector(".yj-turn[data-state=lost]")
    assert "16个" not in page.locator("#yj-conversation").inner_text()
    page.click(".yj-again")
    page.wait_for_selector(".yj-turn[data-state=answered]")
    assert page.locator(".yj-exact bdi").inner_text() == "17个"


def test_articles_that_differ_stand_in_a_table_with_their_dates(page: Any) -> None:
    turn = ask(page, HESHAN)
    rows = turn.locator(".yj-compare tbody tr")
    told = [" ".join(rows.nth(number).inner_text().split()) for number in range(rows.count())]
    assert told == ["2023-11-16 60个[1] 广州日报", "2022-11-03 45个[2] 江门日报"]
    rows.nth(1).locator(".yj-cite").click()
    assert page.locator("mark.yj-marked").inner_text() == "45个"


def test_the_evidence_tells_why_it_is_this_passage(page: Any) -> None:
    ask(page, CHAOZHOU)
    words = page.locator(".yj-panel-excerpt u").all_inner_texts()
    assert "".join(words).replace("市", "").startswith("潮州")
    assert "省级农业产业园" in "".join(words)
    assert page.locator(".yj-panel-excerpt mark").inner_text() == "16个"


def test_without_evidence_it_offers_what_can_be_asked_instead(page: Any) -> None:
    turn = ask(page, "潮州有多少只熊猫")
    assert turn.locator(".yj-missing b").all_inner_texts() == ["熊猫"]
    turn.locator(".yj-instead").first.wait_for()
    offered = turn.locator(".yj-instead").first.inner_text()
    turn.locator(".yj-instead").first.click()
    page.wait_for_selector(".yj-turn[data-state=answered]")
    assert page.locator(".yj-turn").last.locator(".yj-question bdi").inner_text() == offered


def test_a_citation_is_copied_as_text_reference_and_link(chromium: Any, address: str) -> None:
    with opened(chromium, address, permissions=["clipboard-read", "clipboard-write"]) as page:
        turn = ask(page, CHAOZHOU)
        turn.locator(".yj-copy summary").click()
        copied = []
        for button in turn.locator(".yj-copy button").all():
            button.click()
            turn.locator(".yj-copy button", has_text=CHINESE.copied).last.wait_for()
            copied.append(page.evaluate("navigator.clipboard.readText()"))
        assert copied[0].endswith("（《潮州兴农》，南方日报，2022-05-01）")
        assert copied[1] == "潮州兴农[N]. 南方日报, 2022-05-01."
        assert re.fullmatch(
            re.escape(address) + r"article/\d+\?quote=\d+,\d+&of=[0-9a-f]{12}#quote", copied[2]
        )
        page.goto(copied[2])
        assert "16个" in page.locator("#quote").inner_text()
        assert page.evaluate("document.activeElement.id") == "quote"


@pytest.mark.parametrize("kind", ["md", "docx", "xlsx"])
def test_a_conversation_is_exported_with_its_citations(page: Any, kind: str) -> None:
    ask(page, CHAOZHOU)
    page.click(".yj-export summary")
    with page.expect_download() as download:
        page.click(f'[data-export="{kind}"]')
    assert download.value.suggested_filename == f"引据 对话记录.{kind}"
    data = Path(download.value.path()).read_bytes()
    if kind == "docx":
        data = zipfile.ZipFile(BytesIO(data)).read("word/document.xml")
    if kind == "xlsx":
        rows = openpyxl.load_workbook(BytesIO(data)).active.values
        data = "\n".join(str(cell) for row in rows for cell in row).encode()
    text = data.decode()
    assert CHAOZHOU in text
    assert "潮州市有省级农业产业园16个,带动就业。" in text
    assert "2022-05-01" in text


def test_what_is_said_of_an_answer_is_kept_in_the_library(page: Any, library: Library) -> None:
    turn = ask(page, CHAOZHOU)
    turn.locator("[data-verdict=up]").click()
    page.wait_for_function("document.querySelector('.yj-feedback-said').textContent.length > 0")
    assert turn.locator("[data-verdict=up]").get_attribute("aria-pressed") == "true"
    turn.locator("[data-verdict=down]").click()
    turn.locator("input[value=wrong]").check()
    turn.locator("input[name=expected]").fill("18个")
    turn.locator(".yj-feedback form button").click()
    page.wait_for_selector("[data-verdict=down][aria-pressed=true]")
    entries, damaged = library.feedback.read()
    assert damaged == 0
    assert [(entry.verdict, entry.reason, entry.expected) for entry in entries] == [
        ("up", "", ""),
        ("down", "wrong", "18个"),
    ]
    assert entries[0].text == "16个"


# -- the other pages ---------------------------------------------------------------------------


def test_files_are_uploaded_indexed_and_taken_out_after_a_question(
    chromium: Any, address: str, library: Library, tmp_path: Path
) -> None:
    new = tmp_path / "恩平.txt"
    new.write_text("恩平温泉\n\n恩平市有温泉度假村12家。\n", encoding="utf-8")
    with opened(chromium, f"{address}library", ready="#yj-list") as page:
        page.set_input_files("#yj-files", [str(new)])
        page.locator("tbody tr").nth(3).wait_for()
        assert library.ask("恩平有多少家温泉度假村").text == "12家"
        row = page.locator("tbody tr", has_text="恩平温泉")
        row.locator("[data-remove]").click()
        assert page.locator("#yj-ask-file").inner_text() == "恩平.txt"
        assert page.evaluate("document.activeElement.value") == "cancel"
        page.keyboard.press("Escape")
        assert page.locator("tbody tr").count() == 4
        row.locator("[data-remove]").click()
        page.click("#yj-ask-yes")
        page.locator("tbody tr", has_text="恩平温泉").wait_for(state="detached")
        assert page.locator("tbody tr").count() == 3
    assert not (tmp_path / "articles" / "恩平.txt").exists()


def test_the_page_asks_before_most_of_the_library_goes(
    chromium: Any, address: str, library: Library, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    many = [folder / f"{number}.txt" for number in range(20)]
    for number, path in enumerate(many):
        path.write_text(f"第{number}村\n\n第{number}村修路{number}公里。", encoding="utf-8")
    library.sync(folder)
    for path in many:
        path.unlink()
    with opened(chromium, f"{address}library", ready="#yj-list") as page:
        page.click("#yj-sync")
        page.wait_for_selector("#yj-many[open]")
        asked = page.locator("#yj-many-text").inner_text()
        assert page.evaluate("document.activeElement.value") == "cancel"
        page.keyboard.press("Escape")
        page.wait_for_selector("#yj-sync-said.yj-error")
        assert library.count == 23
        page.click("#yj-sync")
        page.click("#yj-many [value=yes]")
        page.locator("tbody tr", has_text="第19村").wait_for(state="detached")
        assert page.locator("tbody tr").count() == 3
    assert library.count == 3
    assert "文库的 23 篇文章里有 20 篇已不在文件夹" in asked
    assert str(folder.parent) not in asked


def test_a_file_that_is_dropped_and_cannot_be_read_says_why(chromium: Any, address: str) -> None:
    with opened(chromium, f"{address}library", ready="#yj-list", refused=422) as page:
        page.evaluate(
            """() => {
                const files = new DataTransfer();
                files.items.add(new File(["x"], "程序.exe"));
                const drop = document.querySelector(".yj-drop");
                drop.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true }));
            }"""
        )
        page.wait_for_selector(".yj-uploads .yj-error")
        assert "不能读取这种文件；能读取的有：" in page.locator(".yj-uploads").inner_text()


def test_a_search_is_made_by_keyboard_and_opens_the_article(chromium: Any, address: str) -> None:
    with opened(chromium, f"{address}search", ready=".yj-search") as page:
        page.keyboard.type("农业产业园")
        page.keyboard.press("Enter")
        page.wait_for_selector(".yj-result")
        assert "q=" in page.url
        page.locator(".yj-result-link").first.click()
        page.wait_for_selector("#quote")
        assert "16个" in page.locator(".yj-article").inner_text()
        page.go_back()
        assert page.locator("input[name=q]").input_value() == "农业产业园"


def test_the_first_paint_is_useful_before_any_script_has_run(chromium: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto(address)
    shown = page.locator("#yj-first").inner_text()
    assert ENGLISH.welcome in shown
    assert ENGLISH.opening in shown
    page.click("#yj-first a[href=library]")
    assert page.locator("tbody tr").count() == 3
    context.close()


# -- for everybody -----------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious_on_any_page(
    chromium: Any, address: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with opened(chromium, address, **options) as page:
        found = {"welcome": Axe().run(page)}
        turn = ask(page, HESHAN)
        ask(page, "潮州有多少只熊猫").locator(".yj-instead").first.wait_for()
        turn.locator("[data-verdict=down]").click()
        turn.locator(".yj-copy summary").first.click()
        page.click(".yj-within summary")
        found["chat"] = Axe().run(page)
        for path in ("search?q=项目&title=鹤山", "library", "article/1?quote=0,4#quote"):
            page.goto(address + path)
            found[path] = Axe().run(page)
    serious = [
        f"{place}: {issue['id']} ({issue['impact']}): {node['target']} {node['html'][:160]}"
        for place, result in found.items()
        for issue in result.response["violations"]
        if issue["impact"] in {"serious", "critical"}
        for node in issue["nodes"]
    ]
    assert serious == [], "\n".join(serious)


def test_no_page_is_wider_than_a_phone(chromium: Any, address: str) -> None:
    with opened(chromium, address, viewport={"width": 360, "height": 720}) as page:
        ask(page, HESHAN)
        for path in ("", "search?q=项目&title=鹤山", "library", "article/1?quote=0,4"):
            page.goto(address + path)
            page.wait_for_timeout(500)
            wide = page.evaluate(
                """() => [...document.querySelectorAll("body *")].filter((node) =>
                    node.getBoundingClientRect().right > 361 && !node.closest(".yj-scroll")
                    && node.checkVisibility()).map((node) => node.outerHTML.slice(0, 120))"""
            )
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, (path, wide)


def test_kept_turns_are_json_that_names_no_text_of_articles(page: Any) -> None:
    ask(page, CHAOZHOU)
    kept = json.loads(page.locator(".yj-turn").get_attribute("data-turn"))
    assert kept["question"] == CHAOZHOU
    assert "带动就业" not in json.dumps(kept, ensure_ascii=False)
    assert page.locator(BOX).input_value() == ""

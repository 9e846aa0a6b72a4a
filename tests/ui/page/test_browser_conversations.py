"""The list of conversations that a browser keeps, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from tests.browsing import ask, kept, opened
from tests.serving import ARTICLES, HESHAN, library_of, serving
from ui.page.chat import history
from ui.texts.languages import CHINESE, ENGLISH

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
CHAOZHOU = "潮州有多少个省级农业产业园"
KAIPING = "开平市修了多少公里公路"
PANDAS = "潮州有多少只熊猫"
WIDE = {"width": 1440, "height": 800}
PHONE = {"width": 360, "height": 720}
LIST = "#yj-history"
NAMES = f"{LIST} .yj-history-open bdi"
SHOWN = "#yj-conversation .yj-question bdi"
# Puts records as they are where the browser keeps its conversations.
PUT = """(records) => new Promise((done, fail) => {
    const request = indexedDB.open("yinju", 1);
    request.onsuccess = () => {
        const writing = request.result.transaction("conversations", "readwrite");
        for (const record of records) writing.objectStore("conversations").put(record);
        writing.oncomplete = () => done(request.result.close());
        writing.onabort = () => fail(writing.error);
    };
})"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as library:
        yield library


@pytest.fixture
def address(library: Library) -> Iterator[str]:
    with serving(library) as url:
        yield f"{url}/"


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    with opened(chromium, address, viewport=WIDE) as page:
        yield page


def begin_anew(page: Any) -> None:
    page.click("#yj-new")
    page.wait_for_selector(".yj-welcome")


def wait_for(page: Any, selector: str, texts: list[str]) -> None:
    """Wait until these, and no others, are the texts of what ``selector`` finds."""
    page.wait_for_function(
        "([selector, texts]) => JSON.stringify([...document.querySelectorAll(selector)]"
        ".map((node) => node.textContent)) === JSON.stringify(texts)",
        arg=[selector, texts],
        polling=100,  # a tab in the background draws no frames
    )


def talk(page: Any, *conversations: list[str]) -> None:
    """Hold conversations, each with these questions, and begin one more."""
    count = len([turn for one in kept(page, 0) for turn in one["turns"]])
    for questions in conversations:
        for question in questions:
            ask(page, question)
            count += 1
            kept(page, count)
        begin_anew(page)


def open_one(page: Any, name: str) -> None:
    page.locator(".yj-history-open", has_text=name).click()


def test_a_new_chat_leaves_the_old_one_in_the_list(page: Any) -> None:
    assert page.locator(LIST).is_hidden()
    assert page.locator(".yj-history-toggle").is_hidden()
    talk(page, [HESHAN, CHAOZHOU], [KAIPING])
    wait_for(page, NAMES, [KAIPING, HESHAN])
    assert page.locator(LIST).is_visible()
    facts = page.locator(".yj-history-open small").all_inner_texts()
    assert [fact.split(" · ")[1] for fact in facts] == ["1 个问题", "2 个问题"]
    assert page.locator(".yj-history-open[aria-current]").count() == 0
    open_one(page, HESHAN)
    wait_for(page, SHOWN, [HESHAN, CHAOZHOU])
    page.wait_for_selector(".yj-history-open[aria-current]")
    assert page.locator(".yj-history-open[aria-current] bdi").inner_text() == HESHAN
    # The evidence is that of the conversation that is shown, and follow-ups lean on it.
    page.wait_for_selector("mark.yj-marked")
    assert page.locator("mark.yj-marked").inner_text() == "16个"
    turn = ask(page, "鹤山呢？")
    assert turn.locator(".yj-understood input").input_value().startswith("鹤山")
    wait_for(page, NAMES, [HESHAN, KAIPING])
    first, second = kept(page, 4)
    assert [turn["question"] for turn in first["turns"]] == [HESHAN, CHAOZHOU, "鹤山呢？"]
    assert [turn["question"] for turn in second["turns"]] == [KAIPING]


def test_a_reload_shows_what_was_open_and_opening_alone_changes_nothing(page: Any) -> None:
    talk(page, [HESHAN], [PANDAS])
    before = kept(page, 2)
    open_one(page, PANDAS)
    page.locator(".yj-related .yj-hit").first.wait_for()
    page.locator(".yj-instead").first.wait_for()
    reply = page.locator(".yj-turn").inner_text()
    assert page.locator(".yj-related .yj-hit").count() == 3
    open_one(page, HESHAN)
    wait_for(page, SHOWN, [HESHAN])
    open_one(page, PANDAS)
    wait_for(page, SHOWN, [PANDAS])
    page.reload()
    wait_for(page, SHOWN, [PANDAS])
    wait_for(page, NAMES, [PANDAS, HESHAN])
    page.locator(".yj-related .yj-hit").first.wait_for()
    page.locator(".yj-instead").first.wait_for()
    assert page.locator(".yj-turn").inner_text() == reply
    page.wait_for_selector(".yj-history-open[aria-current]")
    assert page.locator(".yj-history-open[aria-current] bdi").inner_text() == PANDAS
    assert kept(page, 2) == before
    # What a new tab opens is a conversation of its own.
    begin_anew(page)
    page.reload()
    wait_for(page, NAMES, [PANDAS, HESHAN])
    assert page.locator(".yj-turn").count() == 0


def test_conversations_are_found_by_questions_answers_and_names(page: Any) -> None:
    talk(page, [HESHAN, CHAOZHOU], [KAIPING])
    search, found = page.locator(".yj-history-search"), page.locator(".yj-history-found")
    for words, names, said in (
        ("产业园", [HESHAN], "找到 1 个对话"),
        ("１２公里", [KAIPING], "找到 1 个对话"),
        ("鹤山 16个", [HESHAN], "找到 1 个对话"),
        ("鹤山 开平", [], "找到 0 个对话"),
        ("多少", [KAIPING, HESHAN], "找到 2 个对话"),
        ("", [KAIPING, HESHAN], ""),
    ):
        search.fill(words)
        wait_for(page, NAMES, names)
        assert found.text_content() == said
    assert found.get_attribute("role") == "status"


def test_a_conversation_is_renamed_by_keyboard(page: Any) -> None:
    talk(page, [HESHAN], [KAIPING])
    name = f"{LIST} form input"
    page.get_by_role("button", name=f"重命名：{HESHAN}").press("Enter")
    assert page.input_value(name) == HESHAN
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "对话名称"
    page.fill(name, "  {name} $& <b>项目</b> ")
    page.press(name, "Enter")
    wait_for(page, NAMES, [KAIPING, "{name} $& <b>项目</b>"])
    focused = "document.activeElement.querySelector('bdi').textContent"
    assert page.evaluate(focused) == "{name} $& <b>项目</b>"
    page.get_by_role("button", name="重命名：{name} $& <b>项目</b>").click()
    page.fill(name, "别的")
    page.press(name, "Escape")
    wait_for(page, NAMES, [KAIPING, "{name} $& <b>项目</b>"])
    page.reload()
    wait_for(page, NAMES, [KAIPING, "{name} $& <b>项目</b>"])
    # Whoever goes on keeps the name; without one, it is the first question again.
    open_one(page, "项目")
    wait_for(page, SHOWN, [HESHAN])
    ask(page, CHAOZHOU)
    wait_for(page, NAMES, ["{name} $& <b>项目</b>", KAIPING])
    page.get_by_role("button", name="重命名：{name}").click()
    page.fill(name, " ")
    page.press(name, "Enter")
    wait_for(page, NAMES, [HESHAN, KAIPING])


def test_a_deletion_can_be_undone_for_some_seconds(page: Any) -> None:
    talk(page, [HESHAN, CHAOZHOU], [KAIPING])
    before = kept(page, 3)
    open_one(page, HESHAN)
    wait_for(page, SHOWN, [HESHAN, CHAOZHOU])
    page.wait_for_selector(".yj-history-open[aria-current]")
    page.get_by_role("button", name=f"删除：{HESHAN}").press("Enter")
    wait_for(page, NAMES, [KAIPING])
    page.wait_for_selector(".yj-welcome")
    assert page.locator(".yj-toast p").inner_text() == f"已删除“{HESHAN}”"
    assert page.evaluate("document.activeElement.matches('.yj-undo')")
    assert [one["first"] for one in kept(page, 1)] == [KAIPING]
    page.keyboard.press("Enter")
    wait_for(page, NAMES, [KAIPING, HESHAN])
    wait_for(page, SHOWN, [HESHAN, CHAOZHOU])
    assert kept(page, 3) == before
    assert page.locator(".yj-toast p").text_content() == ""
    # One that is not open goes, and what is open stays.
    page.get_by_role("button", name=f"删除：{KAIPING}").click()
    wait_for(page, NAMES, [HESHAN])
    assert page.locator(SHOWN).all_inner_texts() == [HESHAN, CHAOZHOU]
    page.wait_for_function("!document.querySelector('.yj-toast p').textContent", timeout=15_000)
    assert page.locator(".yj-undo").is_hidden()
    page.reload()
    wait_for(page, NAMES, [HESHAN])
    assert [one["first"] for one in kept(page, 2)] == [HESHAN]


def test_two_tabs_have_each_their_own_conversation(page: Any, address: str) -> None:
    ask(page, HESHAN)
    kept(page, 1)
    other = page.context.new_page()
    other.goto(address)
    wait_for(other, NAMES, [HESHAN])
    assert other.locator(".yj-turn").count() == 0
    ask(other, KAIPING)
    wait_for(page, NAMES, [KAIPING, HESHAN])
    assert page.locator(SHOWN).all_inner_texts() == [HESHAN]
    ask(page, CHAOZHOU)
    wait_for(other, NAMES, [HESHAN, KAIPING])
    assert other.locator(SHOWN).all_inner_texts() == [KAIPING]
    page.reload()
    wait_for(page, SHOWN, [HESHAN, CHAOZHOU])
    assert other.locator(".yj-history-open[aria-current] bdi").inner_text() == KAIPING
    assert page.locator(".yj-history-open[aria-current] bdi").inner_text() == HESHAN


def test_one_conversation_in_two_tabs_loses_no_question(page: Any, address: str) -> None:
    ask(page, HESHAN)
    kept(page, 1)
    other = page.context.new_page()
    other.goto(address)
    wait_for(other, NAMES, [HESHAN])
    open_one(other, HESHAN)
    wait_for(other, SHOWN, [HESHAN])
    ask(page, CHAOZHOU)
    kept(page, 2)
    ask(other, KAIPING)
    wait_for(page, NAMES, [HESHAN, HESHAN])
    ask(other, PANDAS)
    asked = [[turn["question"] for turn in one["turns"]] for one in kept(page, 5)]
    assert asked == [[HESHAN, KAIPING, PANDAS], [HESHAN, CHAOZHOU]]
    other.reload()
    wait_for(other, SHOWN, [HESHAN, KAIPING, PANDAS])
    # Deleted in one tab and gone on with in the other, it is there again.
    page.locator(".yj-history-delete").nth(0).click()
    wait_for(other, NAMES, [HESHAN])
    ask(other, CHAOZHOU)
    wait_for(page, NAMES, [HESHAN, HESHAN])
    # So what is undone then is another one.
    page.click(".yj-undo")
    wait_for(other, NAMES, [HESHAN, HESHAN, HESHAN])


def test_all_conversations_are_exported_in_one_file(page: Any) -> None:
    talk(page, [HESHAN, CHAOZHOU], [KAIPING])
    page.get_by_role("button", name=f"重命名：{HESHAN}").click()
    page.fill(f"{LIST} form input", "两 *地*")
    page.press(f"{LIST} form input", "Enter")
    wait_for(page, NAMES, [KAIPING, "两 *地*"])
    with page.expect_download() as download:
        page.click(".yj-history-export")
    assert download.value.suggested_filename == f"{CHINESE.export_title}.md"
    text = Path(download.value.path()).read_text("utf-8")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        *(f"# {KAIPING}", f"## {KAIPING}", "## 参考文献"),
        *("# 两 \\*地\\*", f"## {HESHAN}", f"## {CHAOZHOU}", "## 参考文献"),
    ]
    said = [line for line in text.splitlines() if line.startswith("**")]
    assert said == ["**12公里** \\[1\\]", "**60个** \\[1\\]", "**16个** \\[2\\]"]
    assert "> 潮州市有省级农业产业园16个,带动就业。" in text


def test_many_conversations_are_exported_some_at_a_time(page: Any) -> None:
    talk(page, [HESHAN])
    (one,) = kept(page, 1)
    page.evaluate(
        PUT, [one | {"key": f"{n:032x}", "name": f"第{n}个", "changed": n} for n in range(1, 24)]
    )
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    with page.expect_download() as download:
        page.click(".yj-history-export")
    text = Path(download.value.path()).read_text("utf-8")
    titles = [line for line in text.splitlines() if line.startswith("# ")]
    assert titles == [f"# {HESHAN}", *(f"# 第{n}个" for n in range(23, 0, -1))]
    assert len([url for url in sent if url.endswith("/conversation/export/all")]) == 3


def test_the_oldest_gives_way_and_that_is_told(
    chromium: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "CONVERSATIONS", 2)
    with opened(chromium, address, viewport=WIDE) as page:
        talk(page, [HESHAN], [CHAOZHOU])
        assert page.locator(".yj-toast p").text_content() == ""
        ask(page, KAIPING)
        wait_for(page, NAMES, [KAIPING, CHAOZHOU])
        told = f"对话记录最多存 2 个、4 MiB，最久没用的“{HESHAN}”已删去"
        wait_for(page, ".yj-toast p", [told])
    monkeypatch.setattr(history, "CONVERSATIONS", 100)
    monkeypatch.setattr(history, "BYTES", 1_500)
    with opened(chromium, address, viewport=WIDE) as page:
        ask(page, HESHAN)
        begin_anew(page)
        ask(page, CHAOZHOU)
        begin_anew(page)
        ask(page, KAIPING)
        wait_for(page, NAMES, [KAIPING, CHAOZHOU])


def test_what_is_kept_is_taken_for_hostile(page: Any) -> None:
    talk(page, [HESHAN])
    (honest,) = kept(page, 1)
    evil = "<img src=x onerror=window.hacked=1>{{7*7}}${7*7}\u202e"
    forged = honest["turns"][0] | {"question": "鹤山有几个"}
    forged = forged | {"answer": forged["answer"] | {"text": "61个"}}
    records = [
        honest | {"key": "a" * 32, "name": evil, "first": evil, "changed": 5},
        honest | {"key": "b" * 32, "first": "", "changed": 4, "turns": [forged]},
        honest | {"key": "c" * 32, "first": "", "changed": 3, "turns": [{"question": evil}]},
        honest | {"key": "<b>", "name": "别的键", "changed": 1e300},
        {"key": "e" * 32},
        {"key": "f" * 32, "turns": [None, 3, {"question": 4}]},
    ]
    page.evaluate(PUT, records)
    page.reload()
    shown = evil.replace("\u202e", "\ufffd")
    wait_for(page, NAMES, [HESHAN, shown, "鹤山有几个", shown, "别的键"])
    # An answer that the articles do not bear out is not shown.
    open_one(page, "鹤山有几个")
    page.wait_for_selector(".yj-turn[data-state=lost]")
    assert "61个" not in page.locator("#yj-conversation").inner_text()
    assert page.locator("[data-open]").count() == 0
    # What makes no sense to the server is not opened, nor written over by what is asked then.
    for name in (shown, "别的键"):
        page.locator(".yj-history-open", has_text=name).last.click()
        page.wait_for_selector(".yj-unread")
        assert page.locator(".yj-unread").inner_text() == CHINESE.unopened
        ask(page, CHAOZHOU)
        begin_anew(page)
    wait_for(page, NAMES, [CHAOZHOU, CHAOZHOU, HESHAN, shown, "鹤山有几个", shown, "别的键"])
    page.locator(".yj-history-open", has_text=shown).first.click()
    wait_for(page, SHOWN, [HESHAN])
    page.locator(".yj-history-delete").nth(5).click()
    wait_for(page, NAMES, [CHAOZHOU, CHAOZHOU, HESHAN, shown, "鹤山有几个", "别的键"])
    assert page.locator(".yj-toast p").inner_text() == f"已删除“{shown}”"
    assert page.locator(f"{LIST} :is(img, b, script)").count() == 0
    assert page.evaluate("typeof window.hacked") == "undefined"


def test_articles_that_changed_since_are_told_when_a_conversation_is_opened(
    page: Any, library: Library, tmp_path: Path
) -> None:
    talk(page, [CHAOZHOU])
    path = tmp_path / "articles" / "潮州.txt"
    path.write_text(ARTICLES["潮州.txt"].replace("16个", "17个"), encoding="utf-8")
    library.sync(tmp_path / "articles")
    open_one(page, CHAOZHOU)
    page.wait_for_selector(".yj-turn[data-state=lost]")
    assert page.locator(".yj-lost").inner_text().startswith(CHINESE.lost)


def test_a_browser_that_keeps_nothing_is_told_so_and_answers(chromium: Any, address: str) -> None:
    forbidding = "IDBFactory.prototype.open = () => { throw new DOMException('forbidden here'); }"
    with opened(chromium, address, viewport=WIDE) as page:
        page.add_init_script(forbidding)
        page.reload()
        assert ask(page, HESHAN).locator(".yj-exact bdi").inner_text() == "60个"
        wait_for(page, ".yj-toast p", ["对话记录出错：forbidden here"])


def test_a_drawer_on_a_phone(chromium: Any, address: str) -> None:
    with opened(chromium, address, viewport=PHONE, has_touch=True, locale="en-US") as page:
        wide = "document.documentElement.scrollWidth > innerWidth"
        talk(page, [HESHAN], [KAIPING])
        assert page.locator(LIST).is_hidden()
        assert not page.evaluate(wide)
        right = page.locator("#yj-page .yj-nav").bounding_box()
        assert right is not None
        assert right["x"] + right["width"] <= 360
        below = page.locator("#yj-status").bounding_box()
        assert below is not None
        assert below["y"] >= right["y"] + right["height"]
        toggle = page.get_by_role("button", name=ENGLISH.history, exact=True)
        assert toggle.get_attribute("aria-expanded") == "false"
        toggle.tap()
        page.wait_for_timeout(400)
        assert page.locator(LIST).is_visible()
        assert toggle.get_attribute("aria-expanded") == "true"
        assert page.evaluate("document.activeElement.matches('.yj-history-close')")
        box = page.locator(LIST).bounding_box()
        assert box is not None
        assert (box["x"], box["height"]) == (0, 720)
        assert not page.evaluate(wide)
        page.keyboard.press("Escape")
        page.wait_for_selector(LIST, state="hidden")
        assert page.evaluate("document.activeElement.matches('.yj-history-toggle')")
        toggle.tap()
        page.locator(".yj-history-open", has_text=HESHAN).tap()
        wait_for(page, SHOWN, [HESHAN])
        page.wait_for_selector(LIST, state="hidden")
        toggle.tap()
        page.wait_for_timeout(400)
        page.touchscreen.tap(350, 300)
        page.wait_for_selector(LIST, state="hidden")


def test_the_column_stays_closed_where_somebody_closed_it(page: Any) -> None:
    talk(page, [HESHAN])
    wait_for(page, NAMES, [HESHAN])
    toggle = page.locator(".yj-history-toggle")
    page.wait_for_selector(".yj-history-toggle[aria-expanded=true]")
    page.click(".yj-history-close")
    assert page.locator(LIST).is_hidden()
    assert toggle.get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.matches('.yj-history-toggle')")
    page.reload()
    wait_for(page, NAMES, [HESHAN])
    assert page.locator(LIST).is_hidden()
    assert toggle.get_attribute("aria-expanded") == "false"
    toggle.click()
    assert page.locator(LIST).is_visible()
    page.reload()
    wait_for(page, NAMES, [HESHAN])
    assert page.locator(LIST).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_in_the_list(
    chromium: Any, address: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    with opened(chromium, address, reduced_motion="reduce", **options) as page:
        talk(page, [HESHAN], [KAIPING])
        open_one_by = page.locator(".yj-history-open", has_text=HESHAN)
        if width < 1360:
            page.click(".yj-history-toggle")
        open_one_by.click()
        wait_for(page, SHOWN, [HESHAN])
        if width < 1360:
            page.click(".yj-history-toggle")
        page.fill(".yj-history-search", "多少")
        page.locator(".yj-history-delete").first.click()
        wait_for(page, NAMES, [HESHAN])
        page.locator(".yj-history-rename").click()
        found = {"list": Axe().run(page, LIST), "page": Axe().run(page)}
    issues = [
        f"{place}: {issue['id']} ({issue['impact']}): {node['target']} {node['html'][:160]}"
        for place, result in found.items()
        for issue in result.response["violations"]
        if place == "list" or issue["impact"] in {"serious", "critical"}
        for node in issue["nodes"]
    ]
    assert issues == [], "\n".join(issues)

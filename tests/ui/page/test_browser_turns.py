"""What stays as it is in a conversation while other things go on, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from qa.errors import LibraryDamagedError
from qa.writing.prose import Writer
from tests.browsing import BOX, ask, kept, opened
from tests.llm_server import Handler, event
from tests.llm_server import serving as llm_serving
from tests.serving import HESHAN, library_of, serving
from ui.texts.languages import CHINESE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
CHAOZHOU = "潮州有多少个省级农业产业园"
KAIPING = "开平市修了多少公里公路"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as opened_library:
        yield opened_library


def test_what_is_open_or_being_written_survives_the_next_answer(
    chromium: Any, library: Library
) -> None:
    with serving(library) as url, opened(chromium, f"{url}/") as page:
        first = ask(page, HESHAN)
        lacking = ask(page, "潮州有多少只熊猫")
        lacking.locator(".yj-instead").first.wait_for()
        first.locator(".yj-copy summary").click()
        first.locator("[data-verdict=down]").click()
        first.locator("input[value=missed]").check()
        first.locator("input[name=expected]").fill("61个")
        # A question asked elsewhere on the page leaves the focus where somebody is typing.
        page.evaluate("document.querySelectorAll('.yj-instead')[0].click()")
        page.wait_for_function("document.querySelectorAll('[data-state=answered]').length > 1")
        assert page.evaluate("document.activeElement.name") == "expected"
        assert first.locator(".yj-copy").get_attribute("open") == ""
        assert first.locator(".yj-feedback form").is_visible()
        assert first.locator("[data-verdict=down]").get_attribute("aria-expanded") == "true"
        assert first.locator("input[value=missed]").is_checked()
        assert first.locator("input[name=expected]").input_value() == "61个"
        first.locator(".yj-feedback form button").click()
        first.locator("[data-verdict=down][aria-pressed=true]").wait_for()
        ask(page, CHAOZHOU)
        assert first.locator(".yj-feedback-said").inner_text() == CHINESE.feedback_thanks
        assert first.locator("[data-verdict=down]").get_attribute("aria-pressed") == "true"
    assert library.feedback.read()[0][0].expected == "61个"


def test_a_question_is_answered_while_the_language_model_still_writes(
    chromium: Any, library: Library
) -> None:
    go_on = threading.Event()
    said = {
        "鹤山": "鹤山市1月至9月引进亿元以上项目60个[1]。开平市引进亿元以上项目70个[1]。",
        "潮州": "潮州市有省级农业产业园16个[1]。",
    }

    def reply(handler: Handler) -> None:
        sent = str(handler.server.asked[-1][2]["messages"][-1]["content"])
        place = "潮州" if CHAOZHOU in sent else "鹤山"
        handler.begin("text/event-stream")
        assert go_on.wait(30)
        handler.send(event(said[place]))
        handler.send(b"data: [DONE]\n\n")

    with llm_serving(reply) as model:
        writer = Writer(model.url, "m")
        with serving(library, prose=writer) as url, opened(chromium, f"{url}/") as page:
            first = ask(page, HESHAN)
            assert first.locator(".yj-exact bdi").inner_text() == "60个"
            # The model has not said a word yet; nobody waits for it.
            second = ask(page, CHAOZHOU)
            assert second.locator(".yj-exact bdi").inner_text() == "16个"
            assert not first.locator(".yj-written-by").is_visible()
            for _ in range(100):
                if len(model.asked) == 2:
                    break
                page.wait_for_timeout(50)
            go_on.set()
            second.locator(".yj-sentences bdi").wait_for()
            first.locator(".yj-sentences del").wait_for()
            assert first.locator(".yj-sentences bdi").all_inner_texts() == [
                "鹤山市1月至9月引进亿元以上项目60个。"
            ]
            assert first.locator(".yj-sentences del").inner_text().startswith("开平市")
            assert (
                second.locator(".yj-sentences bdi").inner_text() == "潮州市有省级农业产业园16个。"
            )
            assert not first.locator(".yj-silent").is_visible()
            second.locator(".yj-sentences .yj-cite").click()
            assert page.locator("mark.yj-marked").inner_text() == "16个"
            asked = len(model.asked)
            ask(page, "潮州有多少只熊猫")
            assert first.locator(".yj-sentences > span").count() == 2
            page.reload()
            page.wait_for_selector(".yj-turn[data-state=answered]")
            assert len(model.asked) == asked, "without evidence, and after a reload, none is asked"


def test_where_the_language_model_is_silent_the_page_says_so(
    chromium: Any, library: Library
) -> None:
    with llm_serving(lambda handler: handler.send_error(500)) as model:
        writer = Writer(model.url, "m")
        with serving(library, prose=writer) as url, opened(chromium, f"{url}/") as page:
            turn = ask(page, HESHAN)
            turn.locator(".yj-silent").wait_for()
            assert turn.locator(".yj-exact bdi").inner_text() == "60个"
            assert turn.locator(".yj-written-by").is_hidden()


def test_a_conversation_that_cannot_be_read_stays_in_the_browser(
    chromium: Any, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise LibraryDamagedError("broken", "the database cannot be read")

    with serving(library) as url, opened(chromium, f"{url}/") as page:
        ask(page, HESHAN)
        before = kept(page, 1)
        with monkeypatch.context() as patched:
            patched.setattr(library, "article", broken)
            page.reload()
            page.wait_for_selector(".yj-unread")
            assert "the database cannot be read" in page.locator(".yj-unread").inner_text()
            page.fill(BOX, CHAOZHOU)
            page.press(BOX, "Enter")
            page.wait_for_timeout(1000)
            assert page.input_value(BOX) == CHAOZHOU
            assert page.locator(".yj-turn").count() == 0
            assert kept(page, 1) == before
        page.press(BOX, "Enter")
        page.wait_for_function("document.querySelectorAll('[data-state=answered]').length === 2")
        assert page.locator(".yj-question bdi").all_inner_texts() == [HESHAN, CHAOZHOU]
        assert page.locator(".yj-unread").count() == 0


def test_an_export_tells_what_became_of_questions_without_an_answer(
    chromium: Any, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LibraryDamagedError("broken", "the *index* cannot be read")

    with serving(library) as url, opened(chromium, f"{url}/") as page:
        ask(page, CHAOZHOU)
        kept(page, 1)
        path = tmp_path / "articles" / "潮州.txt"
        path.write_text(path.read_text("utf-8").replace("16个", "17个"), encoding="utf-8")
        library.sync(tmp_path / "articles")
        page.reload()
        page.wait_for_selector(".yj-turn[data-state=lost]")
        with monkeypatch.context() as patched:
            patched.setattr(library, "consult", broken)
            assert ask(page, KAIPING).get_attribute("data-state") == "error"
        ask(page, HESHAN)
        page.click(".yj-export summary")
        with page.expect_download() as download:
            page.click('[data-export="md"]')
        blocks = Path(download.value.path()).read_text("utf-8").split("\n\n")
        assert blocks[2:6] == [
            f"## {CHAOZHOU}",
            CHINESE.lost,
            f"## {KAIPING}",
            f"{CHINESE.error} the \\*index\\* cannot be read",
        ]
        assert blocks[6:8] == [f"## {HESHAN}", "**60个** \\[1\\]"]
        kept(page, 2)
        # What is lost is told again after a reload; what failed need not be.
        page.reload()
        page.wait_for_selector(".yj-turn[data-state=answered]")
        assert page.locator(".yj-question bdi").all_inner_texts() == [CHAOZHOU, HESHAN]


def test_the_timeline_is_one_stop_of_the_keyboard(chromium: Any, tmp_path: Path) -> None:
    months = ("2023-01", "2023-03", "2023-11", "2024-02")
    articles = {
        f"{month}.txt": f"报道\n来源：南方日报 {month}-05\n\n文{month}。\n" for month in months
    }
    with library_of(tmp_path / "library", articles) as library, serving(library) as url:
        with opened(chromium, f"{url}/library", ready=".yj-plot") as page:
            assert page.locator(".yj-plot a[tabindex='0']").count() == 1
            assert page.locator(".yj-plot a[tabindex='-1']").count() == 3
            assert CHINESE.timeline_keys in page.locator(".yj-plot").get_attribute("aria-label")
            overview = page.locator(".yj-plot-said").inner_text()
            page.focus("#yj-sync")
            for _ in range(6):
                page.keyboard.press("Tab")
                if page.evaluate("document.activeElement.matches('.yj-plot a')"):
                    break
            where = "document.activeElement.getAttribute('aria-label').slice(0, 7)"
            assert page.evaluate(where) == "2024-02"
            walked = []
            for key in ("ArrowLeft", "Home", "ArrowLeft", "ArrowRight", "End", "ArrowRight"):
                page.keyboard.press(key)
                walked.append(page.evaluate(where))
            assert walked == ["2023-11", *(months[at] for at in (0, 0, 1, 3, 3))]
            assert page.locator(".yj-plot-said").inner_text().startswith("2024-02")
            page.keyboard.press("Tab")
            assert not page.evaluate("document.activeElement.matches('.yj-plot a')")
            assert page.locator(".yj-plot-said").inner_text() == overview
            page.keyboard.press("Shift+Tab")
            page.keyboard.press("Home")
            page.keyboard.press("Enter")
            page.wait_for_url("**/library?since=2023-01-01&until=2023-01-31#yj-list")
            assert page.locator("tbody tr").count() == 1
        context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
        page = context.new_page()
        page.goto(f"{url}/library")
        assert page.locator(".yj-plot a[tabindex]").count() == 0
        assert page.locator(".yj-plot a[href]").count() == 4
        assert CHINESE.timeline_keys not in page.locator(".yj-plot").get_attribute("aria-label")
        context.close()

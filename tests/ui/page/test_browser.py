"""The page in a real browser: Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from tests.browsing import BOX, ask, opened
from tests.serving import serving
from ui.guard.settings import ServerSettings
from ui.texts.languages import EXAMPLES

HESHAN, CHAOZHOU, SECRETARY, CHANGSHA, KAIPING = EXAMPLES


pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(scope="session")
def address(seeds_library: Library) -> Iterator[str]:
    with serving(seeds_library, ServerSettings(rate=0), warming=True) as url:
        yield f"{url}/"


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    with opened(chromium, address) as page:
        yield page


def settle(page: Any) -> None:
    """Wait until the article has stopped scrolling."""
    page.wait_for_function(
        """() => new Promise((resolve) => {
            const box = document.querySelector(".yj-panel-text");
            let last = -1;
            let same = 0;
            const look = () => {
                same = box.scrollTop === last ? same + 1 : 0;
                last = box.scrollTop;
                if (same === 3) resolve(true);
                else setTimeout(look, 100);
            };
            look();
        })"""
    )


def visible_in_panel(page: Any, selector: str) -> bool:
    """Tell whether an element is within what the article's box shows."""
    settle(page)
    return page.evaluate(
        """(selector) => {
            const box = document.querySelector(".yj-panel-text").getBoundingClientRect();
            const mark = document.querySelector(selector).getBoundingClientRect();
            return mark.height > 0 && mark.top >= box.top && mark.bottom <= box.bottom
                && box.bottom <= innerHeight + 1;
        }""",
        selector,
    )


def test_an_answer_its_quote_and_its_place_in_the_article(page: Any) -> None:
    turn = ask(page, HESHAN)
    assert turn.locator(".yj-exact bdi").inner_text() == "60个"
    assert turn.locator(".yj-blockquote mark").first.inner_text() == "60个"
    assert "2023-11-16" in turn.locator("figcaption").first.inner_text()
    # The first citation is open by itself, and the question box still has the focus.
    assert page.locator(".yj-panel-head h2").inner_text() == "发展县域经济,奋力再造一个工业新鹤山"
    assert page.locator("mark.yj-marked").inner_text() == "60个"
    assert visible_in_panel(page, "mark.yj-marked")
    page.evaluate("document.querySelector('.yj-panel-text').scrollTop = 0")
    turn.locator(".yj-cite").first.click()
    assert visible_in_panel(page, "mark.yj-marked")
    assert page.evaluate("document.activeElement.matches('mark.yj-quoted')")
    quoted = "".join(page.locator("mark.yj-quoted").all_inner_texts())
    assert quoted == turn.locator(".yj-blockquote").first.inner_text()
    assert "抓招商、抓项目。" in page.locator(".yj-panel-excerpt").inner_text()
    assert page.locator(".yj-panel-text .yj-furniture").count() > 0


def test_citations_of_earlier_answers_open_again(page: Any) -> None:
    first = ask(page, HESHAN)
    heshan = page.locator(".yj-panel-head h2").inner_text()
    ask(page, CHAOZHOU)
    # An answer is there a moment before its article stands beside it.
    heading = "document.querySelector('.yj-panel-head h2')?.innerText"
    page.wait_for_function(f"title => ![undefined, title].includes({heading})", arg=heshan)
    page.locator(".yj-turn").first.locator(".yj-cite").first.click()
    page.wait_for_function(f"title => {heading} === title", arg=heshan)
    assert first.locator(".yj-cite").first.get_attribute("aria-current") == "true"
    assert page.locator("[data-open][aria-current]").count() == 1


def test_the_abstaining_example(page: Any) -> None:
    page.click(f'[data-question="{KAIPING}"]')
    page.wait_for_selector(".yj-none")
    turn = page.locator(".yj-turn")
    assert turn.locator(".yj-none").inner_text() == "没有找到依据"
    assert turn.locator(".yj-missing").inner_text() == "其中没有说到：开平"
    assert turn.locator(".yj-cite").count() == 0
    assert page.locator(".yj-panel-blank").is_visible()
    turn.locator(".yj-hit").first.click()
    assert visible_in_panel(page, "mark.yj-quoted")


@pytest.mark.parametrize("question", [CHAOZHOU, SECRETARY, CHANGSHA])
def test_the_other_examples_are_answered(page: Any, question: str) -> None:
    page.click(f'[data-question="{question}"]')
    page.wait_for_selector(".yj-cite")
    assert page.locator(".yj-question bdi").inner_text() == question
    assert page.input_value(BOX) == ""


def test_a_new_chat_begins_with_nothing(page: Any) -> None:
    ask(page, HESHAN)
    page.click("#yj-new")
    page.wait_for_selector(".yj-welcome")
    assert page.locator(".yj-turn").count() == 0
    assert page.locator(".yj-panel-blank").is_visible()
    assert page.locator(".yj-panel-text").is_hidden()
    assert ask(page, HESHAN).locator(".yj-exact bdi").inner_text() == "60个"
    assert page.locator(".yj-turn").count() == 1


def test_enter_that_ends_a_composition_does_not_send(page: Any) -> None:
    page.focus(BOX)
    keyboard = page.context.new_cdp_session(page)
    keyboard.send(
        "Input.imeSetComposition", {"text": "he shan", "selectionStart": 7, "selectionEnd": 7}
    )
    page.keyboard.press("Enter")
    for extra in ("isComposing: true", "keyCode: 229"):
        page.evaluate(
            f"""() => {{
                const box = document.querySelector("{BOX}");
                for (const type of ["keydown", "keypress"]) box.dispatchEvent(new KeyboardEvent(
                    type, {{ key: "Enter", bubbles: true, cancelable: true, {extra} }}));
            }}"""
        )
    page.wait_for_timeout(600)
    assert page.locator(".yj-turn").count() == 0
    keyboard.send("Input.insertText", {"text": "鹤山引进了多少亿元以上项目"})
    page.keyboard.press("Enter")
    page.wait_for_selector(".yj-exact")


def test_the_keyboard_is_enough(page: Any) -> None:
    page.focus(f'[data-question="{HESHAN}"]')
    page.keyboard.press("Enter")
    page.wait_for_selector(".yj-cite")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.yj-cite')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('mark.yj-quoted')")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.yj-cite')")


def test_an_english_browser_gets_english(chromium: Any, address: str) -> None:
    with opened(chromium, address, locale="en-US") as page:
        page.wait_for_selector("#yj-page >> text=Read the source.")
        assert page.get_attribute("html", "lang") == "en"
        assert page.locator("#yj-send").inner_text() == "Ask"
        assert "Ask a question" in page.get_attribute(BOX, "placeholder")
        assert "Articles: 5" in page.locator(".yj-freshness").inner_text()
        assert "Not very sure" in ask(page, HESHAN).locator(".yj-small").inner_text()


def test_a_phone_has_one_column_and_a_sheet(chromium: Any, address: str) -> None:
    with opened(chromium, address, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not page.evaluate(wide)
        turn = ask(page, HESHAN)
        assert not page.evaluate(wide)
        assert page.locator(".yj-panel").is_hidden()
        turn.locator(".yj-cite").first.tap()
        page.wait_for_selector(".yj-panel.yj-open")
        page.wait_for_timeout(400)
        assert visible_in_panel(page, "mark.yj-marked")
        assert page.evaluate("document.activeElement.matches('mark.yj-quoted')")
        assert not page.evaluate(wide)
        page.tap(".yj-close")
        page.wait_for_selector(".yj-panel", state="hidden")
        assert page.locator(BOX).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(chromium: Any, address: str, scheme: str) -> None:
    """Every colour of text is at least 4.5 to 1 on the surface that it stands on (WCAG AA)."""
    with opened(chromium, address, color_scheme=scheme) as page:
        ask(page, KAIPING)
        ask(page, HESHAN)
        page.wait_for_timeout(300)
        found = page.evaluate(CONTRAST)
    assert len(found) > 15
    assert {name: ratio for name, ratio in found.items() if ratio < 4.5} == {}


CONTRAST = """() => {
    const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const found = {};
    for (const node of document.querySelectorAll("#yj-page *")) {
        const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
        if (!own || !node.checkVisibility()) continue;
        const [a, b] = [light(parse(getComputedStyle(node).color)), light(ground(node))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const name = node.className || `${node.parentElement.className} ${node.tagName}`;
        found[name] = Math.min(found[name] ?? 99, ratio);
    }
    return found;
}"""

HOSTILE = """<script>window.hacked = 1</script>石湾镇{{constructor.constructor('hacked=1')()}}
来源:<img src=x onerror="window.hacked=1"> 时间:2024-05-01
</textarea></script></template><img src="https://example.com/x.png" onerror="window.hacked = 1">
<a href="javascript:window.hacked=1">点我</a> ${window.hacked = 1} `${alert(1)}`
{{#each this}}{{/each}}
石湾镇\u202e今年\u2066引进<b>陶瓷</b>项目77个,总投资30亿元{{constructor}}${alert(1)}。
"""


def test_a_hostile_article_is_inert(chromium: Any, tmp_path: Path, hash_encoder: Any) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "<img src=x onerror=window.hacked=1>{{7*7}}.txt").write_text(HOSTILE, "utf-8")
    (folder / "空${alert(1)}<script>.pdf").write_bytes(b"%PDF-1.4 broken")
    with Library.open(tmp_path / "library", encoder=hash_encoder) as library:
        library.sync(folder)
        with serving(library, warming=True) as url, opened(chromium, f"{url}/") as page:
            question = "<img src=x onerror=window.hacked=1>{{7*7}}${7*7}石湾镇引进了多少个项目"
            turn = ask(page, question)
            assert turn.locator(".yj-question bdi").inner_text() == question
            turn = ask(page, "石湾镇今年引进陶瓷项目多少个")
            turn.locator("[data-open]").first.click()
            text = page.locator(".yj-panel-text").inner_text()
            assert '<a href="javascript:window.hacked=1">点我</a> ${window.hacked = 1}' in text
            assert "\u202e" not in page.content()
            assert (
                page.locator(
                    "#yj-page :is(img, script, iframe, textarea:not([data-testid]))"
                ).count()
                == 0
            )
            assert page.evaluate("typeof window.hacked") == "undefined"
            assert page.locator(".yj-sheet a, .yj-panel a").count() == 0


def test_a_changed_folder_is_noticed_and_taken_in(
    chromium: Any, tmp_path: Path, hash_encoder: Any
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "甲.txt").write_text("甲村修路\n甲村今年修了12公里公路,方便村民出行。\n", "utf-8")
    with Library.open(tmp_path / "library", encoder=hash_encoder) as library:
        library.sync(folder)
        (folder / "乙.txt").write_text("乙村种茶\n乙村今年种了340亩茶树,茶农增收。\n", "utf-8")
        with serving(library, warming=True) as url, opened(chromium, f"{url}/") as page:
            assert "文件夹有 1 处改动" in page.locator(".yj-freshness").inner_text()
            page.click("#yj-update")
            page.wait_for_selector("text=索引与文件夹一致")
            assert "2 篇文章" in page.locator(".yj-freshness").inner_text()
            page.wait_for_selector("#yj-update", state="hidden")
            turn = ask(page, "乙村种了多少亩茶树")
            assert turn.locator(".yj-exact bdi").inner_text() == "340亩"


def test_articles_that_differ_stand_side_by_side(
    chromium: Any, tmp_path: Path, hash_encoder: Any
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, day, count in (("甲", "2023-08-02", 45), ("乙", "2023-11-16", 60)):
        (folder / f"{name}.txt").write_text(
            f"鹤山{name}报道\n来源：南方日报 {day} 08:00\n"
            f"记者获悉,鹤山市共引进亿元以上项目{count}个,再创新高。\n",
            "utf-8",
        )
    with Library.open(tmp_path / "library", encoder=hash_encoder) as library:
        library.sync(folder)
        with serving(library, warming=True) as url, opened(chromium, f"{url}/") as page:
            turn = ask(page, HESHAN)
            assert turn.locator(".yj-compare th bdi").all_inner_texts() == ["60个", "45个"]
            assert turn.locator(".yj-blockquote mark").all_inner_texts() == ["60个", "45个"]
            assert page.locator(".yj-panel-head h2").inner_text() == "鹤山乙报道"
            turn.locator(".yj-cite").nth(1).click()
            assert page.locator(".yj-panel-head h2").inner_text() == "鹤山甲报道"
            assert page.locator("mark.yj-marked").inner_text() == "45个"


def test_programs_ask_over_http_and_find_nothing_else(address: str) -> None:
    import httpx
    from gradio_client import Client

    client = Client(address, verbose=False)
    answer = client.predict(question=HESHAN, history=[], api_name="/ask")
    assert answer["text"] == "60个"
    article = answer["citations"][0]["article"]
    assert (article["file"], article["published"]) == ("004_d6bc51ccf7696407.txt", "2023-11-16")
    assert "path" not in answer["filters"]  # of which Gradio's client would make a file
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/ask"]
    client.close()
    for path in ("upload", "file=/etc/passwd", "monitoring", "proxy=https://x.hf.space/"):
        assert httpx.get(f"{address}gradio_api/{path}").status_code == 404

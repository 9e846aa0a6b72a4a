"""The pieces of the page: texts, escaping, answers, sheets, freshness, the page's policy."""

from __future__ import annotations

import html
import re
import threading
from dataclasses import replace
from datetime import date

import pytest

from qa.errors import YinjuError
from qa.presenting.presenting import FAIR, HIGH
from qa.text import answer_span
from qa.types import (
    Answer,
    Article,
    Citation,
    Failure,
    Hit,
    LibraryStatus,
    Passage,
    SyncReport,
)
from ui.escaping import PLACEHOLDER, escape
from ui.model_loading import ModelLoading
from ui.page.chat.conversation import Welcome, conversation_html
from ui.page.chat.render import answer_html, neighbours
from ui.page.chat.turns import Turn
from ui.page.evidence import byline, sheet
from ui.page.library.freshness import can_update, freshness_html
from ui.server import ServeError, confine, listen
from ui.texts.languages import CHINESE, ENGLISH, EXAMPLES, choose

TEXT = (
    "鹤山提速\n来源:广州日报 时间:2023-11-16\n"
    "抓招商。1月至9月引进亿元以上项目60个,创新高。再接再厉。\n"
)
QUOTE = "1月至9月引进亿元以上项目60个,创新高。"
HOSTILE = (
    "<script>alert(1)</script></textarea><img src=x onerror=alert(1)> {{constructor}} "
    "${alert(1)} `x` \"'&\u202egpj.exe\u2066"
)


def an_article(text: str = TEXT, **fields: object) -> Article:
    values = {
        "id": 7,
        "path": "004.txt",
        "title": "鹤山提速",
        "source": "广州日报",
        "published": date(2023, 11, 16),
        "url": "",
        "text": text,
        "sha256": "ab" * 32,
    }
    return Article(**(values | fields))  # type: ignore[arg-type]


def an_answer(article: Article, quote: str = QUOTE, text: str = "60个") -> Answer:
    start = article.text.index(quote)
    citation = Citation(1, article, quote, start, start + len(quote))
    return Answer("鹤山引进了多少项目", "answered", text, (citation,), (), (), 0.99, 0.314)


def no_answer(article: Article, *missing: str) -> Answer:
    hit = Hit(Passage(1, article.id, 0, 4), article, article.text[:4], 1.0, 0.5, 2.0)
    return Answer("开平呢", "no_evidence", "没有找到依据", (), (hit,), missing, 0.0, 0.5)


def a_status(**fields: object) -> LibraryStatus:
    values = {
        "library": "library",
        "folder": "/articles",
        "articles": 5,
        "passages": 116,
        "model": "builtin",
        "fingerprint": "f",
        "fresh": True,
        "stale_model": False,
        "changes": SyncReport((), (), (), ("a.txt",), ()),
        "failed": (),
    }
    return LibraryStatus(**(values | fields))  # type: ignore[arg-type]


def shown(markup: str) -> str:
    """Return the text that a browser would show."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


# -- language ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-US,en;q=0.9", "en"),
        ("en-GB,en;q=0.9,zh-CN;q=0.8", "en"),
        ("en;q=0.5,zh;q=0.6", "zh-CN"),
        ("fr-FR,fr;q=0.9,en;q=0.5", "en"),
        ("de", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("en;q=1.1.1, zh;q=", "zh-CN"),
        ("*;q=0.1", "zh-CN"),
    ],
)
def test_english_only_where_the_browser_prefers_it(header: str | None, language: str) -> None:
    assert choose(header).language == language


def test_both_languages_take_the_same_values() -> None:
    for name in set(CHINESE.__slots__) - {"errors"}:  # English has them where they are raised
        fields = [set(re.findall(r"\{(\w+)\}", str(getattr(w, name)))) for w in (CHINESE, ENGLISH)]
        assert fields[0] == fields[1], name


# -- escaping ------------------------------------------------------------------------------------


def test_escape_leaves_no_markup_and_no_template() -> None:
    escaped = escape(HOSTILE)
    assert not set("<>{}$`\"'") & set(escaped)
    assert "&lt;script&gt;" in escaped
    assert "&#123;&#123;constructor&#125;&#125;" in escaped
    assert "&#36;&#123;alert(1)&#125;" in escaped


def test_escape_shows_every_code_point_as_one() -> None:
    text = HOSTILE + "\x00\x1b\x7f\x85\ud800\u200f𠮷é\n\t"
    back = html.unescape(escape(text))
    assert len(back) == len(text)
    assert back.count(PLACEHOLDER) == 8
    assert back.endswith("𠮷é\n\t")
    back.encode()  # no lone surrogate is left


def test_a_byline_tells_the_page_where_there_are_pages() -> None:
    article = an_article(pages=(0, 20))
    assert "第2页" in byline(article, CHINESE, (20, 21))
    assert "page 1" in byline(article, ENGLISH, (19, 21))
    assert "第" not in byline(an_article(), CHINESE, (5, 6))


def test_a_quote_from_a_picture_is_shown_with_it() -> None:
    scan = an_article(recognized=((0, 1000),), pages=(0,))
    shown = answer_html(an_answer(scan), CHINESE)
    assert '<img src="picture/7/1?of=abababababab" alt="原图，可据此核对" ' in shown
    assert "<img" not in answer_html(an_answer(an_article(pages=(0,))), CHINESE)


def test_a_byline_tells_what_was_read_from_a_picture() -> None:
    article = an_article(recognized=((0, 20),))
    assert "识别自图片" in byline(article, CHINESE, (19, 25))
    assert "read from a picture" not in byline(article, ENGLISH, (20, 25))


# -- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bracketed", "text"),
    [
        ("引进项目60个,其中[6个]", "6个"),
        ("引进项目160个、[60个]", "60个"),
        ("完成1.60亿,共[60亿]", "60亿"),
        ("共3,600人,另[600人]", "600人"),
        ("共５60个,另[60个]", "60个"),
        ("2023.5不是,[2023]年,2023年", "2023"),
        ("只有1[60个]", "60个"),
        ("没有", "60个"),
        ("没有", ""),
    ],
)
def test_the_answer_is_marked_where_it_is_not_part_of_a_number(bracketed: str, text: str) -> None:
    quote = bracketed.replace("[", "").replace("]", "")
    start, end = bracketed.find("["), bracketed.find("]") - 1
    assert answer_span(quote, text) == ((start, end) if start >= 0 else None)


def test_what_articles_say_differently_stands_side_by_side_with_its_day() -> None:
    older = an_article(TEXT.replace("60个", "45个"), id=8, published=date(2022, 11, 3))
    newer = an_article()
    quotes = [QUOTE, QUOTE.replace("60个", "45个")]
    start = TEXT.index(QUOTE)
    citations = tuple(
        Citation(number, article, quote, start, start + len(quote))
        for number, (article, quote) in enumerate(zip((newer, older), quotes, strict=True), 1)
    )
    answer = Answer("鹤山引进了多少项目", "answered", "60个\n45个", citations, (), (), 0.9, 0.3)
    markup = answer_html(answer, CHINESE)
    assert shown(markup).startswith(
        "几篇文章的说法不同，新的在前：日期说法来源2023-11-1660个[1]广州日报2022-11-0345个[2]广州日报"
    )
    assert "引进亿元以上项目<mark>60个</mark>" in markup
    assert "引进亿元以上项目<mark>45个</mark>" in markup


def test_an_exact_answer_stands_before_its_marked_quote_and_source() -> None:
    markup = answer_html(an_answer(an_article()), CHINESE)
    start = TEXT.index(QUOTE)
    mark = TEXT.index("60个")
    assert '<p class="yj-exact"><bdi>60个</bdi><span class="yj-cites">' in markup
    assert (
        '<button type="button" class="yj-cite" aria-label="查看依据 1：鹤山提速" '
        f'data-open="7-abababababab" data-quote="{start},{start + len(QUOTE)}" '
        f'data-mark="{mark},{mark + 3}" data-number="1">[1]</button>'
    ) in markup
    assert (
        '<blockquote class="yj-blockquote">'
        "1月至9月引进亿元以上项目<mark>60个</mark>,创新高。</blockquote>"
    ) in markup
    assert "[1] 鹤山提速 · 广州日报 · 2023-11-16" in shown(markup)
    assert '<p class="yj-small">可靠 · 0.31 秒</p>' in markup


def test_an_answer_that_is_the_whole_sentence_is_not_set_as_exact() -> None:
    markup = answer_html(an_answer(an_article(), text=QUOTE), CHINESE)
    assert "yj-exact" not in markup
    assert '<p class="yj-sentence">' in markup


def test_no_evidence_says_so_and_what_is_missing_and_offers_related_passages() -> None:
    markup = answer_html(no_answer(an_article(), "开平", "<b>"), CHINESE)
    text = shown(markup)
    lacks = "没有找到依据其中没有说到：开平、<b>"
    assert text.startswith(f"{lacks}相关段落（不是答案）鹤山提速")
    assert 'class="yj-hit" aria-label="在原文中查看：鹤山提速" data-open="7-abababababab"' in markup
    assert 'data-quote="0,4"' in markup
    assert not re.search("把握|可靠", text)
    assert "yj-cite" not in markup


def test_what_comes_nearest_is_quoted_first_and_opens_at_its_place() -> None:
    article = an_article()
    nearest = Citation(1, article, article.text[2:4], 2, 4)
    markup = answer_html(replace(no_answer(article, "开平"), nearest=nearest), CHINESE)
    text = shown(markup)
    assert text.startswith(f"没有找到依据最接近的原文（不是答案）{article.text[2:4]}")
    assert text.index("最接近的原文") < text.index("其中没有说到：开平") < text.index("相关段落")
    assert markup.index('data-quote="2,4"') < markup.index('data-quote="0,4"')
    assert "yj-cite" not in markup


def test_neighbours_are_sentences_of_the_body() -> None:
    start = TEXT.index(QUOTE)
    assert neighbours(TEXT, start, start + len(QUOTE)) == ("抓招商。", "再接再厉。")
    first = TEXT.index("抓招商。")
    assert neighbours(TEXT, first, first + 4) == ("鹤山提速", QUOTE)  # not the byline


def test_confidence_is_put_in_words() -> None:
    article = an_article()
    for confidence, said in ((HIGH, "Reliable"), (FAIR, "Fairly sure"), (FAIR - 0.01, "Not very")):
        answer = an_answer(article)
        answer = Answer(*(getattr(answer, name) for name in answer.__slots__[:6]), confidence, 1.0)
        assert said in answer_html(answer, ENGLISH)


# -- sheets --------------------------------------------------------------------------------------


def test_a_sheet_is_the_article_with_its_offsets_and_dimmed_furniture() -> None:
    markup = sheet(an_article(), [(0, 4)], CHINESE)
    for match in re.finditer(r'<p data-at="(\d+)" class="([\w-]*)">(.*?)</p>', markup):
        line = html.unescape(match[3])
        assert TEXT[int(match[1]) :].startswith(line)
        assert (match[2] == "yj-furniture") == line.startswith("来源")
    assert 'class="yj-furniture">来源' in markup


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil", "http://", "http://[x", ""]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert "<a " not in sheet(an_article(url=url), [(0, 4)], CHINESE)


def test_a_link_tells_its_target_nothing() -> None:
    markup = sheet(an_article(url='https://a.cn/"x'), [(0, 4)], CHINESE)
    assert 'href="https://a.cn/&quot;x" target="_blank" rel="noopener noreferrer"' in markup


def test_a_very_long_article_is_shown_around_the_cited_places() -> None:
    text = "".join(f"第{number}段说的是别的事情，一件又一件。\n" for number in range(10_000))
    at = text.index("第5000段")
    markup = sheet(an_article(text), [(at, at + 10)], CHINESE)
    assert "第5000段" in markup
    assert "第1段" not in markup
    assert "第9999段" not in markup
    assert markup.count("yj-cut") == 2


# -- conversations -------------------------------------------------------------------------------


def test_the_empty_conversation_offers_questions_of_these_articles_only() -> None:
    markup = conversation_html([], CHINESE, welcome=Welcome(5, EXAMPLES))
    assert re.findall(r'data-question="(.*?)"', markup) == list(EXAMPLES)
    assert "yj-starters" not in markup
    others = conversation_html([], CHINESE, welcome=Welcome(9, None))
    assert "yj-starters" in others
    assert "data-question" not in others
    assert "yj-starters" not in conversation_html([], CHINESE)


def test_an_empty_library_takes_files_or_says_how_to_fill_it() -> None:
    markup = conversation_html([], ENGLISH, welcome=Welcome(0, upload_limit=3 << 20))
    assert 'class="yj-drop"' in markup
    assert "up to 3 MiB each" in markup
    assert f'data-limit="{3 << 20}"' in markup
    markup = conversation_html([], CHINESE, welcome=Welcome(0))
    assert "yinju serve" in markup
    assert "yj-drop" not in markup


def test_an_article_is_put_in_a_conversation_once() -> None:
    answer = an_answer(an_article())
    turns = [Turn("甲", answer), Turn("乙", answer), Turn("丙", no_answer(an_article()))]
    markup = conversation_html(turns, CHINESE)
    assert markup.count("<article") == 1
    changed = an_article(TEXT, sha256="cd" * 32)
    assert (
        conversation_html([*turns, Turn("丁", an_answer(changed))], CHINESE).count("<article") == 2
    )


def test_a_question_is_pending_answered_or_failed() -> None:
    states = [Turn("甲"), Turn("甲", an_answer(an_article())), Turn("甲", error="坏了<b>")]
    found = [re.findall('data-state="(.*?)"', conversation_html([t], CHINESE)) for t in states]
    assert found == [["pending"], ["answered"], ["error"]]
    assert "坏了&lt;b&gt;" in conversation_html(states[2:], CHINESE)
    assert "模型还在加载" in conversation_html(states[:1], CHINESE, ready=False)


def test_hostile_text_is_inert_wherever_it_enters() -> None:
    article = an_article(
        f"{HOSTILE}\n\n{HOSTILE}{QUOTE}\n", title=HOSTILE, source=HOSTILE, path=HOSTILE, url=HOSTILE
    )
    turns = [
        Turn(HOSTILE, an_answer(article)),
        Turn(HOSTILE, no_answer(article, HOSTILE)),
        Turn(HOSTILE, error=HOSTILE),
        Turn(HOSTILE),
    ]
    status = a_status(failed=(Failure(HOSTILE, HOSTILE),))
    markup = conversation_html(turns, CHINESE) + freshness_html(status, CHINESE, error=HOSTILE)
    assert not re.search(r"<(?:script|img|textarea|/textarea)|\sonerror=[^&]*>", markup)
    assert not set("{}$`\u202e\u2066") & set(markup)
    assert not re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', '""', re.sub(r">[^<]*<", "><", markup)))


# -- freshness -----------------------------------------------------------------------------------


def test_a_fresh_library_says_so() -> None:
    markup = freshness_html(a_status(), CHINESE)
    assert shown(markup) == "5 篇文章 · 索引与文件夹一致"
    assert not can_update(a_status())


def test_what_is_stored_but_not_indexed_is_not_called_the_same() -> None:
    markup = freshness_html(a_status(fresh=False), CHINESE)
    assert CHINESE.fresh not in markup
    assert CHINESE.updating in markup


def test_changes_are_counted_and_can_be_taken_in() -> None:
    status = a_status(fresh=False, changes=SyncReport(("a",), ("b", "c"), ("d",), (), ()))
    assert shown(freshness_html(status, CHINESE)) == "5 篇文章 · 文件夹有 4 处改动"
    assert can_update(status)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"stale_model": True, "changes": SyncReport((), (), (), (), ())}, "yinju rebuild"),
        ({"folder": None, "changes": None}, "还没有指定文件夹"),
        ({"changes": None}, "找不到文件夹"),
    ],
)
def test_what_a_sync_cannot_mend_offers_none(fields: dict[str, object], says: str) -> None:
    status = a_status(fresh=False, **fields)
    assert says in freshness_html(status, CHINESE)
    assert not can_update(status)


def test_unreadable_files_are_counted_and_listed() -> None:
    status = a_status(failed=tuple(Failure(f"{n}.pdf", "已加密") for n in range(101)))
    markup = freshness_html(status, CHINESE)
    assert "<summary>101 个文件读不了</summary>" in markup
    assert markup.count("已加密") == 100
    assert "<li>…</li>" in markup


# -- the page ------------------------------------------------------------------------------------


def test_the_page_keeps_nothing_foreign_and_names_its_scripts() -> None:
    page = (
        '<html\n\tlang="en"><head><meta property="og:image"\n content="https://x.com/a.png" />'
        "<script>one()</script><script>load('iframeResizer.contentWindow.min.js')</script>"
        '<script type="module" src="./a.js"></script></head><body style="a"><gradio-app>'
    )
    markup, policy = confine(page, CHINESE)
    assert "https://" not in markup
    assert "iframeResizer" not in markup
    assert '<html\n\tlang="zh-CN"' in markup
    assert 'src="yinju/yinju.js"' in markup
    assert '<body style="a"><div id="yj-first">' in markup
    assert CHINESE.opening in markup
    assert policy.count("'sha256-") == 1
    assert policy.startswith("default-src 'self';")
    assert "unsafe-inline" not in policy.split(";")[1]


def test_an_address_in_use_is_an_error_with_advice() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"cannot listen at 127.0.0.1:{port} .*try another"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(ServeError, match=r"cannot listen at 203\.0\.113\.7:0"):
        listen("203.0.113.7", 0)


# -- warming up ----------------------------------------------------------------------------------


class Cold:
    """A library whose models take until told, and then may be missing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go_on = threading.Event()
        self.error = error

    def warm_up(self) -> None:
        self.go_on.wait(10)
        if self.error:
            raise self.error


@pytest.mark.parametrize("error", [None, YinjuError("away", "the model is not on this machine")])
def test_loading_ends_ready_and_tells_what_failed(error: YinjuError | None) -> None:
    library = Cold(error)
    loading = ModelLoading(library)  # type: ignore[arg-type]
    assert loading.ready
    loading.start()
    assert not loading.ready
    library.go_on.set()
    loading.wait()
    assert loading.ready
    assert loading.error is error

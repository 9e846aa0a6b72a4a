"""qa.presenting.transcript: a conversation as Markdown and Word, where article text stays text."""

from __future__ import annotations

import dataclasses
import io
import sys
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ExportError
from qa.presenting.transcript import to_docx, to_markdown
from qa.types import Answer, Article, Citation, Filters

USED = date(2026, 11, 22)
HOSTILE = [
    "<script>alert(1)</script>",
    "&lt;b&gt; &amp; <!-- x -->",
    "![x](javascript:alert(1)) [a](http://x.cn)",
    "**粗** _斜_ `码` ~~删~~ ==亮==",
    "# 标题",
    "- 项\n1. 一\n+ 二\n===\n---\n    缩进",
    "> 引\n```\n码\n```",
    "| a | b |\n|---|---|",
    "http://evil.example www.evil.example a@b.example",
    "$x$ \\[ \\( \\",
    "[1]: http://x.cn",
    "<http://x.cn>",
]


def citation(
    number: int, key: int, quote: str, name: str = "", pages: tuple[int, ...] = ()
) -> Citation:
    title, source = name or f"题{key}", name or "南方日报"
    article = Article(key, f"{key}.txt", title, source, USED, "", quote, f"{key:064}", pages)
    return Citation(number, article, quote, 0, len(quote))


def answered(question: str, text: str, *cited: Citation, reading: str = "") -> Answer:
    return Answer(question, "answered", text, cited, (), (), 0.9, 0.1, (), reading)


CONVERSATION = [
    answered("鹤山引进多少", "60个", citation(1, 7, "引进60个。")),
    answered(
        "那潮州呢？",
        "45个\n40个",
        citation(1, 8, "引进45个。"),
        citation(2, 7, "引进40个。"),
        reading="潮州引进多少",
    ),
    Answer("江门呢", "no_evidence", "没有找到依据", (), (), ("江门",), 0.0, 0.1),
]
MARKDOWN = """\
# 引据 对话记录

2026-11-22

## 鹤山引进多少

**60个** \\[1\\]

> 引进60个。
>
> —— 《题7》，南方日报，2026-11-22 \\[1\\]

## 那潮州呢？

理解为：潮州引进多少

**45个** \\[2\\]

**40个** \\[1\\]

> 引进45个。
>
> —— 《题8》，南方日报，2026-11-22 \\[2\\]

> 引进40个。
>
> —— 《题7》，南方日报，2026-11-22 \\[1\\]

## 江门呢

**没有找到依据**

没有提到：江门

## 参考文献

\\[1\\] 题7\\[N\\]. 南方日报, 2026-11-22.

\\[2\\] 题8\\[N\\]. 南方日报, 2026-11-22.
"""


def test_a_conversation_in_markdown() -> None:
    assert to_markdown(CONVERSATION, accessed=USED) == MARKDOWN


def test_with_an_address_every_quote_links_to_its_place() -> None:
    written = to_markdown(CONVERSATION[:1], accessed=USED, base="http://127.0.0.1:7860/")
    assert "[↗](<http://127.0.0.1:7860/article/7?quote=0,6&of=" in written


def test_an_empty_conversation_is_a_title() -> None:
    assert to_markdown([], accessed=USED) == "# 引据 对话记录\n\n2026-11-22\n"
    assert to_docx([], accessed=USED).startswith(b"PK")


def rendered(markdown: str) -> tuple[set[str], str]:
    """Return the kinds of what CommonMark makes of it, and its text."""
    from markdown_it import MarkdownIt

    kinds, text = set(), []
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for token in parser.parse(markdown):
        kinds.add(token.type)
        for child in token.children or []:
            kinds.add(child.type)
            text.append("\n" if child.type == "softbreak" else child.content)
    return kinds, "".join(text)


PLAIN = rendered(MARKDOWN)[0] | {"softbreak"}


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_and_html_in_an_article_stay_text(text: str) -> None:
    quoted = citation(1, 1, text, text.replace("\n", " "))
    written = to_markdown(
        [answered(text, text.split("\n", maxsplit=1)[0], quoted, reading=text + "。")],
        accessed=USED,
    )
    kinds, shown = rendered(written)
    assert kinds <= PLAIN
    for line in text.split("\n"):
        assert line.strip() in shown
    assert "http://" not in written.replace(r"http\://", "")


@given(st.text(alphabet="*_`[]()<>#!|~&\\ \n-+=1.甲:/w@$\"'", max_size=40))
def test_no_quote_breaks_out(quote: str) -> None:
    written = to_markdown([answered("问", "答", citation(1, 1, quote + "答"))], accessed=USED)
    kinds, shown = rendered(written)
    assert kinds <= PLAIN
    for line in quote.split("\n"):
        assert line.strip() in shown


def paragraphs(data: bytes) -> list[str]:
    import docx

    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


def test_a_conversation_in_word() -> None:
    pytest.importorskip("docx")
    assert paragraphs(to_docx(CONVERSATION, accessed=USED)) == [
        "引据 对话记录",
        "2026-11-22",
        "鹤山引进多少",
        "60个[1]",
        "引进60个。\n—— 《题7》，南方日报，2026-11-22[1]",
        "那潮州呢？",
        "理解为：潮州引进多少",
        "45个[2]",
        "40个[1]",
        "引进45个。\n—— 《题8》，南方日报，2026-11-22[2]",
        "引进40个。\n—— 《题7》，南方日报，2026-11-22[1]",
        "江门呢",
        "没有找到依据",
        "没有提到：江门",
        "参考文献",
        "[1] 题7[N]. 南方日报, 2026-11-22.",
        "[2] 题8[N]. 南方日报, 2026-11-22.",
    ]


@pytest.mark.parametrize("text", ["a\x00b", "a\x0bb", "a\ud800b", "a\uffffb", "a\u202eb"])
def test_what_xml_does_not_allow_or_deceives_is_replaced(text: str) -> None:
    pytest.importorskip("docx")
    answer = answered(text, text, citation(1, 1, text, text), reading=text + "。")
    written = paragraphs(to_docx([answer], accessed=USED, title=text))
    assert written[0] == "a\ufffdb"
    assert written[2:5] == ["a\ufffdb", "理解为：a\ufffdb。", "a\ufffdb[1]"]
    if text != "a\uffffb":  # no control character, only none of XML's
        assert text[1] not in to_markdown([answer], accessed=USED, title=text)


def test_pages_are_named() -> None:
    whole = citation(1, 1, "引进60个。", pages=(0, 1, 2))
    paged = dataclasses.replace(whole, start=2, end=6, quote="60个。")
    assert "第3页" in to_markdown([answered("问", "60个", paged)], accessed=USED)


def test_without_python_docx_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(ExportError, match=r"run: pip install python-docx$"):
        to_docx(CONVERSATION, accessed=USED)


def test_an_answer_within_filters_tells_them() -> None:
    filters = Filters("*日报*", date(2023, 1, 1), date(2023, 12, 31), "/2023/", "招商", "a.txt")
    answer = dataclasses.replace(CONVERSATION[0], filters=filters)
    told = (
        "筛选：来源：{0} · 标题含有：招商 · 2023-01-01 起 · 2023-12-31 止"
        " · 路径：/2023/ · 只问：a.txt"
    )
    blocks = to_markdown([answer], accessed=USED).split("\n\n")
    assert blocks[2:5] == [
        "## 鹤山引进多少",
        told.format("\\*日报\\*"),
        "**60个** \\[1\\]",
    ]
    docx = pytest.importorskip("docx")
    document = docx.Document(io.BytesIO(to_docx([answer], accessed=USED)))
    assert document.paragraphs[3].text == told.format("*日报*")
    assert "筛选" not in to_markdown(CONVERSATION, accessed=USED)

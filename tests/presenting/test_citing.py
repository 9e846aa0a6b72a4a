"""qa.presenting.citing: citations in words, by GB/T 7714—2015, and as links."""

from __future__ import annotations

from datetime import date

import pytest

from qa.presenting.citing import as_gbt7714, as_link, as_text
from qa.types import Article, Citation

USED = date(2026, 11, 22)
DAY = date(2023, 8, 2)


def citation(
    title: str = "大风沙过后的思考",
    source: str = "北京青年报",
    published: date | None = DAY,
    url: str = "",
    pages: tuple[int, ...] = (),
) -> Citation:
    text = "引进60个。"
    article = Article(7, "a/b.txt", title, source, published, url, text, "0" * 64, pages)
    return Citation(1, article, text, 0, len(text))


@pytest.mark.parametrize(
    ("cited", "reference"),
    [
        (
            citation(url="http://x.com.cn/a.htm"),
            "大风沙过后的思考[N/OL]. 北京青年报, 2023-08-02[2026-11-22]. http://x.com.cn/a.htm.",
        ),
        (citation(), "大风沙过后的思考[N]. 北京青年报, 2023-08-02."),
        (citation(source="南方日报网络版"), "大风沙过后的思考[N]. 南方日报网络版, 2023-08-02."),
        (citation(published=None), "大风沙过后的思考[N]. 北京青年报."),
        (citation(source="人民日报海外版"), "大风沙过后的思考[N]. 人民日报海外版, 2023-08-02."),
        (citation(source="参考消息"), "大风沙过后的思考[N]. 参考消息, 2023-08-02."),
        (citation(source="新华每日电讯"), "大风沙过后的思考[N]. 新华每日电讯, 2023-08-02."),
        (citation(source="羊城快报"), "大风沙过后的思考[N]. 羊城快报, 2023-08-02."),
        (citation(source="国务院公报"), "大风沙过后的思考[J]. 国务院公报, 2023."),
        (citation(source="中山大学学报", published=None), "大风沙过后的思考[J]. 中山大学学报."),
        (
            citation(source="瞭望周刊", url="https://x.cn/1"),
            "大风沙过后的思考[J/OL]. 瞭望周刊, 2023[2026-11-22]. https://x.cn/1.",
        ),
        (citation(source="工作简报"), "工作简报. 大风沙过后的思考[EB]. (2023-08-02)."),
        (citation(source="市纪委通报"), "市纪委通报. 大风沙过后的思考[EB]. (2023-08-02)."),
        (
            citation(source="金羊网", url="https://x.cn/1?a=b#c"),
            "金羊网. 大风沙过后的思考[EB/OL]. (2023-08-02)[2026-11-22]. https://x.cn/1?a=b#c.",
        ),
        (citation(source="金羊网"), "金羊网. 大风沙过后的思考[EB]. (2023-08-02)."),
        (citation(source="金羊网", published=None), "金羊网. 大风沙过后的思考[EB]."),
        (
            citation(source="", published=None, url="https://x.cn"),
            "大风沙过后的思考[EB/OL]. [2026-11-22]. https://x.cn.",
        ),
        (citation(source="", published=None), "大风沙过后的思考[Z]."),
        (citation(title="题。\n\u202e副题", source="", published=None), "题。 \ufffd副题[Z]."),
        (citation(title=" ", source="", published=None), "a/b.txt[Z]."),
        (
            citation(source="金羊网", url="javascript:alert(1)"),
            "金羊网. 大风沙过后的思考[EB]. (2023-08-02).",
        ),
        (citation(url="https://x.cn/ a"), "大风沙过后的思考[N]. 北京青年报, 2023-08-02."),
    ],
)
def test_a_reference_follows_the_standard(cited: Citation, reference: str) -> None:
    assert as_gbt7714(cited, USED) == reference


def test_in_words_the_quote_comes_first() -> None:
    where = "《大风沙过后的思考》，北京青年报，2023-08-02"
    assert as_text(citation()) == f"“引进60个。”（{where}）"
    assert as_text(citation(pages=(0, 3))) == f"“引进60个。”（{where}，第1页）"
    assert as_text(citation("", "", None)) == "“引进60个。”（a/b.txt）"


@pytest.mark.parametrize("base", ["", "http://127.0.0.1:7860/", "https://x.cn/yinju/"])
def test_a_link_names_article_and_quote(base: str) -> None:
    of = citation().article.sha256[:12]
    assert as_link(citation(), base) == f"{base}article/7?quote=0,6&of={of}#quote"

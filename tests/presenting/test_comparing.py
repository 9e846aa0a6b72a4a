"""qa.presenting.comparing: what several articles say, newest first."""

from __future__ import annotations

from datetime import date

from qa.presenting.comparing import Row, compare
from qa.types import Answer, Article, Citation


def answer(text: str, *cited: tuple[int, date | None, str]) -> Answer:
    citations = tuple(
        Citation(number, article, quote, 0, len(quote))
        for number, (key, day, quote) in enumerate(cited, start=1)
        for article in [
            Article(key, f"{key}.txt", f"题{key}", f"报{key}", day, "", quote, "0" * 64)
        ]
    )
    return Answer("几个", "answered", text, citations, (), (), 0.9, 0.1)


def test_each_article_has_its_row_the_newest_first() -> None:
    old, new = date(2022, 1, 1), date(2023, 1, 1)
    shown = answer(
        "60个\n45个",
        (1, old, "引进60个。"),
        (2, new, "引进45个。"),
        (3, None, "引进六十个。"),
        (4, new, "共引进４５个。"),
    )
    assert compare(shown) == (
        Row(new, "报2", "题2", "45个", 2),
        Row(new, "报4", "题4", "４５个", 4),
        Row(old, "报1", "题1", "60个", 1),
        Row(None, "报3", "题3", "六十个", 3),
    )


def test_what_agrees_or_stands_alone_is_not_compared() -> None:
    day = date(2023, 1, 1)
    assert compare(answer("60个", (1, day, "60个。"), (2, day, "60个。"))) == ()
    assert compare(answer("60个\n45个", (1, day, "60个，后45个。"), (1, day, "45个。"))) == ()
    assert compare(Answer("几个", "no_evidence", "没有找到依据", (), (), (), 0.0, 0.1)) == ()

"""qa.cli.printing: what the terminal shows is data, never markup or control codes."""

from __future__ import annotations

import dataclasses
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.cli import printing
from qa.evaluation import Case, Outcome, summarise
from qa.presenting.presenting import FAIR, HIGH, sureness
from qa.text import answer_span, visible
from qa.types import (
    Answer,
    Article,
    Citation,
    Failure,
    FileRead,
    Hit,
    LeftOut,
    LibraryStatus,
    Listing,
    Passage,
    SyncReport,
)
from qa.writing.prose import Prose, Sentence

TEXT = "1月至9月引进亿元以上项目60个，创新高。"
ARTICLE = Article(7, "a.txt", "鹤山[bold]招商", "", date(2023, 8, 2), "", TEXT, "0" * 64)
ANSWER = Answer(
    "几个", "answered", "60个", (Citation(1, ARTICLE, TEXT, 0, len(TEXT)),), (), (), 0.9, 0.012
)
HIT = Hit(Passage(1, 7, 0, len(TEXT)), ARTICLE, TEXT, 1.0, 0.5, 2.0)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("鹤山 60个\n下一行", "鹤山 60个\n下一行"),
        ("一\r\n二\t三", "一\n二    三"),
        ("\x1b[31m红\x1b[0m", "\ufffd[31m红\ufffd[0m"),
        ("\x00\x07\x08\x7f\x9b", "\ufffd" * 5),
        ("甲\u202e乙\u2066丙\u2069\u200f丁", "甲\ufffd乙\ufffd丙\ufffd\ufffd丁"),
        ("零\u200b宽\ufeff", "零\ufffd宽\ufffd"),
        ("行\r覆盖", "行\ufffd覆盖"),
        ("\ud800", "\ufffd"),
        ("👍🏽 é 𠮷", "👍🏽 é 𠮷"),
        ("", ""),
    ],
)
def test_control_and_direction_characters_are_replaced(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_invisible_is_shown(text: str) -> None:
    shown = visible(text)
    assert {unicodedata.category(c) for c in shown if c != "\n"}.isdisjoint({"Cc", "Cf", "Cs"})
    assert visible(shown) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("quote", "text", "span"),
    [
        ("引进项目60个。", "60个", (4, 7)),
        ("共67个，新增7个。", "7个", (7, 9)),
        ("共601，其中60个。", "60", (7, 9)),
        ("增长60", "60", (2, 4)),
        ("60", "60", (0, 2)),
        ("A(1)和B", "(1)", (1, 4)),
        ("总值148.11亿元，增加11亿元", "11亿元", (13, 17)),
        ("总值1,148亿元，增加148亿元", "148亿元", (12, 17)),
        ("共1.5亿元，首期1亿元", "1", (9, 10)),
        ("共６７个，新增７个。", "７个", (7, 9)),
        ("共67个。", "7个", (2, 4)),  # it stands nowhere else
        ("鹤山", "潮州", None),
        ("", "潮州", None),
        ("鹤山", "", None),
    ],
)
def test_an_answer_is_marked_where_it_stands_rather_than_inside_a_number(
    quote: str, text: str, span: tuple[int, int] | None
) -> None:
    assert answer_span(quote, text) == span


@pytest.mark.parametrize(
    ("confidence", "sure", "said"),
    [
        (1.0, "high", "可靠"),
        (HIGH, "high", "可靠"),
        (HIGH - 0.001, "fair", "把握较大，请核对原文"),
        (FAIR, "fair", "把握较大，请核对原文"),
        (FAIR - 0.001, "low", "把握不大，请核对原文"),
        (0.0, "low", "把握不大，请核对原文"),
    ],
)
def test_how_sure_an_answer_is_is_said_in_words(
    confidence: float, sure: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sureness(confidence) == sure
    printing.answer(dataclasses.replace(ANSWER, confidence=confidence))
    assert capsys.readouterr().out.splitlines()[-1] == f"{said} · 0.01 秒"


def test_an_answer_is_printed_with_quote_and_origin(capsys: pytest.CaptureFixture[str]) -> None:
    printing.answer(ANSWER)
    out = capsys.readouterr().out
    assert out.startswith("60个 [1]")
    assert TEXT in out
    assert "鹤山[bold]招商 · 来源不详 · 2023-08-02 · a.txt" in out


def test_without_evidence_the_missing_words_and_related_passages_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printing.answer(
        Answer("几个", "no_evidence", "没有找到依据", (), (HIT,), ("潮州", "面积"), 0.0, 0.01)
    )
    out = capsys.readouterr().out
    assert out.startswith("没有找到依据\n")
    assert "潮州、面积" in out
    assert "不是答案" in out
    assert "引进亿元以上项目60个" in out


def test_an_articles_escape_codes_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "\x1b]0;title\x07[red]引进\u202e60个。"
    printing.article(Article(1, "\x1b[2J.txt", "[link=x]题", "\x9b源", None, "", text, "0" * 64))
    out = capsys.readouterr().out
    assert "[red]引进\ufffd60个。" in out
    assert "[link=x]题 · \ufffd源 · 日期不详 · \ufffd[2J.txt" in out
    assert {"\x1b", "\x07", "\x9b", "\u202e"}.isdisjoint(out)


def test_hits_are_printed_in_order_and_none_is_said_to_be_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printing.hits([HIT])
    assert TEXT in capsys.readouterr().out
    printing.hits([])
    assert capsys.readouterr().out == "没有找到段落\n"


def test_a_report_is_printed_with_counts_and_failures(capsys: pytest.CaptureFixture[str]) -> None:
    report = SyncReport(("a", "b"), ("c",), (), ("d",), (Failure("e.txt", "empty"),))
    printing.sync_report(report)
    assert capsys.readouterr().out.splitlines() == [
        "新增 added 2 · 更新 updated 1 · 移除 removed 0 · 未变 unchanged 1 · 失败 failed 1",
        "  ✗ e.txt: empty",
    ]


def test_what_was_read_as_what_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    read = (
        FileRead("a.pdf", "pdf", 1, 900, pages=3, recognized=1),
        FileRead("b.txt", "plain", 1, 10),
        FileRead("c.pdf", "pdf", 1, 900, pages=2),
    )
    printing.sync_report(SyncReport(("a.pdf",), (), (), (), (), read=read))
    assert capsys.readouterr().out.splitlines()[1] == (
        "读了 read 3：pdf 2（5 页 pages，识别自图片 from pictures 1）、plain 1"
    )


def test_what_is_left_out_is_counted_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    left_out = LeftOut(hidden=2, temporary=1, links=3)
    printing.sync_report(SyncReport((), (), (), (), (), left_out=left_out))
    assert capsys.readouterr().out == (
        "新增 added 0 · 更新 updated 0 · 移除 removed 0 · 未变 unchanged 0 · 失败 failed 0"
        " · 略过 left out 6（隐藏 hidden 2、临时 temporary 1、链接 links 3）\n"
    )


def test_a_full_report_names_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    report = SyncReport(("a",), ("b\nx",), ("c",), ("d",), (), (("e", "f"),), ("a",))
    printing.sync_report(report, in_full=True)
    counts, *paths = capsys.readouterr().out.splitlines()
    assert counts.split(" · ") == [
        "新增 added 1",
        "更新 updated 1",
        "移除 removed 1",
        "改名 renamed 1",
        "转载 reposts 1",
        "未变 unchanged 1",
        "失败 failed 0",
    ]
    assert paths == [
        "  + a",
        "  ~ b\ufffdx",
        "  - c",
        "  > e → f",
    ]


CHANGED = SyncReport(("a",), (), ("b", "c"), (), ())
RENAMED = SyncReport((), (), (), (), (), (("a", "b"),))


@pytest.mark.parametrize(
    ("fresh", "stale_model", "changes", "said"),
    [
        (True, False, SyncReport((), (), (), ("a",), ()), "索引与文件夹一致"),
        (False, False, CHANGED, "新增 1、更新 0、移除 2；运行 yinju sync"),
        (False, False, RENAMED, "移除 0、改名 1；运行 yinju sync"),
        (False, True, CHANGED, "yinju rebuild"),
        (False, False, None, "文件夹未知或不存在"),
    ],
)
def test_the_state_of_a_library_says_what_to_do(
    fresh: bool,
    stale_model: bool,
    changes: SyncReport | None,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    printing.status(
        LibraryStatus(
            "library", "seeds", 5, 61, "built-in", "f" * 64, fresh, stale_model, changes, ()
        )
    )
    out = capsys.readouterr().out
    assert said in out
    assert "built-in (ffffffffffff)" in out


def test_an_evaluation_lists_what_went_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [
        Outcome(Case(question="对的", answers=["60个"]), ANSWER),
        Outcome(Case(question="错的", answers=["67个", "六十七个"]), ANSWER),
        Outcome(Case(question="没有的"), ANSWER),
    ]
    printing.evaluation(outcomes, summarise(outcomes))
    out = capsys.readouterr().out
    assert "✗ 错的 → 60个；应为 67个 / 六十七个\n" in out
    assert "✗ 没有的 → 60个；应为 （无）\n" in out
    assert "对的 →" not in out


def test_prose_is_data_and_struck_where_it_is_not_borne_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = Sentence("引进60个[bold]。", (1, 2), verified=True, problem="")
    bad = Sentence("引进\x1b[31m61个。", (1,), verified=False, problem="61个\x07")
    printing.answer(ANSWER, Prose((good, bad), answered=True))
    lines = capsys.readouterr().out.split("\n")
    assert lines[:2] == [
        "引进60个[bold]。 [1][2]",
        "引进\ufffd[31m61个。  未经原文证实：61个\ufffd",
    ]
    printing.answer(ANSWER, Prose((bad,), answered=False))
    assert capsys.readouterr().out.startswith("60个 [1]\n引进")


def test_a_listing_is_counted_and_as_much_of_it_shown_as_fits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = tuple(Citation(number, ARTICLE, TEXT, 0, len(TEXT)) for number in range(1, 31))
    listing = Listing(30, entries, 40, ("项目",))
    text = "查了全部文章，共 40 篇，30 篇提到“项目”。"
    found = dataclasses.replace(
        ANSWER, text=text, citations=entries[:5], kind="articles", listing=listing
    )
    printing.answer(found)
    shown = capsys.readouterr().out
    assert text in shown
    assert f"[{printing.MENTIONED}]" in shown
    assert f"[{printing.MENTIONED + 1}]" not in shown
    assert "另有 10 篇" in shown
    printing.answer(dataclasses.replace(found, kind="entity"))
    assert text not in capsys.readouterr().out


def test_a_greeting_is_printed_with_questions_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    found = dataclasses.replace(
        ANSWER, text="你好！", citations=(), kind="greeting", suggestions=("鹤山有几个项目",)
    )
    printing.answer(found)
    assert capsys.readouterr().out.split("\n")[:2] == ["你好！", "  · 鹤山有几个项目"]

"""qa.text: matching copies keep every offset; sentences."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text import LONG_SENTENCE, fold, is_sentence_end, sentences, simplify, spelled, trim

ANY_TEXT = st.text(st.characters())  # lone surrogates included
CHINESE = st.text(st.sampled_from("鹤山梅县專家智庫百千万工程,，。！？；;…”」）\n\r 　ab12"))


@given(ANY_TEXT)
def test_a_matching_copy_is_as_long_as_its_text(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert len(simplify(text)) == len(text)


@given(ANY_TEXT, ANY_TEXT)
def test_a_matching_copy_of_a_part_is_the_part_of_the_copy(first: str, second: str) -> None:
    assert fold(first + second) == fold(first) + fold(second)


def test_folding_twice_changes_nothing_more() -> None:
    # 薴 is simplified to 苧, which is itself the traditional form of 苎.
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    once = fold(everything)
    assert [
        (old, first, second)
        for old, first, second in zip(everything, once, fold(once), strict=True)
        if first != second
    ] == [("薴", "苧", "苎")]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("潮州專家智庫什麼時候成立", "潮州专家智库什么时候成立"),
        ("鄉村振興與產業發展", "乡村振兴与产业发展"),
        ("頭髮、發展、麵條、裡面", "头发、发展、面条、里面"),
        ("臺灣、台湾", "台湾、台湾"),
        ("ＡＢＣ１２３％", "abc123%"),
        ("Gradio 与 FAISS", "gradio 与 faiss"),
        ("“百千万”‘工程’「引」『据』", '"百千万"\'工程\'"引""据"'),
        ("1—6月，2020～2021－2022", "1-6月,2020-2021-2022"),
        ("（鹤山）：８０３６．３万元！", "(鹤山):8036.3万元!"),
        ("全\u3000角\u00a0空格", "全 角 空格"),
        ("27㎡ ½ ﬁ", "27㎡ ½ ﬁ"),  # their plain forms are longer
        ("⼭⽔", "山水"),  # Kangxi radicals, as some PDF files have them
    ],
)
def test_folding_evens_out_script_width_case_and_quotes(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_simplifying_keeps_width_and_case() -> None:
    assert simplify("ＡＢ「專家」Ｃ") == "ＡＢ「专家」Ｃ"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\u3000\n", []),
        ("一句。", ["一句。"]),
        ("没有句号", ["没有句号"]),
        ("第一句。第二句！第三句？", ["第一句。", "第二句！", "第三句？"]),
        ("他说：“来吧。”她走了。", ["他说：“来吧。”", "她走了。"]),
        ("「真的嗎？」他問。", ["「真的嗎？」", "他問。"]),
        ("什么？！不会……吧。", ["什么？！", "不会……", "吧。"]),
        ("标题\n  正文一。\r\n\r\n正文二", ["标题", "正文一。", "正文二"]),
        ("增长2.2%。总值148.11亿元。", ["增长2.2%。", "总值148.11亿元。"]),
        ("短句；不切；开。", ["短句；不切；开。"]),
        ("Is it? Yes! 好。", ["Is it?", "Yes!", "好。"]),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_only_a_long_sentence_is_cut_at_semicolons() -> None:
    half = "甲" * (LONG_SENTENCE // 2)
    at_limit = half[:-1] + "；" + half[:-1] + "。"
    assert len(at_limit) == LONG_SENTENCE
    assert list(sentences(at_limit)) == [(0, LONG_SENTENCE)]
    over = half + "；" + half + "。"
    assert list(sentences(over)) == [(0, len(half) + 1), (len(half) + 1, len(over))]


def test_sentences_of_a_part_are_spans_of_the_whole() -> None:
    text = "甲乙。丙丁。戊己。"
    assert list(sentences(text, 3)) == [(3, 6), (6, 9)]
    assert list(sentences(text, 1, 5)) == [(1, 3), (3, 5)]
    assert list(sentences(text, 4, 4)) == []


@given(CHINESE)
def test_sentences_hold_every_character_once_and_begin_and_end_with_one(text: str) -> None:
    spans = list(sentences(text))
    flat = [offset for span in spans for offset in span]
    assert flat == sorted(flat)
    assert all(start < end for start, end in spans)
    assert all(not text[start].isspace() and not text[end - 1].isspace() for start, end in spans)
    covered = {offset for span in spans for offset in range(*span)}
    assert {offset for offset, char in enumerate(text) if not char.isspace()} <= covered


@pytest.mark.parametrize(
    ("span", "trimmed"),
    [((0, 6), (2, 4)), ((2, 4), (2, 4)), ((0, 2), (2, 2)), ((3, 3), (3, 3))],
)
def test_trimming_takes_off_white_space_of_any_kind(
    span: tuple[int, int], trimmed: tuple[int, int]
) -> None:
    assert trim("\u3000\n甲乙\r\u00a0", *span) == trimmed


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("完了。", True),
        ("完了。”", True),
        ("完了？ \n", True),
        ("如下：", True),
        ("其一；", True),
        ("标题", False),
        ("“引号”", False),
        ("逗号，", False),
        ("", False),
    ],
)
def test_what_ends_as_a_sentence_does(text: str, ends: bool) -> None:
    assert is_sentence_end(text) is ends


@given(CHINESE, CHINESE, CHINESE)
def test_what_is_spelled_is_found_where_its_matching_copy_is(
    before: str, text: str, after: str
) -> None:
    found = re.search(spelled(text), before + text + after)
    assert found is not None
    assert found.start() == fold(before + text + after).index(fold(text))


@pytest.mark.parametrize(
    ("text", "written"),
    [("乡村振兴", "鄉村振興"), ("gdp", "ＧＤＰ"), ("5.1%", "５.1％"), ("[a]^-b", "[Ａ]^—B")],
)
def test_what_is_spelled_is_found_in_whatever_script(text: str, written: str) -> None:
    assert re.fullmatch(spelled(text), written)
    assert not re.fullmatch(spelled(text), "x" * len(written))

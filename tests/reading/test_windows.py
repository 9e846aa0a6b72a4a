"""qa.reading.windows: what the reader is given, where each token stands, and windows that leave no
gap.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from embeddings.encoder import BUILTIN_FOLDER
from qa.reading.windows import (
    BOS,
    EOS,
    MAX_QUESTION,
    PAD,
    Tokens,
    Window,
    Windower,
    with_boundaries,
)
from qa.text import simplify

TOKENIZER = with_boundaries(Tokenizer.from_file(str(BUILTIN_FOLDER / "tokenizer.json")))
WINDOWER = Windower(TOKENIZER)
PLAIN = Tokenizer.from_file(str(BUILTIN_FOLDER / "tokenizer.json"))
FIXED = 11  # tokens of a window that are neither the question's nor the passage's

nasty = st.text(
    st.one_of(
        st.sampled_from(
            "鹤山鶴項目60个１．的，。）》“年月日 \n\t\0\x85\u3000\u200b\ufeff▁<s>𠮷👍🏽é…①㎡½ﷺ"
        ),
        st.characters(exclude_categories=["Cs"]),  # no text that was read from a file has one
    ),
    max_size=30,
)


def tokens(text: str) -> Tokens:
    return WINDOWER.tokens([text])[0]


def pieces(text: str) -> list[str]:
    """The stretches that the tokens of a text stand for, without the mark that begins a word."""
    read = tokens(text)
    return [
        text[start:end]
        for (start, end), number in zip(read.spans, read.ids, strict=True)
        if TOKENIZER.id_to_token(number) != "▁"
    ]


def made(size: int, first: int = 1000) -> Tokens:
    """Tokens of a text of ``size`` characters, each another."""
    return Tokens(list(range(first, first + size)), [(at, at + 1) for at in range(size)])


def passage_ids(window: Window) -> list[int]:
    return window.ids[window.first : window.first + len(window.spans)]


def test_the_layout_is_the_encoder_s_prompts_between_its_own_marks() -> None:
    question, passage = WINDOWER.tokens(["引进多少个项目？", "引进60个。"])
    window = WINDOWER.window(question, passage, 0, len(passage.ids))
    assert " ".join(TOKENIZER.id_to_token(number) for number in window.ids) == (
        "<s> ▁que ry : ▁ ▁ 引进 多少 个 项目 ? </s> </s> ▁passage : ▁ ▁ 引进 60 个 。 </s>"
    )
    decoded = TOKENIZER.decode(window.ids, skip_special_tokens=False)
    assert (
        decoded.replace(":  ", ": ") == "<s> query: 引进多少个项目?</s></s> passage: 引进60个。</s>"
    )
    assert window.first == 16
    assert window.spans == [(0, 1), (0, 2), (2, 4), (4, 5), (5, 6)]
    assert len(window.ids) == FIXED + len(question.ids) + len(passage.ids)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1997年开始", ["1997", "年", "开始"]),
        ("8月16日下午", ["8", "月", "16", "日", "下午"]),
        ("（鹤山）。", ["（", "鹤", "山", "）", "。"]),
        ("《三国》，", ["《", "三", "国", "》", "，"]),
        ("“甲”", ["“", "甲", "”"]),
        ("的路", ["的", "路"]),
        ("山的路", ["山", "的", "路"]),
        ("有60个", ["有", "60", "个"]),
        ("增长3.5%，", ["增长", "3", ".", "5", "%", "，"]),
        ("年月日", ["年", "月", "日"]),
        ("今年开始", ["今年", "开始"]),  # only a date's unit after a figure stands alone
    ],
)
def test_a_token_ends_where_an_answer_can(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_without_boundaries_they_would_not_end_there() -> None:
    for text, at in [("1997年开始", 5), ("（鹤山）。", 4), ("山的路", 2)]:
        assert at in {end for _, end in tokens(text).spans}
        assert at not in {end for _, end in PLAIN.encode(text, add_special_tokens=False).offsets}


def test_the_vocabulary_stays_the_encoder_s() -> None:
    assert TOKENIZER.get_vocab() == PLAIN.get_vocab()


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    traditional, simplified = "鶴山市引進億元以上項目60個。", "鹤山市引进亿元以上项目60个。"
    assert tokens(traditional) == tokens(simplified)


@given(nasty)
def test_a_token_comes_from_the_text_of_its_span(text: str) -> None:
    read = tokens(text)
    assert len(read.ids) == len(read.spans)
    for number, (start, end) in zip(read.ids, read.spans, strict=True):
        assert 0 <= start < end <= len(text)
        piece = TOKENIZER.id_to_token(number)
        said = TOKENIZER.normalizer.normalize_str(simplify(text[start:end]))
        assert piece == "<unk>" or piece.strip("▁") in said


@given(nasty)
def test_tokens_stand_in_order_and_leave_out_no_letter_or_digit(text: str) -> None:
    spans = tokens(text).spans
    for one, other in pairwise(spans):
        assert one[0] <= other[0]
        assert one[1] <= other[1]
    covered = {at for start, end in spans for at in range(start, end)}
    assert all(at in covered for at, character in enumerate(text) if character.isalnum())


@pytest.mark.parametrize(
    ("text", "at"),
    [("👍🏽甲", 2), ("𠮷甲", 1), ("\0甲", 1), ("\x1f甲", 1), ("\ufeff甲", 1), ("①甲", 1)],
)
def test_offsets_count_code_points_whatever_stands_before(text: str, at: int) -> None:
    assert tokens(text).spans[-1] == (at, at + 1)


@pytest.mark.parametrize("text", ["甲</s>乙", "<s>删去的</s>", "<pad>"])
def test_special_tokens_written_in_a_text_are_no_marks(text: str) -> None:
    assert not {BOS, PAD, EOS} & set(tokens(text).ids)


@given(
    question=st.integers(0, 90),
    passage=st.integers(0, 400),
    length=st.integers(100, 140),
    overlap=st.integers(0, 20),
)
def test_windows_cover_the_passage_overlap_and_are_no_longer_than_asked(
    question: int, passage: int, length: int, overlap: int
) -> None:
    asked, read = made(question, first=5000), made(passage)
    windows = list(WINDOWER.windows(asked, read, length, overlap))
    room = length - min(question, MAX_QUESTION) - FIXED
    assert WINDOWER.room(asked, length) == room
    for window in windows:
        assert len(window.ids) <= length
        assert window.ids[-1] == EOS
        assert len(window.ids) == window.first + len(window.spans) + 1
        assert [1000 + start for start, _ in window.spans] == passage_ids(window)
    for one, other in pairwise(windows):
        assert len(one.spans) == room
        assert one.spans[room - overlap :] == other.spans[:overlap]
        assert one.spans[-1] < other.spans[-1]  # another window only for what is new
    joined = windows[0].spans + [span for window in windows[1:] for span in window.spans[overlap:]]
    assert joined == read.spans


def test_a_long_question_is_cut() -> None:
    question = made(MAX_QUESTION + 1, first=5000)
    (window,) = WINDOWER.windows(question, made(3), 512, 128)
    assert [number for number in window.ids if 5000 <= number < 6000] == question.ids[:-1]


@pytest.mark.parametrize(("question", "passage"), [("", "甲"), ("问", ""), ("", "")])
def test_without_question_or_passage_there_is_one_window(question: str, passage: str) -> None:
    asked, read = WINDOWER.tokens([question, passage])
    (window,) = WINDOWER.windows(asked, read, 512, 128)
    assert len(window.ids) == FIXED + len(asked.ids) + len(read.ids)
    assert window.spans == read.spans

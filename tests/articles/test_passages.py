"""qa.articles.passages: every character of the body in exactly one passage, headings with their
text.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.articles.cleaning import lines
from qa.articles.passages import (
    MAX_LENGTH,
    MIN_LENGTH,
    TINY,
    context,
    headings_at,
    outline,
    split,
)
from qa.types import Span

SENTENCE = "梅江区深入推进“百千万工程”，为高质量发展注入新的动能。"  # 28 characters
PARAGRAPH = SENTENCE * 6  # between MIN_LENGTH and MAX_LENGTH

prose = st.builds(
    lambda clauses, end: "，".join(clauses) + end,
    st.lists(
        st.text(st.sampled_from("梅江区推进工程发展乡村振兴企业12.5"), min_size=1), min_size=1
    ),
    st.sampled_from(["。", "！", "？", "……", "。”", "；", ""]),
)
line = st.one_of(
    prose,
    st.lists(prose, min_size=2, max_size=12).map("".join),  # a paragraph
    st.integers(1, 700).map(lambda size: "没有标点" * (size // 4)),  # nowhere to cut
    st.integers(20, 90).map(lambda size: "短句，" * size + "完。"),
    st.sampled_from(
        [
            "一、基本情况",
            "（二）主要做法",
            "第三章 附则",
            "# 标题",
            "## 小标题",
            "系统谋划",
            "“一图一策一表”靶向发力",
            "——稳中求进，经济焕发新活力。",
            "1. 列表项",
            "首页 > 要闻 > 各地",
            "【字体：大 中 小】",
            "图片.jpg",
            "来源：新华网 2023-08-02",
            "版权所有 不得转载",
            "返回顶部",
            "",
            " \u3000",
            "\ufeff\u200b零宽\u200d",
            "𠮷野家👍🏽é",
        ]
    ),
)
documents = st.builds(
    lambda parts, end: end.join(parts),
    st.lists(line, max_size=20),
    st.sampled_from(["\n", "\r\n", "\n\n", "\u2028"]),
)


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@given(documents)
def test_every_character_of_the_body_is_in_exactly_one_passage_and_no_other_is(text: str) -> None:
    body = {
        offset
        for found in lines(text)
        if found.body
        for offset in range(found.start, found.end)
        if not text[offset].isspace()
    }
    covered = [
        offset
        for start, end in split(text)
        for offset in range(start, end)
        if not text[offset].isspace()
    ]
    assert len(covered) == len(set(covered))
    assert set(covered) == body


@given(documents)
def test_passages_are_in_order_trimmed_and_not_too_long(text: str) -> None:
    spans = split(text)
    flat = [offset for span in spans for offset in span]
    assert flat == sorted(flat)
    for start, end in spans:
        assert 0 < end - start <= MAX_LENGTH
        assert text[start:end] == text[start:end].strip()


@given(documents)
def test_headings_stand_above_what_they_head(text: str) -> None:
    blocks = [block for run in outline(text) for block in run]
    for block in blocks:
        assert headings_at(text, block.start) == block.headings
        assert list(block.headings) == sorted(block.headings)
        assert all(end <= block.start for _, end in block.headings)


def test_the_sample_articles_are_cut_as_promised(seed_texts: dict[str, str]) -> None:
    for text in seed_texts.values():
        spans = split(text)
        assert max(end - start for start, end in spans) <= MAX_LENGTH
        body = "".join(text[line.start : line.end] for line in lines(text) if line.body)
        assert "".join("".join(texts(text)).split()) == "".join(body.split())


@pytest.mark.parametrize("text", ["", " \n\u3000\r\n", "\ufeff".strip("\ufeff")])
def test_nothing_has_no_passages(text: str) -> None:
    assert split(text) == []
    assert outline(text) == ()
    assert headings_at(text, 0) == ()


def test_a_paragraph_is_a_passage() -> None:
    assert texts(f"{PARAGRAPH}\n\n　　{PARAGRAPH}\n") == [PARAGRAPH, PARAGRAPH]


def test_the_title_and_a_heading_stay_with_their_text() -> None:
    text = f"梅江区举行推进会\n{PARAGRAPH}\n错位发展\n{PARAGRAPH}\n"
    assert texts(text) == [f"梅江区举行推进会\n{PARAGRAPH}", f"错位发展\n{PARAGRAPH}"]


def test_short_paragraphs_are_joined_until_the_passage_is_long_enough() -> None:
    count = MIN_LENGTH // len(SENTENCE) + 1
    text = "\n".join([SENTENCE] * (2 * count))
    assert texts(text) == ["\n".join([SENTENCE] * count)] * 2


def test_furniture_is_never_bridged() -> None:
    text = f"{SENTENCE}\n配图.jpg\n{SENTENCE}\n"
    assert texts(text) == [SENTENCE, SENTENCE]


def test_a_tiny_last_passage_joins_the_one_before() -> None:
    last = "完" * (TINY - 1) + "。"
    assert texts(f"{PARAGRAPH}\n{last}") == [f"{PARAGRAPH}\n{last}"]
    longer = "完" * TINY + "。"
    assert texts(f"{PARAGRAPH}\n{longer}") == [PARAGRAPH, longer]


def test_a_long_paragraph_is_cut_at_sentence_ends_into_equal_pieces() -> None:
    count = 2 * (MAX_LENGTH // len(SENTENCE)) - 2
    pieces = texts(SENTENCE * count)
    assert pieces == [SENTENCE * (count // 2)] * 2


def test_a_long_sentence_is_cut_at_commas_and_only_then_anywhere() -> None:
    clause = "甲" * 99 + "，"
    assert texts(clause * 4 + "乙。") == [clause * 3, clause + "乙。"]
    assert texts("甲" * (2 * MAX_LENGTH + 50)) == [
        "甲" * MAX_LENGTH,
        "甲" * MAX_LENGTH,
        "甲" * 50,
    ]


def heading_texts(text: str, at: str) -> list[str]:
    return [text[start:end] for start, end in headings_at(text, text.index(at))]


def test_headings_nest_by_their_marks() -> None:
    text = (
        "县域发展方案\n"
        f"一、总体要求\n甲{SENTENCE}\n"
        f"（一）基本原则\n乙{SENTENCE}\n"
        f"（二）主要目标\n丙{SENTENCE}\n"
        f"二、保障措施\n丁{SENTENCE}\n"
    )
    assert heading_texts(text, "甲梅江") == ["一、总体要求"]
    assert heading_texts(text, "乙梅江") == ["一、总体要求", "（一）基本原则"]
    assert heading_texts(text, "丙梅江") == ["一、总体要求", "（二）主要目标"]
    assert heading_texts(text, "丁梅江") == ["二、保障措施"]
    assert heading_texts(text, "县域发展方案") == []


def test_markdown_headings_nest_by_their_level() -> None:
    text = (
        f"# 题\n\n## 甲章\n\n乙{SENTENCE}\n\n### 丙节\n\n丁{SENTENCE}\n\n## 戊章\n\n己{SENTENCE}\n"
    )
    assert heading_texts(text, "乙梅江") == ["## 甲章"]
    assert heading_texts(text, "丁梅江") == ["## 甲章", "### 丙节"]
    assert heading_texts(text, "己梅江") == ["## 戊章"]


def test_unmarked_headings_of_a_newspaper_page_nest(seed_texts: dict[str, str]) -> None:
    text = seed_texts["000_a13956db188b6957.txt"]
    assert heading_texts(text, "实施“百千万工程”,下功夫") == [
        "系统谋划",
        "“一图一策一表”靶向发力",
    ]
    assert heading_texts(text, "西阳镇整合资源打造") == ["错位发展", "各镇(街)亮点纷呈促发展"]
    report = seed_texts["002_c5f575c94ab56164.txt"]
    assert heading_texts(report, "新增城镇就业2400人") == [
        "2020年主要工作",
        "——统筹兼顾,民生保障更全面。",
    ]
    assert heading_texts(report, "补齐基础设施短板") == [
        "2021年工作安排",
        "(二)大抓项目建设,大力改善发展条件",
    ]


def test_a_list_of_short_lines_has_no_headings() -> None:
    poem = "春晓\n春眠不觉晓\n处处闻啼鸟\n夜来风雨声\n花落知多少"
    assert [block.is_heading for run in outline(poem) for block in run][1:] == [False] * 4


def test_the_context_of_a_passage_is_title_and_headings() -> None:
    text = f"推进会\n一、总体要求\n{PARAGRAPH}\n"
    at = text.index(PARAGRAPH)
    assert context(text, "推进会", at) == "推进会\n一、总体要求"
    assert context(text, "", at) == "一、总体要求"
    assert context(text, "推进会", 0) == "推进会"


def test_passages_of_the_same_text_are_the_same(seed_texts: dict[str, str]) -> None:
    text = seed_texts["003_b871c692167c7342.txt"]
    first: list[Span] = split(text)
    outline.cache_clear()
    assert split(text) == first

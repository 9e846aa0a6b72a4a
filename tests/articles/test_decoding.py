"""qa.articles.decoding: bytes to text in the encodings that Chinese articles are found in."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from opencc import OpenCC

from qa.articles.decoding import commonness, decode
from qa.errors import ArticleUnreadableError
from qa.text import sentences

SEEDS = [
    path.read_bytes().decode("utf-8")
    for path in sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))
]
SENTENCES = [text[start:end] for text in SEEDS for start, end in sentences(text)]
PROSE = [sentence for sentence in SENTENCES if len(sentence) >= 12 and sentence.endswith("。")]
traditional = OpenCC("s2t").convert

articles = st.lists(st.sampled_from(PROSE), min_size=1, max_size=5)
line_ends = st.sampled_from(["\n", "\r\n"])


@pytest.mark.parametrize("text", SEEDS)
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"],
)
def test_the_sample_articles_are_read_back_in_every_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@given(articles, line_ends)
@example([PROSE[0]], "\r\n")
def test_simplified_prose_is_read_back(parts: list[str], line_end: str) -> None:
    text = line_end.join(parts)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"):
        assert decode(text.encode(encoding)) == text, encoding


@given(articles, line_ends)
def test_traditional_prose_is_read_back(parts: list[str], line_end: str) -> None:
    text = traditional(line_end.join(parts))
    for encoding in ("utf-8", "utf-16-le", "gb18030"):
        assert decode(text.encode(encoding)) == text, encoding
    try:
        data = text.encode("big5hkscs")
    except UnicodeEncodeError:
        assume(False)
    assert decode(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "你好",
        "鹤山",
        "梅州市",
        "没有找到依据",
        "今年引进项目60个。",
        "ABC 公司成立于1998年。",
        "中",
    ],
)
def test_short_simplified_texts_are_read_as_gbk(text: str) -> None:
    assert decode(text.encode("gbk")) == text


@pytest.mark.parametrize("text", ["鶴山市", "今年引進項目60個。", "臺北市政府發布消息。"])
def test_short_traditional_texts_are_read_as_big5(text: str) -> None:
    assert decode(text.encode("big5")) == text


def test_line_ends_and_odd_spaces_stay_as_they_are() -> None:
    text = "标题\r\n\r\n第一段。\r第二段。\x0b\u2028第三段\u3000。\t\n"
    assert decode(text.encode()) == text


def test_ascii_is_text() -> None:
    assert decode(b"Plain English, 100 %.\n") == "Plain English, 100 %.\n"


def test_nothing_is_nothing() -> None:
    assert decode(b"") == ""


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_not_part_of_the_text(mark: bytes, encoding: str) -> None:
    assert decode(mark + "鹤".encode(encoding)) == "鹤"
    assert decode(mark) == ""


def test_a_few_damaged_bytes_become_replacement_characters() -> None:
    text = SEEDS[0]
    data = bytearray(text.encode())
    at = len(text[: text.index("闻")].encode())
    data[at + 2] = 0xFF  # the last byte of 闻
    decoded = decode(bytes(data))
    assert decoded.replace("\ufffd", "") == text.replace("闻", "", 1)
    assert decoded.index("\ufffd") == text.index("闻")


def test_a_last_character_cut_off_is_replaced() -> None:
    text = SEEDS[4]
    assert decode(text.encode()[:-1]) == text[:-1] + "\ufffd"


def test_damaged_gb18030_is_read_with_replacements() -> None:
    text = SEEDS[4]
    data = text.encode("gb18030")
    at = len(text[:300].encode("gb18030"))
    damaged = decode(data[:at] + b"\xff\xff" + data[at:])
    assert damaged[:300] == text[:300]
    assert damaged[-1000:] == text[-1000:]


@pytest.mark.parametrize(
    ("data", "encoding", "byte"),
    [
        (codecs.BOM_UTF8 + b"\xe4\xbd\xa0\xff", "utf-8", 6),
        (codecs.BOM_UTF16_LE + "鹤".encode("utf-16-le") + b"\x00", "utf-16", 4),
        (codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff", "utf-32", 4),
    ],
)
def test_damage_after_a_byte_order_mark_is_reported(data: bytes, encoding: str, byte: int) -> None:
    message = f"begins as {encoding} but is damaged at byte {byte}; save it as UTF-8"
    with pytest.raises(ArticleUnreadableError, match=message):
        decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00\x00\x00\x02\x00\x08\x06" * 20,
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" * 50,
        bytes(range(256)) * 40,
        b"\x00" * 1000,
        b"\x7fELF\x02\x01\x01" + b"\x00" * 9 + b"\x03\x00\x3e\x00\x01\x00\x00\x00" * 30,
    ],
    ids=["png", "zip", "all bytes", "zeros", "elf"],
)
def test_binary_data_is_no_article(data: bytes) -> None:
    with pytest.raises(ArticleUnreadableError, match=r"binary data|not text in UTF-8"):
        decode(data)


@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_the_one_error(data: bytes) -> None:
    try:
        text = decode(data)
    except ArticleUnreadableError:
        return
    text.encode("utf-8")  # no lone surrogates: it can be stored and shown
    assert not text.startswith("\ufeff")


def test_commonness_tells_chinese_from_a_wrong_decoding() -> None:
    text = SEEDS[1]
    assert commonness(text) > 0.7
    assert commonness(traditional(text)) > 0.7
    assert commonness(text.encode("gb18030").decode("big5hkscs", errors="ignore")) < 0.45
    assert commonness(text.encode("utf-16-le").decode("utf-16-be", errors="ignore")) < 0.45
    assert commonness("abc") == 0.5
    assert commonness("") == 0.0

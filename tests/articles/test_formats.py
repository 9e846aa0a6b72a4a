"""qa.articles.formats: what each kind of file says, held against files made here."""

from __future__ import annotations

import json
import os
import struct
import sys
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.articles import formats
from qa.articles.formats import Document, Unreadable, count_documents, read_documents, suffixes
from qa.articles.layout.paragraphs import join
from qa.articles.layout.tables import table_lines
from qa.errors import ArticleUnreadableError
from tests.hostile import NO_FILE, minutes_at_most

BODY = "今年1月至9月，鹤山市引进亿元以上项目60个，计划总投资209亿元，均创近五年新高。"


def read(path: Path) -> Document:
    (document,) = read_documents(path)
    assert isinstance(document, Document)
    return document


def written(path: Path, data: bytes | str, encoding: str = "utf-8") -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("met", "told"),
    [
        (AssertionError("odd\ud800"), "its reader failed (AssertionError: odd\ufffd);"),
        (OverflowError("too large"), "its reader failed (OverflowError: too large);"),
        (
            ArticleUnreadableError("x", "the file is damaged: {said}", said="\udcff"),
            "the file is damaged: \ufffd",
        ),
        (RecursionError(), "the file nests too deep"),
        (MemoryError(), "reading takes more memory than there is"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_a_reader_meets_is_told_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, met: Exception, told: str
) -> None:
    path = written(tmp_path / "a.txt", BODY)

    def failing(_: Path) -> Iterable[Document]:
        yield Document(BODY)
        raise met

    monkeypatch.setattr("qa.articles.formats.plain.read", failing)
    found = read_documents(path)
    assert next(iter(found)) == Document(BODY)
    with pytest.raises(ArticleUnreadableError) as caught:
        next(iter(found))
    assert str(caught.value).startswith(told)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("suffix", sorted(suffixes()))
def test_no_reader_waits_for_a_pipe(tmp_path: Path, suffix: str) -> None:
    """A name that was a file's when the folder was looked at may be a pipe's when it is read."""
    path = tmp_path / f"pipe{suffix}"
    os.mkfifo(path)
    for reading in (read, count_documents) if suffix in {".csv", ".jsonl"} else (read,):
        with minutes_at_most(), pytest.raises(ArticleUnreadableError) as caught:
            reading(path)
        assert str(caught.value) == NO_FILE


# -- plain text --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.TXT", "c.text", "a.md", "a.Markdown"])
def test_plain_text_and_markdown_are_read_as_they_are_written(tmp_path: Path, name: str) -> None:
    text = "# 标题\r\n\r\n**正文**。\n"
    assert read(written(tmp_path / name, text, "gb18030")) == Document(text)


@pytest.mark.parametrize("end", ["---", "..."])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_front_matter_tells_of_the_text_and_stays_in_it(
    tmp_path: Path, end: str, line: str
) -> None:
    front = ['title: "招商: 60个"', "来源: 南方日报", "date: 2023-08-02", "tags: [a, b]"]
    text = line.join(["---", *front, end, "# 正文", BODY])
    found = read(written(tmp_path / "a.md", text))
    assert found == Document(text, "招商: 60个", "南方日报", date(2023, 8, 2))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", f"---\ntitle: x\n---\n{BODY}"),
        ("a.md", f"---\n鹤山\n---\n{BODY}"),
        ("a.md", f"---\na: [\n---\n{BODY}"),
        ("a.md", f"---\ntitle: x\n{BODY}"),
        ("a.md", f"# 一\n---\ntitle: x\n---\n{BODY}"),
    ],
)
def test_what_only_looks_like_front_matter_is_text(tmp_path: Path, name: str, text: str) -> None:
    assert read(written(tmp_path / name, text)) == Document(text)


def test_front_matter_that_multiplies_stays_small(tmp_path: Path) -> None:
    rows = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    front = "\n".join(["a0: &a0 [哈]", *rows, "title: *a29"])
    document, fault = read_documents(written(tmp_path / "a.md", f"---\n{front}\n---\n{BODY}"))
    assert isinstance(document, Document)
    assert isinstance(fault, Unreadable)
    assert (document.title, fault.key, fault.error.code) == ("", "title", "description_no_text")


@pytest.mark.parametrize("name", ["a.xyz", "noextension", "a.txt.xyz"])
def test_an_unknown_kind_is_refused_with_those_that_are_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArticleUnreadableError, match=r"known kinds: .*\.docx .*\.pdf .*\.txt"):
        read(written(tmp_path / name, "正文"))


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", "\ufeff\u3000".encode()])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv"])
def test_a_file_without_text_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(ArticleUnreadableError, match="the file has no text"):
        read(written(tmp_path / name, data))


def test_a_text_that_is_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_CHARACTERS", 10)
    assert read(written(tmp_path / "a.txt", "十" * 10)).text == "十" * 10
    with pytest.raises(ArticleUnreadableError, match="more than 10 characters; split the file"):
        read(written(tmp_path / "b.txt", "十" * 11))


# -- tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "caption", "lines"),
    [
        (
            [
                ["地区", "项目（个）", "总投资(亿元)"],
                ["鹤山市", "60", "209"],
                ["开平市", "", "118"],
            ],
            "",
            [
                "地区：鹤山市，项目（个）：60个，总投资(亿元)：209亿元。",
                "地区：开平市，总投资(亿元)：118亿元。",
            ],
        ),
        (  # the unit of all figures stands above the table; a share has its own
            [["地区", "投资", "同比"], ["鹤山市", "1,209.5", "12.5%"]],
            "表1 投资情况（单位：万元）",
            ["地区：鹤山市，投资：1,209.5万元，同比：12.5%。"],
        ),
        (  # units stand with the row's name
            [["指标", "2022年", "2023年"], ["地区生产总值（亿元）", "480", "505"]],
            "",
            ["指标：地区生产总值（亿元），2022年：480亿元，2023年：505亿元。"],
        ),
        (  # two rows of headers, the upper one over two columns
            [["地区", "项目", "项目"], ["地区", "个数（个）", "投资"], ["鹤山市", "60", "209"]],
            "",
            ["地区：鹤山市，项目·个数（个）：60个，项目·投资：209。"],
        ),
        (  # words only: the first row heads the others
            [["姓名", "职务"], ["张三", "镇长"], ["李四", "副镇长"]],
            "",
            ["姓名：张三，职务：镇长。", "姓名：李四，职务：副镇长。"],
        ),
        (  # a running number and a year take no unit
            [["序号", "年份", "产量（吨）"], ["1", "2021", "30"]],
            "",
            ["序号：1，年份：2021，产量（吨）：30吨。"],
        ),
        (  # a line over all columns heads what follows
            [["地区", "个"], ["珠三角", "珠三角"], ["鹤山市", "60"]],
            "",
            ["珠三角", "地区：鹤山市，个：60。"],
        ),
        (  # a title over all columns, then the header
            [["附表一", "附表一"], ["地区", "户数（户）"], ["鹤山市", "60"]],
            "",
            ["附表一", "地区：鹤山市，户数（户）：60户。"],
        ),
        ([["鹤山市", "60"], ["开平市", "35"]], "", ["鹤山市，60", "开平市，35"]),
        ([["只有一行"]], "", ["只有一行"]),
        ([["", ""], ["", ""]], "", []),
        ([["总 投\n资（亿 元）", "a b"], ["1", "2"]], "", ["总投资（亿元）：1亿元，a b：2。"]),
    ],
)
def test_a_table_becomes_lines_that_name_their_columns(
    rows: list[list[str]], caption: str, lines: list[str]
) -> None:
    assert table_lines(rows, caption) == lines


@given(st.lists(st.lists(st.text(max_size=6), max_size=5), max_size=6), st.text(max_size=8))
def test_every_figure_of_a_table_stands_in_its_lines(rows: list[list[str]], caption: str) -> None:
    text = "\n".join(table_lines(rows, caption))
    for row in rows:
        for cell in row:
            if cell.isdecimal():
                assert cell in text


# -- tables of articles ------------------------------------------------------------------------


def test_every_line_of_jsonl_is_an_article(tmp_path: Path) -> None:
    rows = [
        {"id": "a7", "title": "标题", "text": BODY, "source": "日报", "published": "2020-01-02"},
        {"标题": "二", "正文": "正文二。", "来源": "网", "发布时间": "2021年3月4日 10:00"},
        {"content": ["第一段。", "第二段。"], "url": "http://a/b", "id": 12},
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n"
    path = written(tmp_path / "a.jsonl", text)
    assert list(read_documents(path)) == [
        Document(BODY, "标题", "日报", date(2020, 1, 2), key="a7"),
        Document("正文二。", "二", "网", date(2021, 3, 4), key="2"),
        Document("第一段。\n第二段。", url="http://a/b", key="12"),
    ]
    assert count_documents(path) == 4


def test_a_line_that_is_no_article_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [
        b'{"title": "no text"}',
        b"{broken",
        b"[1, 2]",
        b'{"text": " "}',
        b"[" * 100_000,
        b"\x00\x01\x02\x03" * 10,
        '{"text": "好", "id": "x"}'.encode("gb18030"),
        '{"text": "又", "id": "x"}'.encode(),
        b'{"text": "\\ud800"}',
    ]
    found = list(read_documents(written(tmp_path / "a.jsonl", b"\n".join(lines))))
    assert isinstance(found[1], Unreadable)
    assert found[1].reason.startswith("line 2 is not JSON: Expecting property name")
    assert [item.reason for item in found if isinstance(item, Unreadable)] == [
        "row 1 has no field 'text' (or content, body, 正文, 内容)",
        found[1].reason,
        "line 3 is not a JSON object with title and text",
        "row 4 has no text",
        "line 5 is not JSON: it nests too deep",
        "line 6: the file is binary data, not text",
    ]
    assert [(item.key, item.text) for item in found if isinstance(item, Document)] == [
        ("x", "好"),
        ("x#8", "又"),
        ("9", "\ufffd"),
    ]


def test_values_that_nest_deep_cost_one_row(tmp_path: Path) -> None:
    deep = '{"text": ' + "[" * 600 + '"x"' + "]" * 600 + "}"
    found = list(read_documents(written(tmp_path / "a.jsonl", deep + '\n{"text": "好"}')))
    assert [type(item) for item in found] in ([Unreadable, Document], [Document, Document])
    assert isinstance(found[1], Document)


def test_keys_of_rows_are_never_the_same(tmp_path: Path) -> None:
    rows = "\n".join(
        f'{{"id": "{key}", "text": "第{n}"}}' for n, key in enumerate(["a#3", "a", "a"])
    )
    found = list(read_documents(written(tmp_path / "a.jsonl", rows)))
    assert len({item.key for item in found}) == 3


def test_a_file_of_bad_rows_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(ArticleUnreadableError, match="more than 1,000 rows are no articles"):
        list(read_documents(written(tmp_path / "a.jsonl", "1\n" * 5000)))


def test_a_table_of_too_many_cells_is_refused(tmp_path: Path) -> None:
    table = "," * 10_000 + "\n" + "a\n" * 1000
    with pytest.raises(ArticleUnreadableError, match="more than 5,000,000 cells"):
        read(written(tmp_path / "a.csv", table))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_row_of_csv_is_an_article(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [["标题", "内容", "来源", "日期"], ["一", f'"{BODY}\n第二段。"', "日报", "2020/1/2"]]
    text = "\r\n".join(separator.join(row) for row in rows) + "\r\n"
    assert list(read_documents(written(tmp_path / "a.csv", text, encoding))) == [
        Document(f"{BODY}\n第二段。", "一", "日报", date(2020, 1, 2), key="1")
    ]


def test_a_csv_without_a_text_column_is_one_article_of_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "招商.csv", "地区,项目（个）\n鹤山市,60\n", "gb18030")
    assert read(path) == Document("地区：鹤山市，项目（个）：60个。", title="招商")


# -- web pages ---------------------------------------------------------------------------------

PAGE = f"""<html><head><meta charset="CHARSET"><title>鹤山引进项目60个_鹤山新闻网</title>
<meta property="og:site_name" content="鹤山新闻网"><script>var 秘密 = 1;</script></head><body>
<div class="nav"><a href="/">首页</a> &gt; <a href="/n">新闻</a> &gt; 正文</div>
<div class="article"><h1>鹤山引进项目60个</h1><div>来源：江门日报 2019-10-12 09:30</div>
<p>　　{BODY}</p>
<p>　　市招商局有关负责人表示，下一步将继续围绕主导产业开展招商，推动项目早落地、早投产。</p>
<table><caption>各市招商情况</caption><tr><th rowspan=2>地区<th colspan=2>项目</tr>
<tr><th>个数（个）<th>投资（亿元）</tr><tr><td>鹤山市<td>60<td>209</tr><tr><td>开平市<td>35<td>118</tr>
</table></div><div class="foot">版权所有 粤ICP备12345号</div></body></html>"""


@pytest.mark.parametrize("declared", ["utf-16", "utf-32", "cp037", "utf-7", "undefined", "hex"])
def test_a_page_is_not_in_an_encoding_in_which_its_declaration_is_not_written(
    tmp_path: Path, declared: str
) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?>\n{PAGE.replace("CHARSET", "utf-8")}'
    page = tmp_path / "a.html"
    page.write_bytes((text if len(text.encode()) % 2 == 0 else f"{text} ").encode())
    assert "鹤山引进项目60个" in read(page).text


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk", "wrong"])
def test_a_page_gives_its_article_with_title_source_and_date(tmp_path: Path, charset: str) -> None:
    encoding = "gb18030" if charset.startswith("gb") else "utf-8"
    page = PAGE.replace("CHARSET", charset)
    found = read(written(tmp_path / "a.html", page, encoding))
    assert (found.title, found.source) == ("鹤山引进项目60个", "江门日报")
    assert found.published == date(2019, 10, 12)
    lines = found.text.split("\n")
    assert lines[0] == "鹤山引进项目60个"
    assert BODY in lines
    assert "地区：鹤山市，项目·个数（个）：60个，项目·投资（亿元）：209亿元。" in lines
    assert "秘密" not in found.text


def around(head: str, foot: str = "", meta: str = "", title: str = "招商提速_鹤山网") -> str:
    """Return a page with an article, and what stands before and after it."""
    paragraphs = "".join(f"<p>第{number}段，{BODY}</p>" for number in range(5))
    return (
        f"<html><head><meta charset=utf-8><title>{title}</title>{meta}</head><body>{head}"
        f"<div class=content>{paragraphs}</div>{foot}</body></html>"
    )


@pytest.mark.parametrize(
    ("page", "title", "source", "day"),
    [
        (around("<h2>热点</h2><h1>招商提速</h1>"), "招商提速", "", None),
        (around("<p>鹤山网</p><p>招商</p><p>招商提速</p><p>提速_鹤</p>"), "招商提速", "", None),
        (
            around("<h1>招商提速</h1><strong id=js_name>鹤山发布</strong><a class=js_names>甲</a>"),
            "招商提速",
            "鹤山发布",
            None,
        ),
        (
            around("<h1>招商提速</h1><div>2023-08-02 10:00 来源：南方日报</div>"),
            "招商提速",
            "南方日报",
            date(2023, 8, 2),
        ),
        (
            around("<h1>招商提速</h1>", "<div>本文来源：新京报 责任编辑：甲</div>"),
            "招商提速",
            "新京报",
            None,
        ),
        (
            around("<h1>招商提速</h1><span class='news-source'>江门日报</span>"),
            "招商提速",
            "江门日报",
            None,
        ),
        (
            around(
                "<h1>鹤山网</h1>",
                meta="<meta name=ArticleTitle content=招商提速><meta name=ContentSource content="
                "市商务局><meta name=PubDate content='2023-08-02 10:00'>",
                title="鹤山网",
            ),
            "招商提速",
            "市商务局",
            date(2023, 8, 2),
        ),
    ],
)
def test_who_says_what_when_stands_around_the_article(
    tmp_path: Path, page: str, title: str, source: str, day: date | None
) -> None:
    found = read(written(tmp_path / "a.html", page))
    assert (found.title, found.source, found.published) == (title, source, day)


def test_a_table_after_a_remark_is_read(tmp_path: Path) -> None:
    rows = "<tr><th>镇</th><th>项目</th></tr><tr><td>甲</td><td>6</td></tr>"
    page = around(f"<!-- 表 --><table>{rows}</table>")
    assert "镇：甲，项目：6。" in read(written(tmp_path / "a.html", page)).text


def test_a_page_of_a_few_words_is_read_whole(tmp_path: Path) -> None:
    found = read(written(tmp_path / "a.htm", "<p>鹤山<b>引进</b>项目<br>60个</p><p>完</p>"))
    assert found.text == "鹤山引进项目\n60个\n完"


@pytest.mark.parametrize(
    "data", [b"<html></html>", b"<script>1</script>", b"\x00\x01\x02" * 50, b"<!-- -->"]
)
def test_a_page_without_text_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ArticleUnreadableError):
        read(written(tmp_path / "a.html", data))


def test_a_table_that_claims_too_many_columns_is_bounded(tmp_path: Path) -> None:
    cell = '<td colspan="99999999" rowspan="99999999">1</td>'
    page = f"<table><tr>{cell}</tr><tr><td>2</td></tr></table><p>{BODY}</p>"
    assert BODY in read(written(tmp_path / "a.html", page)).text


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_a_page_fail_otherwise(tmp_path: Path, data: bytes) -> None:
    refused_or_read(written(tmp_path / "a.html", b"<p>" + data))


def damaged(whole: bytes, data: st.DataObject, most: int = 20) -> bytes:
    """Return a file's bytes with up to ``most`` of them drawn anew."""
    spoilt = bytearray(whole)
    for _ in range(data.draw(st.integers(1, most))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    return bytes(spoilt)


def refused_or_read(path: Path) -> None:
    """Whatever a file holds, reading it ends in documents or in our own error."""
    with suppress(ArticleUnreadableError):
        for item in read_documents(path):
            assert isinstance(item, Document | Unreadable)


# -- Word --------------------------------------------------------------------------------------


def word(path: Path, build: Any) -> Path:
    import docx

    document = docx.Document()
    build(document)
    document.save(str(path))
    return path


def test_a_word_document_gives_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    def build(document: Any) -> None:
        document.add_heading("招商情况", 1)
        document.add_paragraph(BODY)
        document.add_paragraph("单位：亿元")
        table = document.add_table(rows=3, cols=3)
        rows = [["地区", "投资", ""], ["地区", "计划", "完成"], ["鹤山市", "209", "97"]]
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.cell(0, 1).merge(table.cell(0, 2)).text = "投资"
        table.cell(0, 0).merge(table.cell(1, 0)).text = "地区"
        document.add_paragraph("完。")

    found = read(word(tmp_path / "a.docx", build))
    assert found.text.split("\n") == [
        "招商情况",
        BODY,
        "单位：亿元",
        "地区：鹤山市，投资·计划：209亿元，投资·完成：97亿元。",
        "完。",
    ]


def test_tracked_changes_are_read_as_they_stand_now(tmp_path: Path) -> None:
    from docx.oxml import parse_xml

    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def build(document: Any) -> None:
        paragraph = document.add_paragraph("引进项目")
        paragraph._p.append(
            parse_xml(f"<w:del {space}><w:r><w:delText>50</w:delText></w:r></w:del>")
        )
        paragraph._p.append(parse_xml(f"<w:ins {space}><w:r><w:t>60</w:t></w:r></w:ins>"))
        paragraph.add_run("个")

    assert read(word(tmp_path / "a.docx", build)).text == "引进项目60个"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not a zip", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted or an old .doc"),
        (b"PK\x05\x06" + bytes(18), "damaged"),
    ],
)
@pytest.mark.parametrize("name", ["a.docx", "a.epub"])
def test_what_is_no_archive_is_refused(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(ArticleUnreadableError, match=reason if name == "a.docx" else "damaged"):
        read(written(tmp_path / name, data))


def archive(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members:
            packed.writestr(name, data)
    return path


@pytest.mark.parametrize("name", ["a.docx", "a.epub", "a.xlsx", "a.ods", "a.ofd"])
def test_an_archive_that_would_unpack_to_too_much_is_refused(tmp_path: Path, name: str) -> None:
    bomb = ((f"{number}.xml", bytes(30 << 20)) for number in range(9))
    with pytest.raises(ArticleUnreadableError, match="would unpack to more than 256 MiB"):
        read(archive(tmp_path / name, bomb))


@pytest.mark.parametrize("name", ["a.docx", "a.epub"])
def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path, name: str) -> None:
    """The directory says 10 bytes; what is packed are 30 million."""
    path = archive(tmp_path / name, [("META-INF/container.xml", bytes(30 << 20))])
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 10)
    with pytest.raises(ArticleUnreadableError, match="damaged"):
        read(written(path, bytes(data)))


# -- e-books -----------------------------------------------------------------------------------

CONTAINER = b"""<?xml version="1.0"?>
<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>县志</dc:title>
<dc:publisher>出版社</dc:publisher><dc:date>2018-05-01</dc:date></metadata><manifest>
<item id="b" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="text/one%20.xhtml" media-type="application/xhtml+xml"/>
<item id="c" href="cover.png" media-type="image/png"/></manifest>
<spine><itemref idref="a"/><itemref idref="c"/><itemref idref="b"/><itemref idref="x"/></spine>
</package>"""


def book(path: Path, package: str = PACKAGE) -> Path:
    chapter = '<?xml version="1.0" encoding="utf-8"?><html><body><h1>{}</h1><p>{}</p></body></html>'
    return archive(
        path,
        [
            ("mimetype", b"application/epub+zip"),
            ("META-INF/container.xml", CONTAINER),
            ("OEBPS/book.opf", package.encode()),
            ("OEBPS/text/two.xhtml", chapter.format("第二章", "末段。").encode()),
            ("OEBPS/text/one .xhtml", chapter.format("第一章", BODY).encode()),
        ],
    )


def test_an_e_book_gives_its_chapters_in_the_order_of_its_spine(tmp_path: Path) -> None:
    assert read(book(tmp_path / "a.epub")) == Document(
        f"第一章\n{BODY}\n第二章\n末段。", "县志", "出版社", date(2018, 5, 1)
    )


def test_an_e_book_with_entities_that_multiply_stays_small(tmp_path: Path) -> None:
    entities = "".join(
        f'<!ENTITY e{number} "{f"&e{number - 1};" * 10 if number else "哈"}">'
        for number in range(12)
    )
    package = PACKAGE.replace("?>", f"?><!DOCTYPE p [{entities}]>", 1).replace("县志", "&e11;")
    path = book(tmp_path / "a.epub", package)
    with suppress(ArticleUnreadableError):
        assert len(read(path).title) < 1000


@given(st.data())
def test_a_damaged_archive_is_refused_or_read(tmp_path: Path, data: st.DataObject) -> None:
    whole = book(tmp_path / "whole.epub").read_bytes()
    refused_or_read(written(tmp_path / "a.epub", damaged(whole, data, most=5)))


# -- PDF ---------------------------------------------------------------------------------------


class Pdf:
    """Puts Chinese text on pages, in points from the top left."""

    def __init__(self, path: Path, password: str | None = None) -> None:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont
        from reportlab.pdfgen import canvas

        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
        self.path = path
        self._canvas = canvas.Canvas(str(path), pagesize=(595, 842), encrypt=password)

    def put(self, left: float, top: float, text: str, size: int = 12) -> None:
        self._canvas.setFont("STSong-Light", size)
        self._canvas.drawString(left, 842 - top, text)

    def lines(
        self, left: float, top: float, text: str, width: int, *, indent: bool = True
    ) -> float:
        """Put a paragraph, ``width`` characters a line, and return where it ends."""
        room = (width - 2 * indent) * 12
        line, used, first = "", 0.0, True
        for character in [*text, ""]:
            taken = 12 if character > "\xff" else 6
            if not character or used + taken > room:
                self.put(left + 24 * (first and indent), top, line)
                top, line, used, first, room = top + 18, "", 0.0, False, width * 12
            line, used = line + character, used + taken
        return top

    def page(self) -> None:
        self._canvas.showPage()

    def save(self) -> Path:
        self._canvas.save()
        return self.path


def test_broken_lines_of_a_pdf_are_joined_and_paragraphs_kept_apart(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf")
    pdf.put(200, 60, "关于招商工作的通报", 18)
    end = pdf.lines(60, 100, BODY * 3, 38)
    end = pdf.lines(60, end, "第二段：" + BODY, 38)
    pdf.put(60, end + 20, "It is an Eng-")
    pdf.put(60, end + 38, "lish line.")
    found = read(pdf.save())
    assert found.text.split("\n")[:3] == ["关于招商工作的通报", BODY * 3, "第二段：" + BODY]
    assert found.pages == (0,)


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("疏浚航道9", ".5公里", "疏浚航道9.5公里"),
        ("投资1", ",280万元", "投资1,280万元"),
        ("提高到45", "%，", "提高到45%，"),
        ("时间为9", ":30", "时间为9:30"),
        ("投资12", "80万元", "投资1280万元"),
        ("in 2023.", "12 people", "in 2023. 12 people"),
        ("in 2023,", "12 people", "in 2023, 12 people"),
        ("an", "apple", "an apple"),
        ("an Eng-", "lish word", "an English word"),
    ],
)
def test_the_pieces_of_a_broken_line_are_put_together(before: str, after: str, whole: str) -> None:
    assert join(before, after) == whole


def test_a_sentence_that_goes_over_a_page_is_whole_and_pages_are_known(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf")
    for number in range(3):
        pdf.put(60, 30, "鹤山市人民政府公报", 9)
        if number == 0:
            pdf.put(
                84,
                740,
                "全市上半年共完成固定资产投资一百二十亿元，同比增长百分之五，其中工业投资完",
            )
        if number == 1:
            pdf.put(60, 60, "成六十亿元。")
            pdf.lines(60, 100, BODY, 38)
        if number == 2:
            pdf.lines(60, 100, "第三页。", 38)
        pdf.put(280, 810, f"— {number + 1} —")
        pdf.page()
    found = read(pdf.save())
    assert found.text.split("\n") == [
        "全市上半年共完成固定资产投资一百二十亿元，同比增长百分之五，其中工业投资完成六十亿元。",
        BODY,
        "第三页。",
    ]
    assert [found.text[start:][:3] for start in found.pages] == ["全市上", "成六十", "第三页"]


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf")
    left, right = "左栏说的是鹤山市招商的事情。", "右栏说的是潮州市帮扶的事情。"
    pdf.put(120, 50, "大标题横跨两栏，说的是全省的事情，十分要紧", 18)
    for line in range(6):  # drawn line by line, over both columns
        pdf.put(
            60 + 24 * (line == 0), 100 + 18 * line, (left * 6)[line * 18 :][: 18 - 2 * (line == 0)]
        )
        pdf.put(
            320 + 24 * (line == 0),
            100 + 18 * line,
            (right * 6)[line * 18 :][: 18 - 2 * (line == 0)],
        )
    lines = read(pdf.save()).text.split("\n")
    assert lines[0].startswith("大标题")
    assert [set(line) <= set(left) for line in lines[1:]] == [True, False]
    assert lines[2][:6] == "右栏说的是潮"


def test_a_table_in_a_pdf_names_its_columns(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf")
    pdf.put(60, 50, "表1 招商引资情况（单位：亿元）")
    rows = [
        ["地区", "项目（个）", "总投资", "同比（%）"],
        ["鹤山市", "60", "209", "12.5"],
        ["开平市", "35", "118", "-8.1"],
    ]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            pdf.put(60 + 120 * column, 90 + 20 * row, cell)
    pdf.put(60, 200, "注：数据截至9月底。")
    assert read(pdf.save()).text.split("\n") == [
        "表1 招商引资情况（单位：亿元）",
        "地区：鹤山市，项目（个）：60个，总投资：209亿元，同比（%）：12.5%。",
        "地区：开平市，项目（个）：35个，总投资：118亿元，同比（%）：-8.1%。",
        "注：数据截至9月底。",
    ]


def test_a_pdf_of_pictures_is_said_to_be_scanned(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf")
    pdf.page()
    with pytest.raises(ArticleUnreadableError, match=r"seems to be scanned; .*OCR"):
        read(pdf.save())


def test_a_pdf_with_a_password_is_said_to_have_one(tmp_path: Path) -> None:
    pdf = Pdf(tmp_path / "a.pdf", password="x" * 6)
    pdf.put(60, 60, BODY)
    with pytest.raises(ArticleUnreadableError, match="needs a password; save it without one"):
        read(pdf.save())


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"no pdf at all", b"%PDF-1.4\n" + bytes(5000)]
)
def test_what_is_no_pdf_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ArticleUnreadableError, match="the PDF is damaged"):
        read(written(tmp_path / "a.pdf", data))


@given(st.data())
def test_a_damaged_pdf_is_refused_or_read(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "whole.pdf"
    if not path.exists():
        pdf = Pdf(path)
        pdf.lines(60, 60, BODY * 3, 30)
        pdf.save()
    refused_or_read(written(tmp_path / "a.pdf", damaged(path.read_bytes(), data)))


# -- what is missing ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [
        ("a.html", "trafilatura", "trafilatura"),
        ("a.docx", "docx", "python-docx"),
        ("a.pdf", "pypdfium2", "pypdfium2"),
        ("a.epub", "lxml.etree", "lxml"),
        ("a.xlsx", "python_calamine", "python-calamine"),
    ],
)
def test_a_format_whose_library_is_missing_tells_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        ArticleUnreadableError, match=rf"needs {package}; run: pip install {package}$"
    ):
        read(written(tmp_path / name, b"x"))

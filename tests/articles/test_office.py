"""Slides, rich text, OpenDocument, and the files of old office programs."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.articles.documents import article_of
from qa.articles.formats import Document, legacy, opendocument, read_documents, slides
from qa.articles.sandbox import Sandbox
from qa.errors import ArticleUnreadableError
from tests.articles.test_formats import damaged, refused_or_read, written

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
needs_office = pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice")


def read(path: Path) -> Document:
    (document,) = read_documents(path)
    assert isinstance(document, Document)
    return document


def code(path: Path) -> str:
    with pytest.raises(ArticleUnreadableError) as raised:
        read(path)
    return str(raised.value.code)


# -- slides ------------------------------------------------------------------------------------


def presentation(path: Path, build: Callable[[Any], None]) -> Path:
    from pptx import Presentation

    made = Presentation()
    build(made)
    made.save(str(path))
    return path


def _two_slides(made: Any) -> None:
    from pptx.util import Cm

    first = made.slides.add_slide(made.slide_layouts[5])
    low = first.shapes.add_textbox(Cm(1), Cm(12), Cm(5), Cm(1))
    low.text_frame.text = "下面一行"
    high = first.shapes.add_textbox(Cm(1), Cm(5), Cm(5), Cm(1))
    high.text_frame.text = "单位：亿元"
    table = first.shapes.add_table(3, 3, Cm(1), Cm(7), Cm(20), Cm(3)).table
    rows = [["地区", "投资", ""], ["地区", "计划", "完成"], ["鹤山市", "209", "97"]]
    for top, row in enumerate(rows):
        for left, text in enumerate(row):
            table.cell(top, left).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    first.shapes.title.text = "招商情况"
    first.notes_slide.notes_text_frame.text = "备注：含续建项目。"
    second = made.slides.add_slide(made.slide_layouts[6])
    group = second.shapes.add_group_shape()
    inner = group.shapes.add_textbox(Cm(1), Cm(1), Cm(5), Cm(1))
    inner.text_frame.text = "引进项目60个。"


def test_slides_are_read_from_top_to_bottom_and_are_pages(tmp_path: Path) -> None:
    found = read(presentation(tmp_path / "a.pptx", _two_slides))
    first = "\n".join(
        [
            "招商情况",
            "单位：亿元",
            "地区：鹤山市，投资·计划：209亿元，投资·完成：97亿元。",
            "下面一行",
            "备注：含续建项目。",
        ]
    )
    assert found == Document(
        f"{first}\n引进项目60个。", title="招商情况", pages=(0, len(first) + 1)
    )


def test_a_hidden_slide_is_left_out(tmp_path: Path) -> None:
    def build(made: Any) -> None:
        _two_slides(made)
        made.slides[0].element.set("show", "0")

    found = read(presentation(tmp_path / "a.pptx", build))
    assert (found.text, found.pages) == ("引进项目60个。", (0, 0))
    article = article_of(found, "a.pptx", "")
    assert article.page(0) == 2  # as PowerPoint counts


def test_more_slides_than_a_presentation_may_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slides, "MAX_SLIDES", 1)
    assert code(presentation(tmp_path / "a.pptx", _two_slides)) == "too_many_slides"


# -- rich text ---------------------------------------------------------------------------------


def gbk(text: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode("gbk"))


def test_rich_text_gives_paragraphs_and_tables_in_any_spelling(tmp_path: Path) -> None:
    picture = "89504e47" * 600
    (tmp_path / "a.rtf").write_text(
        r"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fnil\fcharset134 SimSun;}}"
        rf"{{\info{{\title {gbk('模板')}}}}}\f0 {gbk('招商情况')}\par "
        r"\uc1 \u40548?\u23665?\u-10174?\u-8384?{\*\comment x}\par "
        rf"{{\pict\pngblip {picture}}}"
        rf"\trowd {gbk('镇')}\cell {gbk('引进项目（个）')}\cell\row "
        rf"\trowd {gbk('桃源镇')}\cell 60\cell\row }}",
        encoding="ascii",
    )
    assert read(tmp_path / "a.rtf").text == "招商情况\n鹤山𠭀\n镇：桃源镇，引进项目（个）：60个。"


# -- OpenDocument ------------------------------------------------------------------------------

SPACES = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'
    for name, full in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "presentation": "presentation",
    }.items()
)


def opened(path: Path, body: str, **more: str) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "content.xml",
            f"<office:document-content{SPACES}><office:body>{body}</office:body>"
            "</office:document-content>",
        )
        for name, text in more.items():
            packed.writestr({"meta": "meta.xml", "manifest": "META-INF/manifest.xml"}[name], text)
    return path


def cell(text: str, **spans: int) -> str:
    said = "".join(f' table:{name.replace("_", "-")}="{size}"' for name, size in spans.items())
    return f"<table:table-cell{said}><text:p>{text}</text:p></table:table-cell>"


def test_an_open_document_gives_what_it_says_now(tmp_path: Path) -> None:
    covered = "<table:covered-table-cell/>"
    rows = (
        cell("地区", number_rows_spanned=2) + cell("投资", number_columns_spanned=2) + covered,
        covered + cell("计划") + cell("完成"),
        cell("鹤山市") + cell("209") + cell("97"),
    )
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    path = opened(
        tmp_path / "a.odt",
        "<office:text><text:tracked-changes><text:p>删去的</text:p></text:tracked-changes>"
        '<text:h>招商<text:s text:c="2"/>情况</text:h>'
        "<text:section><text:p>引进<text:span>60</text:span>个"
        "<office:annotation><text:p>查一下</text:p></office:annotation>。"
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>含续建。</text:p></text:note-body></text:note></text:p></text:section>"
        f"<text:p>单位：亿元</text:p><table:table>{table}</table:table></office:text>",
        meta="<office:document-meta"
        f'{SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>鹤山</dc:title>'
        "</office:document-meta>",
    )
    assert read(path) == Document(
        "招商  情况\n引进60个。\n含续建。\n单位：亿元\n"
        "地区：鹤山市，投资·计划：209亿元，投资·完成：97亿元。",
        title="鹤山",
    )


def test_slides_of_an_open_presentation_are_pages(tmp_path: Path) -> None:
    def page(text: str, notes: str = "") -> str:
        box = "<draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
        said = f"<presentation:notes>{box.format(notes)}</presentation:notes>" if notes else ""
        return f"<draw:page>{box.format(text)}{said}</draw:page>"

    path = opened(
        tmp_path / "a.odp",
        f"<office:presentation>{page('一', '备注')}{page('二')}</office:presentation>",
    )
    assert read(path) == Document("一\n备注\n二", pages=(0, 5))


def test_an_encrypted_open_document_is_said_to_be(tmp_path: Path) -> None:
    path = opened(tmp_path / "a.odt", "", manifest="<manifest:encryption-data/>")
    assert code(path) == "file_encrypted"


def test_repeated_cells_are_bounded(tmp_path: Path) -> None:
    row = f"<table:table-row>{cell('甲', number_columns_repeated=10**9)}</table:table-row>"
    path = opened(
        tmp_path / "a.odt", f"<office:text><table:table>{row}</table:table></office:text>"
    )
    assert read(path).text == "甲"
    assert opendocument.MAX_REPEATED < 1000


# -- old programs ------------------------------------------------------------------------------


def test_what_only_calls_itself_old_is_read_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(rb"{\rtf1\ansi 60}")
    (tmp_path / "b.wps").write_text("<html><body><p>引进项目60个。</p></body></html>", "utf-8")
    presentation(tmp_path / "c.dps", _two_slides)
    assert read(tmp_path / "a.doc").text == "60"
    assert read(tmp_path / "b.wps").text == "引进项目60个。"
    assert read(tmp_path / "c.dps").title == "招商情况"


@pytest.mark.parametrize("found", [None, "soffice"])
def test_without_libreoffice_it_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str | None
) -> None:
    """A program that lies in the current folder is none either."""
    monkeypatch.setattr(shutil, "which", lambda _: found)
    (tmp_path / "a.ppt").write_bytes(OLE + bytes(600))
    with pytest.raises(ArticleUnreadableError, match=r"needs LibreOffice; .* as \.pptx$"):
        read(tmp_path / "a.ppt")


@pytest.mark.slow
@needs_office
def test_old_word_and_powerpoint_are_read_as_the_new_ones(tmp_path: Path) -> None:
    import subprocess

    import docx

    document = docx.Document()
    document.add_paragraph("鹤山引进项目60个。")
    document.save(str(tmp_path / "a.docx"))
    presentation(tmp_path / "b.pptx", _two_slides)
    for name, old in (("a.docx", "doc"), ("b.pptx", "ppt")):
        subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
                "--headless",
                "--convert-to",
                old,
                "--outdir",
                str(tmp_path),
                str(tmp_path / name),
            ],
            check=True,
            capture_output=True,
        )
    (tmp_path / "a.doc").rename(tmp_path / "a.wps")
    with Sandbox() as sandbox:
        (text,) = sandbox.read(tmp_path / "a.wps")
        (shown,) = sandbox.read(tmp_path / "b.ppt")
    assert isinstance(text, Document)
    assert isinstance(shown, Document)
    assert text.text == "鹤山引进项目60个。"
    assert "地区：鹤山市，投资·计划：209亿元，投资·完成：97亿元。" in shown.text.split("\n")


@pytest.mark.slow
@needs_office
def test_libreoffice_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legacy, "SECONDS", 0.01)
    (tmp_path / "a.doc").write_bytes(OLE + bytes(600))
    assert code(tmp_path / "a.doc") == "office_failed"


# -- damage ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.pptx", "a.odt", "a.odp", "a.rtf"])
@pytest.mark.parametrize("data", [b"", b"nothing", b"PK\x05\x06" + bytes(18)])
def test_what_is_none_of_them_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert code(tmp_path / name) in {
        "pptx_damaged",
        "opendocument_damaged",
        "rtf_damaged",
        "file_damaged",
    }


def test_an_encrypted_presentation_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "a.pptx").write_bytes(OLE + bytes(600))
    assert code(tmp_path / "a.pptx") == "pptx_encrypted"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files without damage."""
    folder = tmp_path_factory.mktemp("sound")
    return {
        "a.pptx": presentation(folder / "a.pptx", _two_slides).read_bytes(),
        "a.odt": opened(
            folder / "a.odt", f"<office:text><text:p>{'六' * 99}</text:p></office:text>"
        ).read_bytes(),
        "a.rtf": rb"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 A;}}\f0\uc1 \u40548?60\par}",
    }


@pytest.mark.parametrize("name", ["a.pptx", "a.odt", "a.rtf"])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    sound: dict[str, bytes],
    name: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    refused_or_read(written(folder / name, damaged(sound[name], data)))

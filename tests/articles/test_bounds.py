"""Small files that say they are large: each costs its reader seconds, not all it is allowed."""

from __future__ import annotations

import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from qa.articles.formats import Document, csv, read_documents
from qa.articles.layout import tables
from qa.errors import ArticleUnreadableError

MUCH = 10.0  # seconds, on a busy machine; unbounded each took 120 and was ended


def book(path: Path) -> Path:
    """A book whose spine names one chapter 20,000 times."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            '<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>',
        )
        archive.writestr("c.xhtml", f"<html><body><p>{'鹤山市' * 30_000}</p></body></html>")
        archive.writestr(
            "p.opf",
            '<package><manifest><item id="a" href="c.xhtml" media-type="application/xhtml+xml"/>'
            "</manifest><spine>" + '<itemref idref="a"/>' * 20_000 + "</spine></package>",
        )
    return path


def word(path: Path) -> Path:
    """A table whose every cell goes over 999 columns."""
    docx.Document().save(str(path))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    cell = (
        '<w:tc><w:tcPr><w:gridSpan w:val="999"/></w:tcPr>'
        "<w:p><w:r><w:t>鹤山市1</w:t></w:r></w:p></w:tc>"
    )
    row = f"<w:tr>{cell * 20}</w:tr>"
    table = f"<w:tbl>{row * 2_000}</w:tbl>".encode()
    body = parts["word/document.xml"]
    parts["word/document.xml"] = body.replace(b"<w:sectPr", table + b"<w:sectPr")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def spans(path: Path) -> Path:
    """A table whose every cell goes over 100 columns and 100 rows."""
    row = f"<tr>{'<td colspan=100 rowspan=100>鹤山市</td>' * 30}</tr>"
    path.write_text(f"<table>{row * 300}</table><p>{'正文。' * 100}</p>", encoding="utf-8")
    return path


def attributes(path: Path) -> Path:
    """An element with 100,000 attributes."""
    many = " ".join(f"a{number}=1" for number in range(100_000))
    path.write_text(f"<p {many}>鹤山市引进项目60个。</p><p>正文。</p>", encoding="utf-8")
    return path


def repeated(path: Path) -> Path:
    """A table of rows that are repeated 200 times, of cells that are repeated 200 times."""
    cell = '<t:table-cell t:number-columns-repeated="200"><x:p>鹤山市</x:p></t:table-cell>'
    row = f'<t:table-row t:number-rows-repeated="200">{cell * 5}</t:table-row>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "content.xml",
            '<o:d xmlns:o="urn:o" xmlns:t="urn:t" xmlns:x="urn:x"><o:body><t:table>'
            f"{row * 500}</t:table></o:body></o:d>",
        )
    return path


@pytest.mark.parametrize(
    ("name", "made", "whole"),
    [
        ("a.epub", book, True),
        ("a.docx", word, False),
        ("a.html", spans, False),
        ("b.html", attributes, True),
        ("a.odt", repeated, False),
    ],
)
def test_work_is_bounded(
    tmp_path: Path, name: str, made: Callable[[Path], Path], *, whole: bool
) -> None:
    path = made(tmp_path / name)
    assert path.stat().st_size < 2 << 20
    begun = time.monotonic()
    if whole:
        (found,) = read_documents(path)
        assert isinstance(found, Document)
        assert "鹤山市" in found.text
    else:
        with pytest.raises(ArticleUnreadableError, match="its tables have too many cells"):
            list(read_documents(path))
    assert time.monotonic() - begun < MUCH


def test_a_chapter_that_a_book_names_twice_is_read_once(tmp_path: Path) -> None:
    (found,) = read_documents(book(tmp_path / "a.epub"))
    assert isinstance(found, Document)
    assert len(found.text) == 90_000


def test_few_attributes_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    data = "x" * 50_000 + " " * 900
    path.write_text(
        f'<p title="{data}" id="a">鹤山市引进项目60个。</p><p>正文。</p>', encoding="utf-8"
    )
    (found,) = read_documents(path)
    assert isinstance(found, Document)
    assert found.text.startswith("鹤山市引进项目60个。")


def test_a_table_that_has_many_cells_is_read_whole(tmp_path: Path) -> None:
    row = "<tr>{}</tr>".format("<td>鹤山市</td>" * 20)
    path = tmp_path / "a.html"
    path.write_text(f"<table>{row * 2_000}</table>", encoding="utf-8")
    (found,) = read_documents(path)
    assert isinstance(found, Document)
    assert found.text.count("\n") == 1_999


def test_room_is_that_of_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_TABLES", 100)
    room = tables.Room()
    room.take("四个字的", times=4)
    with pytest.raises(ArticleUnreadableError, match="too many cells"):
        room.take("")


@pytest.mark.parametrize("begins", [b"title,text\n", b'title,text\na,"'])
def test_a_row_without_an_end_is_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begins: bytes
) -> None:
    """A sparse file costs nothing to make, and took all memory to read."""
    monkeypatch.setattr(csv, "MAX_CHARACTERS", 1_000_000)
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(begins)
        file.truncate(3 << 30)
    tracemalloc.start()
    try:
        with pytest.raises(ArticleUnreadableError, match="a row has more than 1,000,000"):
            list(read_documents(path))
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


def test_a_row_of_many_lines_is_bounded_and_many_rows_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv, "MAX_CHARACTERS", 1_000)
    path = tmp_path / "a.csv"
    path.write_text("title,text\n" + "题目,正文很短。\n" * 500, encoding="utf-8")
    assert len(list(read_documents(path))) == 500
    path.write_text('title,text\n题目,"' + "一行。\n" * 500 + '"\n', encoding="utf-8")
    with pytest.raises(ArticleUnreadableError, match="a row has more"):
        list(read_documents(path))

"""Scans and pictures of text: read by recognition, marked as such, and never called sure."""

from __future__ import annotations

import re
from datetime import date
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from qa import Library
from qa.articles import formats
from qa.articles.formats import Document, pictures, read_documents
from qa.articles.layout import recognition
from qa.articles.layout.paragraphs import Paragraph
from qa.articles.sandbox import Sandbox
from qa.errors import ArticleUnreadableError
from qa.presenting.citing import as_text
from qa.presenting.presenting import HIGH
from qa.syncing import syncing
from qa.text import fold
from qa.types import Article, Citation
from tests.articles.test_office import code, read
from tests.benchmarks.scans import FONTS, SIMPLIFIED, edits
from tests.conftest import HashEncoder

needs_ocr = pytest.mark.skipif(find_spec("rapidocr") is None, reason="no text recognition")
needs_font = pytest.mark.skipif(
    not Path(FONTS.format("Sans")).exists(), reason="no font with Chinese characters"
)
LINES = [
    "鹤山市招商情况通报",
    "今年上半年，全市引进亿元以上项目60个，总投",
    "资209.5亿元，其中工业项目42个，占70.3%。",
]
TEXT = f"{LINES[0]}\n{LINES[1]}{LINES[2]}"


def page(*lines: str, table: bool = False) -> Any:
    image = Image.new("RGB", (1240, 700), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONTS.format("Sans"), 40, index=SIMPLIFIED)
    for number, line in enumerate(lines):
        for column, cell in enumerate(line.split("|") if table else [line]):
            draw.text((120 + 360 * column, 80 + 90 * number), cell, font=font, fill="black")
    return image


def folded(text: str) -> str:
    return re.sub(r"[^\S\n]", "", fold(text))


@pytest.mark.parametrize(
    ("wanted", "found", "count"),
    [("", "", 0), ("六十", "", 2), ("", "六", 1), ("60个", "6O个", 1), ("甲乙丙", "乙丙丁", 2)],
)
def test_edits_are_counted(wanted: str, found: str, count: int) -> None:
    assert edits(wanted, found) == count


@pytest.mark.slow
@needs_ocr
@needs_font
@pytest.mark.parametrize("turn", [0, 90, 180, 2.5])
def test_a_picture_is_read_whichever_way_it_lies(tmp_path: Path, turn: float) -> None:
    page(*LINES).rotate(turn, expand=True, fillcolor="white").save(tmp_path / "a.png")
    found = read(tmp_path / "a.png")
    assert folded(found.text) == folded(TEXT)
    assert found.recognized == ((0, len(found.text)),)


def scanned(path: Path, *pages: str) -> None:
    """Write a PDF whose pages are 字 (text), 图 (a picture of :data:`LINES`) or empty."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=(595, 842))
    for kind in pages:
        canvas.setFont("STSong-Light", 16)
        if kind == "字":
            canvas.drawString(60, 760, "第一页是文字，以下几页是图片，要识别才能读。")
        elif kind == "图":
            held = BytesIO()
            page(*LINES).save(held, "PNG")
            canvas.drawImage(ImageReader(held), 0, 400, 595, 336)
        canvas.line(60, 60, 535, 60)
        canvas.showPage()
    canvas.save()


@pytest.mark.slow
@needs_ocr
@needs_font
def test_only_the_pages_of_a_pdf_without_text_are_recognized(tmp_path: Path) -> None:
    scanned(tmp_path / "a.pdf", "字", "图", "")
    with Sandbox() as sandbox:
        (found,) = sandbox.read(tmp_path / "a.pdf")
    assert isinstance(found, Document)
    assert folded(found.text) == folded(f"第一页是文字，以下几页是图片，要识别才能读。\n{TEXT}")
    start = found.text.index("\n")
    assert found.recognized == ((found.pages[1], len(found.text)),)
    assert start <= found.pages[1] <= start + 1


@needs_font
def test_pages_that_stay_unread_are_told_and_read_when_they_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    scanned(folder / "a.pdf", "字", "图", "图", "", "图")
    monkeypatch.setattr(recognition, "is_installed", lambda: False)
    monkeypatch.setattr(Sandbox, "read", lambda _, path: read_documents(path))
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        report = library.sync(folder)
        assert report.added == ("a.pdf",)
        assert [(item.path, item.code) for item in report.failed] == [
            ("a.pdf#第2—3、5页", "ocr_missing")
        ]
        monkeypatch.setattr(syncing, "find_spec", lambda _: None)
        assert library.sync(folder).failed == report.failed
        monkeypatch.setattr(syncing, "find_spec", lambda _: recognition)
        monkeypatch.setattr(recognition, "is_installed", lambda: True)
        said = iter("甲乙丙")
        monkeypatch.setattr(recognition, "read_picture", lambda _: [Paragraph(next(said), 10)])
        report = library.sync(folder)
        assert (report.updated, report.failed) == (("a.pdf",), ())
        assert library.article("a.pdf").text.split("\n")[1:] == ["甲", "乙", "丙"]


@pytest.mark.slow
@needs_ocr
@needs_font
def test_a_table_on_a_picture_names_its_columns(tmp_path: Path) -> None:
    rows = ["镇|项目数|总投资", "桃源镇|60|209.5", "古劳镇|8|31"]
    page(*rows, table=True).save(tmp_path / "a.tiff")
    assert read(tmp_path / "a.tiff").text == (
        "镇：桃源镇，项目数：60，总投资：209.5。\n镇：古劳镇，项目数：8，总投资：31。"
    )


@pytest.mark.slow
@needs_ocr
@needs_font
def test_an_answer_from_a_picture_says_so_and_is_never_called_sure(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    page(*LINES).save(folder / "通报.jpg", quality=80)
    with Library.open(tmp_path / "library") as library:
        assert library.sync(folder).failed == ()
        answer = library.ask("鹤山引进了多少亿元以上项目")
        assert answer.text == "60个"
        (citation,) = answer.citations
        assert citation.recognized
        assert answer.confidence < HIGH
        assert "识别自图片" in as_text(citation)
    with Library.open(tmp_path / "library") as library:  # as it was stored
        assert library.ask("鹤山引进了多少亿元以上项目").citations[0].recognized


def test_a_quote_beside_what_was_recognized_is_none() -> None:
    article = Article(1, "a", "", "", date(2023, 8, 2), "", "甲" * 30, "", recognized=((10, 20),))
    ends = [(0, 10, False), (0, 11, True), (12, 15, True), (19, 25, True), (20, 30, False)]
    for start, end, recognized in ends:
        assert Citation(1, article, article.text[start:end], start, end).recognized is recognized


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tiff", "a.webp"])
@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
@needs_ocr
def test_what_is_no_picture_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert code(tmp_path / name) == "picture_damaged"


@needs_ocr
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("L", (1000, 1000)).save(tmp_path / "a.png")
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    assert code(tmp_path / "a.png") == "picture_damaged"


@needs_ocr
def test_a_picture_of_too_many_pages_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = Image.new("L", (20, 20))
    frame.save(tmp_path / "a.tiff", save_all=True, append_images=[frame, frame])
    monkeypatch.setattr(pictures, "MAX_FRAMES", 2)
    assert code(tmp_path / "a.tiff") == "too_many_frames"


@needs_ocr
def test_a_picture_without_text_has_no_text(tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), "white").save(tmp_path / "a.png")
    assert code(tmp_path / "a.png") == "no_text"


def test_without_recognition_it_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: False)
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(
        ArticleUnreadableError, match=r"run: pip install rapidocr onnxruntime$"
    ) as raised:
        read(tmp_path / "a.png")
    assert raised.value.code == "ocr_missing"


@needs_ocr
@needs_font
@pytest.mark.slow
def test_long_documents_are_told_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr(formats, "on_page", lambda: told.append(1))
    for _ in range(2):
        recognition.read_picture(np.asarray(page(*LINES)))
    assert len(told) == 2


@needs_font
def test_a_page_is_drawn_as_it_is_read(tmp_path: Path) -> None:
    page(*LINES).rotate(90, expand=True).save(tmp_path / "a.png")
    scanned(tmp_path / "b.pdf", "字", "图")
    with Sandbox() as sandbox:
        image = Image.open(BytesIO(sandbox.draw(tmp_path / "a.png", 1)))
        assert image.format == "JPEG"
        assert image.height > 2 * image.width  # three lines, turned and without margins
        image = Image.open(BytesIO(sandbox.draw(tmp_path / "b.pdf", 2)))
        assert image.width < image.height == 1600
        for name, number in (("a.png", 2), ("b.pdf", 0), ("b.pdf", 3)):
            with pytest.raises(ArticleUnreadableError, match=f"no page {number} to be shown"):
                sandbox.draw(tmp_path / name, number)
        (tmp_path / "c.docx").write_bytes(b"")
        with pytest.raises(ArticleUnreadableError, match="no page 1 to be shown"):
            sandbox.draw(tmp_path / "c.docx", 1)


@needs_font
def test_the_picture_of_an_article_is_that_which_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    scanned(folder / "a.pdf", "字", "图")
    (folder / "b.txt").write_text("鹤山市引进项目60个。", encoding="utf-8")
    monkeypatch.setattr(recognition, "is_installed", lambda: True)
    monkeypatch.setattr(recognition, "read_picture", lambda _: [Paragraph("引进项目60个。", 10)])
    monkeypatch.setattr(Sandbox, "read", lambda _, path: read_documents(path))
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        assert Image.open(BytesIO(library.picture("a.pdf", 2))).format == "JPEG"
        for name, number in (("a.pdf", 3), ("b.txt", 1)):
            with pytest.raises(ArticleUnreadableError, match="to be shown"):
                library.picture(name, number)
        scanned(folder / "a.pdf", "图", "图")
        with pytest.raises(ArticleUnreadableError, match="has changed since it was read"):
            library.picture("a.pdf", 2)

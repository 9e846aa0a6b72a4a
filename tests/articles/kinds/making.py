"""One article, written as a file of each kind that can be made here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import xlwt

from tests.articles.test_archives import MAKERS as ARCHIVES
from tests.articles.test_formats import CONTAINER, Pdf, archive, word
from tests.articles.test_ofd import SIZE, content, made
from tests.articles.test_office import cell as open_cell
from tests.articles.test_office import gbk, opened, presentation
from tests.articles.test_spreadsheet import ods_cell, ods_row
from tests.articles.test_spreadsheet import opened as open_sheet

Rows = Sequence[Sequence[str]]
_WIDTH = 38  # characters in a line of a page
_NEVER_FIRST = frozenset("，。、；：！？）”》")  # they hang over the margin, as printers have it


@dataclass(frozen=True)
class Story:
    """What an article says, whatever the kind of its file."""

    title: str
    source: str
    published: date
    paragraphs: tuple[str, ...]
    table: Rows = field(default=())

    @property
    def byline(self) -> str:
        return f"来源：{self.source} {self.published}"

    @property
    def lines(self) -> tuple[str, ...]:
        """Title, byline and paragraphs."""
        return self.title, self.byline, *self.paragraphs


def plain(path: Path, story: Story, encoding: str = "utf-8") -> None:
    path.write_bytes("\n\n".join(story.lines).encode(encoding))


def markdown(path: Path, story: Story) -> None:
    rest = "\n\n".join(story.lines[1:])
    path.write_text(f"# {story.title}\n\n{rest}\n", encoding="utf-8")


def _html_table(rows: Rows) -> str:
    cells = ("".join(f"<td>{escape(text)}</td>" for text in row) for row in rows)
    return "".join(f"<tr>{row}</tr>" for row in cells)


def html_of(story: Story, charset: str = "utf-8") -> str:
    body = "".join(f"<p>{escape(text)}</p>" for text in story.paragraphs)
    table = f"<table>{_html_table(story.table)}</table>" if story.table else ""
    return (
        f'<html><head><meta charset="{charset}"><title>{story.title}_县新闻网</title></head><body>'
        f"<nav><a href='/'>首页</a></nav><div class=content><h1>{story.title}</h1>"
        f"<div>{story.byline}</div>{body}{table}</div></body></html>"
    )


def html(path: Path, story: Story, charset: str = "utf-8") -> None:
    path.write_bytes(html_of(story, charset).encode(charset))


def docx(path: Path, story: Story) -> None:
    def build(document: Any) -> None:
        document.add_heading(story.title, 0)
        for text in story.lines[1:]:
            document.add_paragraph(text)
        if story.table:
            table = document.add_table(rows=len(story.table), cols=len(story.table[0]))
            for row, texts in zip(table.rows, story.table, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text

    word(path, build)


def slides(path: Path, story: Story) -> None:
    from pptx.util import Cm

    def build(deck: Any) -> None:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = story.title
        for number, text in enumerate(story.lines[1:]):
            box = slide.shapes.add_textbox(Cm(1), Cm(5 + number), Cm(20), Cm(1))
            box.text_frame.text = text

    presentation(path, build)


def open_text(path: Path, story: Story) -> None:
    title, *rest = story.lines
    rows = "".join(
        f"<table:table-row>{''.join(map(open_cell, row))}</table:table-row>" for row in story.table
    )
    table = f"<table:table>{rows}</table:table>" if rows else ""
    body = "".join(f"<text:p>{escape(text)}</text:p>" for text in rest)
    opened(path, f"<office:text><text:h>{title}</text:h>{body}{table}</office:text>")


def open_slides(path: Path, story: Story) -> None:
    boxes = "".join(
        f"<draw:frame><draw:text-box><text:p>{escape(text)}</text:p></draw:text-box></draw:frame>"
        for text in story.lines
    )
    opened(path, f"<office:presentation><draw:page>{boxes}</draw:page></office:presentation>")


def rich_text(path: Path, story: Story) -> None:
    body = "".join(rf"{gbk(text)}\par " for text in story.lines)
    rows = "".join(
        r"\trowd " + "".join(rf"{gbk(text)}\cell " for text in row) + r"\row "
        for row in story.table
    )
    head = r"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fnil\fcharset134 SimSun;}}\f0 "
    path.write_text(f"{head}{body}{rows}}}", encoding="ascii")


def width(text: str) -> float:
    """Return how many Chinese characters take as much room."""
    return sum(1.0 if character > "\xff" else 0.5 for character in text)


def wrapped(text: str) -> Iterator[tuple[float, str]]:
    """Yield the lines of a paragraph and how far each is set in, in characters."""
    line, indent = "", 2.0
    for character in text:
        if indent + width(line + character) > _WIDTH and character not in _NEVER_FIRST:
            yield indent, line
            line, indent = "", 0.0
        line += character
    yield indent, line


def pdf(path: Path, story: Story) -> None:
    """Write pages as an office program does: a centred title, indented paragraphs."""
    made_pdf = Pdf(path)
    made_pdf.put(297 - 9 * len(story.title), 60, story.title, 18)
    made_pdf.put(200, 95, story.byline)
    top = 130.0
    for text in story.paragraphs:
        for indent, line in wrapped(text):
            made_pdf.put(60 + 12 * indent, top, line)
            top += 18
    for number, row in enumerate(story.table):
        for column, text in enumerate(row):
            made_pdf.put(60 + 120 * column, top + 20 + 20 * number, text)
    made_pdf.save()


def ofd(path: Path, story: Story) -> None:
    lines = [(105 - 2.5 * width(story.title), 20.0, story.title), (70.0, 32.0, story.byline)]
    top = 44.0
    for text in story.paragraphs:
        for indent, line in wrapped(text):
            lines.append((10 + SIZE * indent, top, line))
            top += 8
    shown = (
        f'<ofd:TextObject Boundary="{left} {top} {SIZE * width(line)} {SIZE}" Size="{SIZE}">'
        f'<ofd:TextCode X="0" Y="{0.8 * SIZE}">{escape(line)}</ofd:TextCode></ofd:TextObject>'
        for left, top, line in lines
    )
    made(path, [content("".join(shown))])


def workbook(path: Path, story: Story) -> None:
    """Write a table of articles that has one."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["标题", "来源", "日期", "正文"])
    sheet.append([story.title, story.source, story.published, "\n".join(story.lines)])
    book.save(path)


def old_workbook(path: Path, story: Story) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("文章")
    row = [story.title, story.source, str(story.published), "\n".join(story.lines)]
    for column, (name, text) in enumerate(zip(["标题", "来源", "日期", "正文"], row, strict=True)):
        sheet.write(0, column, name)
        sheet.write(1, column, text)
    book.save(str(path))


def open_workbook(path: Path, story: Story) -> None:
    said = [story.title, story.source, "\n".join(story.lines)]
    open_sheet(
        path,
        ods_row(*(ods_cell("string", "", name) for name in ("标题", "来源", "正文", "日期"))),
        ods_row(
            # A line end in a cell is a paragraph of its own.
            *(ods_cell("string", "", text.replace("\n", "</text:p><text:p>")) for text in said),
            ods_cell("date", str(story.published), f"{story.published:%m/%d}"),
        ),
    )


def table_workbook(path: Path, story: Story) -> None:
    """Write the table alone, with the title above it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([story.title])
    for row in story.table:
        sheet.append([float(text) if text.isdecimal() else text for text in row])
    book.save(path)


def csv(path: Path, story: Story) -> None:
    import csv as writing

    held = StringIO()
    rows = writing.writer(held)
    rows.writerow(["标题", "来源", "日期", "正文"])
    rows.writerow([story.title, story.source, str(story.published), "\n".join(story.lines)])
    path.write_bytes(held.getvalue().encode("gb18030"))


def json_lines(path: Path, story: Story) -> None:
    row = {"标题": story.title, "来源": story.source, "日期": str(story.published)}
    row["正文"] = "\n".join(story.lines)
    path.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")


def mail(path: Path, story: Story) -> None:
    message = EmailMessage()
    message["Subject"] = story.title
    message["From"] = f"{story.source} <office@example.cn>"
    message["Date"] = f"{story.published:%d %b %Y} 09:00:00 +0800"
    message.set_content("\n\n".join(story.lines))
    path.write_bytes(message.as_bytes())


def saved_page(path: Path, story: Story) -> None:
    message = EmailMessage()
    message["Subject"] = story.title
    message["Snapshot-Content-Location"] = "https://example.cn/saved"
    message.set_content(html_of(story), "html", cte="base64")
    path.write_bytes(message.as_bytes())


def e_book(path: Path, story: Story) -> None:
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{story.title}</dc:title><dc:publisher>{story.source}</dc:publisher>"
        f"<dc:date>{story.published}</dc:date></metadata><manifest>"
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    body = "".join(f"<p>{escape(text)}</p>" for text in story.lines[1:])
    table = f"<table>{_html_table(story.table)}</table>" if story.table else ""
    chapter = (
        '<?xml version="1.0" encoding="utf-8"?><html><body>'
        f"<h1>{story.title}</h1>{body}{table}</body></html>"
    )
    archive(
        path,
        [
            ("mimetype", b"application/epub+zip"),
            ("META-INF/container.xml", CONTAINER),
            ("OEBPS/book.opf", package.encode()),
            ("OEBPS/a.xhtml", chapter.encode()),
        ],
    )


def packed(path: Path, story: Story) -> None:
    """Write an archive of one text."""
    held = "\n\n".join(story.lines).encode()
    ARCHIVES[f"a{''.join(path.suffixes[-2:])}" if ".tar" in path.suffixes else f"a{path.suffix}"](
        path, {"文.txt": held}
    )


MAKERS: Mapping[str, Callable[[Path, Story], None]] = {
    ".txt": plain,
    ".text": plain,
    ".md": markdown,
    ".markdown": markdown,
    ".html": html,
    ".htm": lambda path, story: html(path, story, "gb18030"),
    ".xhtml": html,
    ".docx": docx,
    ".pptx": slides,
    ".odt": open_text,
    ".odp": open_slides,
    ".rtf": rich_text,
    ".pdf": pdf,
    ".ofd": ofd,
    ".eml": mail,
    ".mht": saved_page,
    ".mhtml": saved_page,
    ".epub": e_book,
    ".xlsx": workbook,
    ".xlsm": workbook,
    ".ods": open_workbook,
    ".xls": old_workbook,
    ".et": old_workbook,
    ".csv": csv,
    ".jsonl": json_lines,
    ".zip": packed,
    ".tar": packed,
    ".tar.gz": packed,
    ".tgz": packed,
    ".tar.bz2": packed,
    ".tar.xz": packed,
    ".7z": packed,
}

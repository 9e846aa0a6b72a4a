"""A conversation with its citations, as Markdown and as a Word document.

Questions, readings and article text are data: what they hold of Markdown, HTML or control
characters stays text.  References are numbered by article, in the order of their first mention,
and written by GB/T 7714—2015; a citation's own number is not used, for every answer begins at 1.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from qa.errors import ExportError
from qa.presenting import tables
from qa.presenting.citing import as_gbt7714, as_link
from qa.presenting.presenting import said, where, within
from qa.text import visible, xml_text
from qa.types import Answer, Citation

TITLE = "引据 对话记录"
_READ_AS = "理解为："
_WITHIN = "筛选："
_MISSING = "没有提到："
_REFERENCES = "参考文献"
_INLINE = re.compile(r"[\\`*_\[\]|~$@]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp|javascript|data|file|vbscript):|\b(www)\.")
_OPENING = re.compile(r"^([-+=#]|\d+[.)])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question of a conversation that has no answer, and what happened instead."""

    question: str
    happened: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """What is written of an answer: its lines and quotes with the numbers of their references."""

    question: str
    reading: str = ""
    within: str = ""
    lines: tuple[tuple[str, tuple[int, ...]], ...] = ()
    heads: tuple[str, str] = ("", "")
    rows: tuple[tuple[str, str, tuple[int, ...]], ...] = ()
    computed: str = ""
    missing: tuple[str, ...] = ()
    quotes: tuple[tuple[int, Citation], ...] = ()
    happened: str = ""


def to_markdown(
    answers: Sequence[Answer | Unanswered], *, accessed: date, title: str = TITLE, base: str = ""
) -> str:
    """Return the conversation as CommonMark, in the order of ``answers``.

    ``accessed`` is the day that references name; with ``base``, the address of the page, every
    quote links to its place there.
    """
    turns, references = _turns(answers)
    blocks = [f"# {_escaped(title)}", accessed.isoformat()]
    for turn in turns:
        blocks.append(f"## {_escaped(turn.question)}")
        if turn.reading:
            blocks.append(_READ_AS + _escaped(turn.reading))
        if turn.within:
            blocks.append(_WITHIN + _escaped(turn.within))
        blocks += [f"**{_escaped(text)}**{_marks(numbers)}" for text, numbers in turn.lines]
        if turn.rows:
            blocks.append(_table(turn))
        if turn.computed:
            blocks.append(_escaped(turn.computed))
        if turn.happened:
            blocks.append(_escaped(turn.happened))
        if turn.missing:
            blocks.append(_MISSING + "、".join(map(_escaped, turn.missing)))
        for number, citation in turn.quotes:
            link = f" [↗](<{as_link(citation, base)}>)" if base else ""
            source = f"—— {_escaped(_origin(citation))}{_marks((number,))}{link}"
            quote = _escaped(citation.quote, lines=True).split("\n")
            blocks.append("\n".join([*(f"> {line}" for line in quote), ">", f"> {source}"]))
    if references:
        blocks.append(f"## {_REFERENCES}")
        blocks += [
            f"\\[{number}\\] {_escaped(as_gbt7714(citation, accessed))}"
            for number, citation in enumerate(references, start=1)
        ]
    return "\n\n".join(blocks) + "\n"


def _table(turn: _Turn) -> str:
    """Return a turn's table as GitHub's Markdown has it."""
    rows = [
        tuple(map(_escaped, turn.heads)),
        ("---", "---"),
        *(
            (_escaped(part), _escaped(value) + _marks(numbers))
            for part, value, numbers in turn.rows
        ),
    ]
    return "\n".join(f"| {part} | {value} |" for part, value in rows)


def to_docx(
    answers: Sequence[Answer | Unanswered], *, accessed: date, title: str = TITLE, base: str = ""
) -> bytes:
    """Return the conversation as a Word document; the arguments are those of ``to_markdown``.

    With ``base``, the address of a quote's place is written after it.

    Raises:
        ExportError: if python-docx is not installed.
    """
    turns, references = _turns(answers)
    document = begin_docx(title, accessed)
    for turn in turns:
        _write(document, turn, base)
    if references:
        document.add_heading(_REFERENCES, 1)
    for number, citation in enumerate(references, start=1):
        document.add_paragraph(xml_text(f"[{number}] {as_gbt7714(citation, accessed)}"))
    return docx_bytes(document)


def begin_docx(title: str, made: date) -> Any:  # noqa: ANN401 - docx's own type
    """Return a new Word document that begins with its title and the day when it was made.

    Raises:
        ExportError: if python-docx is not installed.
    """
    try:
        import docx
    except ImportError as error:
        raise ExportError(
            "word_missing",
            "writing .docx needs {package}; run: pip install {package}",
            package="python-docx",
        ) from error
    document = docx.Document()
    document.core_properties.title = xml_text(title)[:255]
    document.core_properties.author = "引据 Yinju"
    document.add_heading(xml_text(title), 0)
    document.add_paragraph(made.isoformat())
    return document


def docx_bytes(document: Any) -> bytes:  # noqa: ANN401 - as above
    """Return a Word document as the bytes of its file."""
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _write(document: Any, turn: _Turn, base: str) -> None:  # noqa: ANN401 - docx's own type
    """Write one turn at the end of a Word document."""
    document.add_heading(xml_text(turn.question), 1)
    if turn.reading:
        document.add_paragraph().add_run(xml_text(_READ_AS + turn.reading)).italic = True
    if turn.within:
        document.add_paragraph(xml_text(_WITHIN + turn.within))
    for text, numbers in turn.lines:
        paragraph = document.add_paragraph()
        paragraph.add_run(xml_text(text)).bold = True
        for number in numbers:
            paragraph.add_run(f"[{number}]").font.superscript = True
    if turn.rows:
        _write_table(document, turn)
    if turn.happened:
        document.add_paragraph(xml_text(turn.happened))
    if turn.missing:
        document.add_paragraph(xml_text(_MISSING + "、".join(turn.missing)))
    for number, citation in turn.quotes:
        paragraph = document.add_paragraph(xml_text(citation.quote), style="Intense Quote")
        paragraph.add_run(xml_text(f"\n—— {_origin(citation)}"))
        paragraph.add_run(f"[{number}]").font.superscript = True
        if base:
            document.add_paragraph(xml_text(as_link(citation, base)))


def _write_table(document: Any, turn: _Turn) -> None:  # noqa: ANN401 - as above
    table = document.add_table(rows=1, cols=2, style="Table Grid")
    for cell, head in zip(table.rows[0].cells, turn.heads, strict=True):
        cell.text = xml_text(head)
    for part, value, numbers in turn.rows:
        first, second = table.add_row().cells
        first.text, second.text = xml_text(part), xml_text(value)
        for number in numbers:
            second.paragraphs[0].add_run(f"[{number}]").font.superscript = True
    if turn.computed:
        document.add_paragraph(xml_text(turn.computed))


def _turns(answers: Sequence[Answer | Unanswered]) -> tuple[list[_Turn], list[Citation]]:
    """Return what to write, and one citation for each article, in the order of their numbers."""
    numbers: dict[tuple[str, str], int] = {}
    references: list[Citation] = []
    turns = []
    for answer in answers:
        if isinstance(answer, Unanswered):
            turns.append(_Turn(_one_line(answer.question), happened=_one_line(answer.happened)))
            continue
        for citation in answer.citations:
            key = (citation.article.path, citation.article.sha256)
            if key not in numbers:
                references.append(citation)
                numbers[key] = len(references)
        number = {
            citation.number: numbers[citation.article.path, citation.article.sha256]
            for citation in answer.citations
        }
        turns.append(
            _Turn(
                question=_one_line(answer.question),
                reading="" if answer.reading == answer.question else _one_line(answer.reading),
                within=_one_line(" · ".join(within(answer.filters))),
                lines=tuple(_lines(answer, number)),
                heads=tables.heads(answer.table) if answer.table else ("", ""),
                rows=tuple(_rows(answer, number)),
                computed=_computed(answer, number),
                missing=answer.missing_terms if answer.status == "no_evidence" else (),
                quotes=tuple((number[cited.number], cited) for cited in answer.citations),
            )
        )
    return turns, references


def _rows(answer: Answer, number: dict[int, int]) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield what is written of a table, with the numbers of references."""
    for line in tables.lines(answer):
        cited = (number[line.citation.number],) if line.citation else ()
        yield _one_line(line.part), _one_line(line.value), cited


def _computed(answer: Answer, number: dict[int, int]) -> str:
    """Return what was computed of a table, in which references have their numbers."""
    told = tables.computed(answer.table) if answer.table else ""
    return re.sub(r"\[(\d+)\]", lambda match: f"[{number[int(match[1])]}]", told)


def _lines(answer: Answer, number: dict[int, int]) -> Iterator[tuple[str, tuple[int, ...]]]:
    if answer.status == "no_evidence":
        yield answer.text, ()
    if answer.table is not None:
        return  # its rows say it
    for line in (line for line in said(answer) if line.text):
        cited = dict.fromkeys(number[citation.number] for citation in line.citations)
        yield line.text, tuple(cited)


def _origin(citation: Citation) -> str:
    """Return title, source, date and page, as far as they are known."""
    article = citation.article
    parts = [
        f"《{_one_line(article.title)}》" if article.title.strip() else article.path,
        _one_line(article.source),
        article.published.isoformat() if article.published else "",
        *where(citation),
    ]
    return "，".join(filter(None, parts))


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f" \\[{number}\\]" for number in numbers)


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _escaped(text: str, *, lines: bool = False) -> str:
    """Return text of which Markdown makes the same text; as one line unless ``lines``.

    Addresses are broken up for the reader of the source, so that no renderer makes links of them.
    """
    rows = visible(text).split("\n") if lines else [_one_line(text)]
    text = "\n".join(row.strip() for row in rows)
    text = _INLINE.sub(r"\\\g<0>", text)
    text = re.sub("[&<>]", lambda match: _ENTITIES[match[0]], text)
    text = _ADDRESS.sub(lambda match: f"{match[1]}\\:" if match[1] else f"{match[2]}\\.", text)
    return _OPENING.sub(lambda match: f"{match[1][:-1]}\\{match[1][-1]}", text)

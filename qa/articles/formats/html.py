"""Web pages: title, source, date and body of the article; tables as lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from qa.articles.cleaning import HEAD_LINES
from qa.articles.decoding import decode
from qa.articles.formats import Document, missing, read_bytes
from qa.articles.layout.tables import Room, table_lines
from qa.articles.metadata import find_metadata, parse_date
from qa.errors import ArticleUnreadableError
from qa.text import fold

_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.I
)
_PLAIN = rb"<+ADw- \u0041>"
_LOOKED_AT = 4096  # bytes in which a page declares its encoding
_BLOCKS = frozenset(
    "address article aside blockquote body dd div dl dt fieldset figcaption figure footer form h1"
    " h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul br option".split()
)
_SILENT = frozenset("script style noscript template head title svg math iframe object".split())
_FEW = 200  # characters of a page that has nothing around its article
_SHORT = 0.3  # share of a page's text that the extractor should find; else all of it is taken
_HEADINGS = ("h1", "h2", "h3", "h4")
_SOURCE = re.compile(r"(?<![a-z])source(?![a-z])", re.IGNORECASE)  # not resource
_ACCOUNT = "js_name"  # of the element in which a page of 微信 names the 公众号
_NAME = re.compile(r"[^\W\d][\w·“”《》（）()—-]{1,19}")
_HEADLINE = 4  # characters that a headline has at least
_LONG_TAG = re.compile(r"<([A-Za-z][\w:-]*)\s([^<>]{2000,})>")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_MANY_ATTRIBUTES = 500
_MAX_SPAN = 100  # columns or rows that one cell may cover


def read(path: Path) -> Iterator[Document]:
    """Yield the page as one document."""
    yield read_page(read_bytes(path))


def read_page(data: bytes) -> Document:
    """Return the article of a web page.

    Raises:
        ArticleUnreadableError: if it has no text, or trafilatura is not installed.
    """
    try:
        import lxml.html
        import trafilatura
    except ImportError as error:
        raise missing(".html", "trafilatura") from error
    tree = parse(data)
    told, named = _told(tree), _source(tree)
    spell_out_tables(tree)
    whole = text_of(tree)
    found: Any = trafilatura.bare_extraction(
        lxml.html.tostring(tree, encoding="unicode"),
        include_comments=False,
        include_tables=False,  # they are paragraphs by now
        favor_precision=True,  # loses nothing of the pages of tests.benchmarks.pages
        with_metadata=True,
    )
    body = "" if found is None or found.body is None else text_of(found.body)
    is_article = len(body) >= _SHORT * len(whole) and len(whole) >= _FEW
    text = body if is_article else whole
    if not text.strip():
        raise ArticleUnreadableError("page_without_text", "the page has no text")
    if found is None:
        return Document(text)
    title = told.get("articletitle") or _headline(tree, whole) or _one_line(found.title)
    if title and title not in text[: len(title) + 200]:
        text = f"{title}\n{text}"  # a headline can be asked for and quoted as well
    # What the article says of its origin goes before the site that it was found on.
    source = (
        told.get("contentsource")
        or find_metadata(_around(whole, title, text)).source
        or find_metadata(text).source
        or named
        or _site(found.sitename)
    )
    published = parse_date(told.get("pubdate", "")) or _day(found.date)
    return Document(text, title, source, published, found.url or "")


def _told(tree: Any) -> dict[str, str]:  # noqa: ANN401
    """Return what a page's meta elements say, by their names in lower case.

    Governments' pages have ArticleTitle, ContentSource and PubDate (政府网站发展指引, 2017); of
    several of one name the first counts.
    """
    told: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("name") or element.get("property") or "").lower()
        told.setdefault(name, _one_line(element.get("content")))
    return told


def _headline(tree: Any, whole: str) -> str:  # noqa: ANN401
    """Return the longest heading that stands in the page's title, which names the site too.

    Where none does, the longest line with which the title begins: not every headline is a heading.
    """
    title = fold(_one_line(" ".join(element.text or "" for element in tree.iter("title"))))
    headings = (_one_line(element.text_content()) for element in tree.iter(*_HEADINGS))
    said = [text for text in headings if len(text) >= _HEADLINE and fold(text) in title]
    lines = (line for line in whole.split("\n") if title.startswith(fold(line)))
    return max(said or (line for line in lines if len(line) >= _HEADLINE), key=len, default="")


def _source(tree: Any) -> str:  # noqa: ANN401
    """Return what the first element says whose class calls it a source, or a 公众号's name."""
    for element in tree.iter("a", "cite", "em", "i", "p", "span", "div", "strong"):
        names = f"{element.get('class', '')} {element.get('id', '')}"
        if _SOURCE.search(names) or _ACCOUNT in names.split():
            said = _one_line(element.text_content())
            name = said.rpartition("：")[2].rpartition(":")[2].strip()
            if _NAME.fullmatch(name):
                return name
    return ""


def _around(whole: str, title: str, text: str) -> str:
    """Return the lines of a page right before and after its article: source, day, buttons."""
    lines = whole.split("\n")
    body = [line for line in text.split("\n") if line != title]
    first = lines.index(body[0]) if body and body[0] in lines else len(lines)
    start = next((at for at in range(first - 1, -1, -1) if title and title in lines[at]), first)
    last = len(lines) - lines[::-1].index(body[-1]) if body and body[-1] in lines else first
    return "\n".join([*lines[start:first][:HEAD_LINES], *lines[last : last + HEAD_LINES]])


def _site(name: str | None) -> str:
    """Return the name of a site, nothing where it is only its address."""
    said = _one_line(name)
    return "" if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", said, re.ASCII) else said


def parse(data: bytes) -> Any:  # noqa: ANN401 - lxml has no types
    """Return the tree of a page, decoded as it declares itself or as it looks."""
    import lxml.html
    from lxml.etree import ParserError

    text = _decode(data)
    # An encoding that is declared in the text would be believed a second time.
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text).replace("\x00", "")
    text = _LONG_TAG.sub(_shortened, text)
    try:
        return lxml.html.document_fromstring(text)
    except (ParserError, ValueError) as error:
        raise ArticleUnreadableError(
            "page_unreadable", "the page cannot be read: {said}", said=error
        ) from error


def _shortened(tag: re.Match[str]) -> str:
    """Return a tag without its attributes where it has very many.

    The parser compares each with all before it: 100,000 would take it minutes.
    """
    names = _QUOTED.sub("", tag[2]).split()
    return f"<{tag[1]}>" if len(names) > _MANY_ATTRIBUTES else tag[0]


def _decode(data: bytes) -> str:
    declared = _DECLARED.search(data[:_LOOKED_AT])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        name = declared[1].decode("ascii").lower()
        name = "gb18030" if name in {"gb2312", "gbk", "x-gbk", "gb_2312-80"} else name
        try:
            # Where it could be read as ASCII, the page is in nothing that writes ASCII otherwise:
            # UTF-16, EBCDIC, or UTF-7, which no browser reads.
            if _PLAIN.decode(name) == _PLAIN.decode("ascii"):
                return data.decode(name)
        except (UnicodeError, LookupError):
            pass
    return decode(data)


def text_of(tree: Any) -> str:  # noqa: ANN401
    """Return the text of a tree, a line for every block."""
    pieces: list[str] = []
    for event, element in _walk(tree):
        if not isinstance(element.tag, str):
            pass
        elif event == "start":
            if element.tag in _BLOCKS or element.tag in {"lb", "item", "head", "row", "quote"}:
                pieces.append("\n")
            pieces.append(re.sub(r"\s+", " ", element.text or ""))
        elif element.tag in _BLOCKS or element.tag in {"item", "head", "row", "quote"}:
            pieces.append("\n")
        if event == "end" and element is not tree:
            pieces.append(re.sub(r"\s+", " ", element.tail or ""))
    lines = (line.strip(" \t\xa0") for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _walk(tree: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield start and end of every element, without those that show no text.

    With a stack of its own: a page may nest deeper than Python's.
    """
    stack = [("start", tree)]
    while stack:
        event, element = stack.pop()
        if event == "start" and element.tag in _SILENT:
            event = "end"
        yield event, element
        if event == "start":
            stack.append(("end", element))
            stack.extend(("start", child) for child in reversed(element))


def spell_out_tables(tree: Any, room: Room | None = None) -> None:  # noqa: ANN401
    """Put lines that name their columns in the place of tables; those for layout stay.

    ``room`` is what other trees of the same document have left.
    """
    room = room or Room()
    for table in list(tree.iter("table")):
        if next(table.iterdescendants("table"), None) is not None:
            continue  # it lays out the page
        rows = _grid(table, room)
        if len(rows) < 2 or max(map(len, rows)) < 2:
            continue
        caption = "".join(element.text_content() for element in table.iter("caption"))
        before = next(table.itersiblings("*", preceding=True), None)
        above = caption or ("" if before is None else before.text_content()[-100:])
        lines = table_lines(rows, above)
        table_tail, table.tail = table.tail, None
        for child in list(table):
            table.remove(child)
        table.tag, table.text = "div", None
        table.attrib.clear()
        for line in ([caption.strip()] if caption.strip() else []) + lines:
            paragraph = table.makeelement("p")
            paragraph.text = line
            table.append(paragraph)
        table.tail = table_tail


def _grid(table: Any, room: Room) -> list[list[str]]:  # noqa: ANN401
    """Return the cells' texts, one that spans several columns or rows repeated in each."""
    grid: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # column: rows still covered from above, with what
    for row in table.iter("tr"):
        cells: list[str] = []
        waiting = [cell for cell in row if cell.tag in {"td", "th"}][::-1]
        while waiting or len(cells) in below:
            column = len(cells)
            if column in below:
                left, text = below.pop(column)
                room.take(text)
                cells.append(text)
                if left > 1:
                    below[column] = (left - 1, text)
                continue
            cell = waiting.pop()
            text = text_of(cell)
            columns = _span(cell, "colspan")
            room.take(text, times=columns)
            for _ in range(columns):
                if (rows := _span(cell, "rowspan")) > 1:
                    below[len(cells)] = (rows - 1, text)
                cells.append(text)
        grid.append(cells)
    return grid


def _span(cell: Any, name: str) -> int:  # noqa: ANN401
    value = cell.get(name, "1").strip()
    return min(max(1, int(value)), _MAX_SPAN) if value.isdecimal() and len(value) < 9 else 1


def _one_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None

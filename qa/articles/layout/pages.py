"""Pages put together to one text, without what stands at the edge of most of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from qa.articles.formats import Document
from qa.articles.layout.paragraphs import Paragraph, continues, join

_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:第|page)?\s*\d{1,4}\s*页?(?:\s*[/,，]?\s*(?:共|of)?\s*\d{1,4}\s*页?)?[\W_]*", re.I
)
_REPEATED = 3  # pages on which a line has to stand to be a running head


def without_running_heads(pages: list[list[Paragraph]]) -> list[list[Paragraph]]:
    """Leave out page numbers, and lines that stand at the edge of most pages."""
    edges = Counter(
        key for page in pages for key in {_key(item) for item in (*page[:1], *page[-1:])}
    )
    kept = []
    for page in pages:
        first, last = 0, len(page)
        while first < last and _is_furniture(page[first], edges, len(pages)):
            first += 1
        while first < last and _is_furniture(page[last - 1], edges, len(pages)):
            last -= 1
        kept.append(page[first:last])
    return kept


def _key(paragraph: Paragraph) -> str:
    return re.sub(r"\d+", "0", paragraph.text)


def _is_furniture(paragraph: Paragraph, edges: Counter[str], pages: int) -> bool:
    if paragraph.is_table:
        return False
    repeated = edges[_key(paragraph)]
    return bool(_PAGE_NUMBER.fullmatch(paragraph.text)) or (
        repeated >= _REPEATED and repeated * 2 >= pages
    )


def assemble(pages: list[list[Paragraph]], recognized: Iterable[int] = ()) -> Document:
    """Put the pages together; a sentence that goes over a page's end is joined there.

    ``recognized`` are the numbers, from 0, of the pages that were read from pictures.
    """
    pieces: list[str] = []
    length = 0
    starts = []
    last: Paragraph | None = None
    for page in pages:
        starts.append(length)
        for number, paragraph in enumerate(page):
            said = paragraph.text
            if last is not None and number == 0 and continues(last, paragraph):
                tail = pieces.pop()
                length -= len(tail)
                said = join(tail, said)
                starts[-1] = length + len(said) - len(paragraph.text)
            elif pieces:
                said = "\n" + said
                starts[-1] += number == 0
            pieces.append(said)
            length += len(said)
            last = paragraph
    ends = [*starts[1:], length]
    return Document(
        "".join(pieces),
        pages=tuple(starts),
        recognized=tuple((starts[number], ends[number]) for number in recognized),
    )

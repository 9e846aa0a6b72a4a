"""Articles to passages: paragraphs, merged when tiny and split at sentence ends when long."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from qa.articles.cleaning import Line, lines
from qa.text import HAN, fold, is_sentence_end, sentences, trim
from qa.types import Span

MAX_LENGTH = 300  # characters in a passage; only one that cannot be cut is longer
MIN_LENGTH = 120  # characters below which a passage takes in the next paragraph
MAX_HEADING = 45  # characters; a longer line is a paragraph
MIN_HEADING = 4  # letters of an unmarked heading; a shorter line is a signature
TINY = 40  # characters; a last passage as short as that joins the one before
_NUMBER = "一二三四五六七八九十百0-9"
# Ways to mark a heading, from the highest level down; Markdown's are handled before these.
_HEADING_MARKS = (
    re.compile(rf"第[{_NUMBER}]+[编篇部章]"),
    re.compile(rf"第[{_NUMBER}]+节"),
    re.compile(rf"[{_NUMBER}]+\s*、"),
    re.compile(rf"\([{_NUMBER}]+\)"),
    re.compile(r"(?:--|-)\s*(?=\S)"),
    re.compile(r"\d{1,2}[.)]\s*(?=\D)"),
)
_PLAIN_LEVEL = 0  # a short unmarked line heads whatever marks stand below it
_NO_HEADING = re.compile(r"[(图]|(?:文|图|摄影|记者|通讯员|编辑|作者|来源|整理)\s*[/:]")
_MARKDOWN_LEVEL = -10
_CLAUSE = re.compile(r"[，,；;、：:）)\s]+")


class Block(NamedTuple):
    """A paragraph or heading of the body; ``headings`` are the spans of those above it."""

    start: int
    end: int
    is_heading: bool
    headings: tuple[Span, ...]


@lru_cache(maxsize=64)
def outline(text: str) -> tuple[tuple[Block, ...], ...]:
    """Return the blocks of the body in runs that no page furniture interrupts.

    The title, the first line that is not furniture, joins what follows like a heading, but heads
    nothing: it is carried along anyway.
    """
    all_lines = lines(text)
    body = [line for line in all_lines if line.body]
    levels = [_heading_level(text, body, index) for index in range(len(body))]
    runs: list[list[Block]] = [[]]
    stack: list[tuple[int, Span]] = []
    index = -1
    for line in all_lines:
        if not line.body:
            runs.append([])
            continue
        index += 1
        level = levels[index] if index else None
        if level == _PLAIN_LEVEL and levels[index - 1] == _PLAIN_LEVEL and index > 1:
            level += 1  # an unmarked line right below another is its sub-heading
        if level is not None:
            while stack and stack[-1][0] >= level:
                stack.pop()
        joins_next = level is not None or (not index and levels[0] is not None)
        headings = tuple(span for _, span in stack)
        runs[-1].append(Block(line.start, line.end, joins_next, headings))
        if level is not None:
            stack.append((level, (line.start, line.end)))
    return tuple(tuple(run) for run in runs if run)


def _heading_level(text: str, body: list[Line], index: int) -> int | None:
    """Return the level of a heading (lower is higher up), None for a paragraph."""
    content = text[body[index].start : body[index].end]
    if index + 1 == len(body) or len(content) > MAX_HEADING:
        return None
    if markdown := re.match(r"(#{1,6})\s", content):
        return _MARKDOWN_LEVEL + len(markdown[1])
    folded = fold(content)
    for level, mark in enumerate(_HEADING_MARKS, start=_PLAIN_LEVEL + 2):
        if mark.match(folded):
            # A numbered line of several sentences is a list item.
            return level if len(re.findall(r"[。！？;；]", content)) <= 1 else None
    if is_sentence_end(content) or len(re.findall(rf"[{HAN}\w]", content)) < MIN_HEADING:
        return None
    # An unmarked heading stands above prose; short lines after one another are a list or a poem.
    below = [text[line.start : line.end] for line in body[index + 1 : index + 3]]
    heads_prose = any(is_sentence_end(line) or len(line) > MAX_HEADING for line in below)
    return _PLAIN_LEVEL if heads_prose and not _NO_HEADING.match(folded) else None


def split(text: str) -> list[Span]:
    """Return the passages of an article's text, in order, without overlap.

    Every character of the body other than white space is in exactly one; none holds furniture.
    """
    found: list[Span] = []
    for run in outline(text):
        passages = list(_merge(text, run))
        if len(passages) > 1:
            (start, _), (last_start, end) = passages[-2:]
            if end - last_start <= TINY and end - start <= MAX_LENGTH:
                passages[-2:] = [(start, end)]
        found.extend(passages)
    return found


def _merge(text: str, run: tuple[Block, ...]) -> Iterator[Span]:
    """Join the blocks of one run into passages."""
    start = end = -1
    heading_open = False  # what is collected so far ends with a heading, which needs its text
    for block in run:
        for piece_start, piece_end in _cut(text, block.start, block.end):
            if start < 0:
                start, end = piece_start, piece_end
            elif piece_end - start <= MAX_LENGTH and (
                heading_open or (end - start < MIN_LENGTH and not block.is_heading)
            ):
                end = piece_end
            else:
                yield start, end
                start, end = piece_start, piece_end
            heading_open = block.is_heading
    if start >= 0:
        yield start, end


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut a paragraph of more than ``MAX_LENGTH`` characters into pieces of about equal size."""
    if end - start <= MAX_LENGTH:
        yield start, end
        return
    target = (end - start) / -(-(end - start) // MAX_LENGTH)
    first = start
    for unit_start, unit_end in _units(text, start, end):
        too_long = unit_end - first > MAX_LENGTH
        if unit_start > first and (too_long or unit_start - first >= target):
            yield trim(text, first, unit_start)
            first = unit_start
    yield trim(text, first, end)


def _units(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield sentences; ones that are too long in clauses, and those in slices."""
    for first, last in sentences(text, start, end):
        cuts = [first]
        while last - cuts[-1] > MAX_LENGTH:
            limit = cuts[-1] + MAX_LENGTH
            ends = [match.end() for match in _CLAUSE.finditer(text, cuts[-1], limit)]
            cuts.append(ends[-1] if ends and ends[-1] > cuts[-1] else limit)
        yield from zip(cuts, [*cuts[1:], last], strict=True)


def headings_at(text: str, offset: int) -> tuple[Span, ...]:
    """Return the headings, outermost first, that ``text[offset]`` stands under."""
    blocks = [block for run in outline(text) for block in run]
    at = bisect_right([block.start for block in blocks], offset) - 1
    return blocks[at].headings if at >= 0 else ()


def context(text: str, title: str, start: int) -> str:
    """Return the lines that a passage at ``start`` is indexed with but not quoted with."""
    headings = [text[first:last] for first, last in headings_at(text, start)]
    return "\n".join([title, *headings]) if title else "\n".join(headings)

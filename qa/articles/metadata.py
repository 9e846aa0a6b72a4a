"""Title, source and date of an article, from its text as web pages really carry them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from qa.articles.cleaning import HEAD_LINES, Line, lines
from qa.text import HAN, fold, is_sentence_end

_LOOKED_AT = 1_000  # characters of the first line
MAX_TITLE = 80  # characters; a longer first line is a paragraph
_TAIL_LINES = 8
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_COMPACT_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_DATE_LABEL = re.compile(r"(?:(?:发布|发表|发文|成文|刊发)?(?:时间|日期))\s*:\s*")
_SOURCE_LABEL = re.compile(r"(?<![\w])(?:本文|文章|信息|稿件|新闻)?(?:来源|稿源|来自|转自)\s*:\s*")
_SOURCE_END = re.compile(
    r"\s{2,}|\s+(?=(?:作者|记者|编辑|责任编辑|责编|时间|日期|发布|发表|更新|浏览|点击|阅读|字体|字号)\S{0,4}\s*:)"
    r"|\s+(?=\d{4}[-/.年])|[|【\[()<>\"“”]|$"
)
_DATELINE = re.compile(
    rf"^[\s\W]*(?!本[报网台刊社])(?:(?P<name>[{HAN}A-Za-z·]{{2,12}}?)讯"
    rf"|(?P<agency>[{HAN}A-Za-z·]{{1,11}}?(?:[社网报刊线]|[电卫]视台?|电台))[{HAN}]{{0,8}}"
    r"\s*\d{1,2}\s*月\s*\d{1,2}\s*日\s*(?:电|讯|消息))(?=[\s,，(（:：】)])"
)
_PAPER = re.compile(rf"[{HAN}]{{2,6}}?(?:日报|晚报|早报|晨报|时报|商报|都市报|周报|新闻网|在线)")
_NOISE = re.compile(r"^#{1,6}\s+|^[>»\s]+|\s+#*$")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What could be found; empty or None where the text does not tell."""

    title: str
    source: str
    published: date | None


def find_metadata(text: str, path: str = "") -> Metadata:
    """Find title, source and publication date of ``text``, read from the file ``path``."""
    found = lines(text)
    head = [text[line.start : line.end] for line in found[:HEAD_LINES]]
    tail = [text[line.start : line.end] for line in found[-_TAIL_LINES:]]
    body = [line for line in found if line.body]
    return Metadata(
        title=_title(text, body, path),
        source=_source(text, head, tail, body),
        published=_published(head, tail, path),
    )


def parse_date(text: str) -> date | None:
    """Return the first date in ``text``, 2020年1月2日 or 20200102 too; None if it has none."""
    folded = fold(text)
    match = _DATE.search(folded) or _COMPACT_DATE.search(folded)
    return _as_date(match) if match else None


def _title(text: str, body: list[Line], path: str) -> str:
    if not body:
        return PurePosixPath(path).stem
    first = _NOISE.sub("", text[body[0].start : body[0].end][:_LOOKED_AT])
    if len(first) <= MAX_TITLE and not re.search(r"。.|[。；;]$", first):
        return first
    stem = PurePosixPath(path).stem
    if len(re.findall(rf"[{HAN}]", stem)) >= 4:
        return stem
    clause = re.split(r"[。！？；\n]", first, maxsplit=1)[0]
    return clause if len(clause) <= MAX_TITLE else clause[: MAX_TITLE - 1] + "…"


def _source(text: str, head: list[str], tail: list[str], body: list[Line]) -> str:
    for line in head:
        if not is_sentence_end(line) and (name := _labelled_source(line)):
            return name
    for start, end, _ in body[:4]:
        if match := _DATELINE.match(text[start:end]):
            return match["agency"] or match["name"].removesuffix("记者")
    for line in tail:
        if len(line) <= MAX_TITLE and (name := _labelled_source(line)):
            return name
    for line in reversed(tail):  # a newspaper page's footer: its name, the headline, the date
        if (
            _DATE.search(fold(line))
            and not is_sentence_end(line)
            and (match := _PAPER.search(line))
        ):
            return match[0]
    return ""


def _labelled_source(line: str) -> str:
    """Return what follows “来源：” in a line; a caption's “图片来源” is not the article's."""
    match = _SOURCE_LABEL.search(fold(line))
    if match is None:
        return ""
    rest = line[match.end() :]
    end = _SOURCE_END.search(fold(rest))
    name = rest[: end.start()] if end else rest
    return name.strip(" \t\u3000:：-—·。.") if len(name) <= 40 else ""


def _published(head: list[str], tail: list[str], path: str) -> date | None:
    for line in head:
        folded = fold(line)
        for label in _DATE_LABEL.finditer(folded):
            if match := _DATE.match(folded, label.end()):
                return _as_date(match)
    short = [line for line in head if len(line) <= MAX_TITLE and not is_sentence_end(line)]
    for line in (*short, *reversed(tail)):
        folded = fold(line)
        dates = [found for match in _DATE.finditer(folded) if (found := _as_date(match))]
        if dates and not is_sentence_end(line):
            return dates[-1]
    return parse_date(PurePosixPath(path).stem)


def _as_date(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None

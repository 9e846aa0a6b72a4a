"""An answer as Markdown, for chat clients: the text, and its citations with their places in it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from qa.presenting import tables
from qa.presenting.presenting import said
from qa.representation import as_json
from qa.types import Answer, Article, Citation
from ui.escaping import deceptive_replaced
from ui.page.evidence import is_web_address
from ui.texts.languages import Messages

# What can begin a construct inside a line of CommonMark, GitHub's dialect or mathematics.
_INLINE = re.compile(r"([\\`*_\[\]<>&~|$])")
_AT_START = re.compile(r"^(?:(\d{1,9})(?=[.)](?:\s|$))|(?=[#+\-=]))")  # a list, a heading, a rule


class Reply(NamedTuple):
    """An answer as a chat client gets it.

    ``annotations`` are one a citation, in their order: OpenAI's ``url_citation``, whose
    ``start_index`` and ``end_index`` are the place in ``content`` (code points) of the line that
    gives the quote; and, beside it, ``citation`` with the fields of :mod:`qa.representation`: the
    quote as it stands in the article, and where.
    """

    content: str
    annotations: list[dict[str, Any]]


def markdown(text: str) -> str:
    """Return text as a line of Markdown that shows it and does nothing else."""
    line = " ".join(deceptive_replaced(text).split())
    return _AT_START.sub(r"\1\\", _INLINE.sub(r"\\\1", line))


def reply_to(answer: Answer, messages: Messages, base: str) -> Reply:
    """Return an answer for a chat client of the server at ``base``, http://host:port."""
    if answer.status == "no_evidence":
        return Reply(_no_evidence(answer, messages), [])
    if answer.kind in messages.talk:
        offered = [f"- {markdown(question)}" for question in answer.suggestions]
        return Reply("\n\n".join([messages.talk[answer.kind], "\n".join(offered)]).strip(), [])
    lines = [
        markdown(item.text) + " " + "".join(f"[{cited.number}]" for cited in item.citations)
        for item in said(answer)
    ]
    content = _table(answer, messages) if answer.table else "\n\n".join(lines)
    annotations = []
    for cited in answer.citations:
        line = f"[{cited.number}] “{markdown(cited.quote)}” — {_origin(cited.article, messages)}"
        content += "\n\n"
        start = len(content)
        content += line
        annotations.append(_annotation(cited, (start, len(content)), base))
    return Reply(content, annotations)


def _table(answer: Answer, messages: Messages) -> str:
    """Return an answer's table as GitHub's Markdown has it, with what was computed below."""
    if answer.table is None:
        return ""
    words = messages.table
    rows = [tuple(map(markdown, tables.heads(answer.table, words))), ("---", "---")]
    for line in tables.lines(answer, words):
        cited = f" [{line.citation.number}]" if line.citation else ""
        rows.append((markdown(line.part), markdown(line.value) + cited))
    shown = "\n".join(f"| {part} | {value} |" for part, value in rows)
    computed = tables.computed(answer.table, words)
    below = [markdown(computed)] if computed else []
    return "\n\n".join([shown, *below, markdown(tables.counted(answer.table, words))])


def _no_evidence(answer: Answer, messages: Messages) -> str:
    parts = [messages.no_evidence, *([_table(answer, messages)] if answer.table else [])]
    colon = ":" if messages.language == "en" else "："
    if answer.nearest is not None:
        parts.append(messages.nearest + colon)
        origin = _origin(answer.nearest.article, messages)
        parts.append(f"“{markdown(answer.nearest.quote)}” — {origin}")
    if answer.missing_terms:
        parts.append(messages.missing + markdown(messages.separator.join(answer.missing_terms)))
    if answer.related:
        parts.append(messages.related + colon)
        parts += [
            f"“{markdown(hit.text)}” — {_origin(hit.article, messages)}" for hit in answer.related
        ]
    return "\n\n".join(parts)


def _origin(article: Article, messages: Messages) -> str:
    day = article.published.isoformat() if article.published else messages.no_date
    return " · ".join(markdown(part) for part in (article.title, article.source, day) if part)


def _annotation(cited: Citation, place: tuple[int, int], base: str) -> dict[str, Any]:
    article = cited.article
    url = article.url if is_web_address(article.url) else f"{base}/api/v1/articles/{article.id}"
    return {
        "type": "url_citation",
        "url_citation": {
            "start_index": place[0],
            "end_index": place[1],
            "title": article.title,
            "url": url,
        },
        "citation": as_json(cited),
    }

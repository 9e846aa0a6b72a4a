"""What of an answer is saved, and when a later one counts as changed."""

from __future__ import annotations

import re
from collections.abc import Callable

from qa.answering.answering import NO_EVIDENCE
from qa.presenting import tables
from qa.presenting.citing import state_of
from qa.text import fold
from qa.types import Answer, Change, SavedAnswer

LONGEST = 4_000  # characters kept of a question, an answer, a quote and a title
_PATH = 4_096

REFUSED = SavedAnswer("no_evidence", NO_EVIDENCE)


def saved_answer(answer: Answer) -> SavedAnswer:
    """Return what is kept of an answer; what is too long is cut."""
    if answer.status == "no_evidence":
        return REFUSED
    text = cut(_said(answer))
    if not answer.citations:
        return SavedAnswer("answered", text)
    first = answer.citations[0]
    article = first.article
    return SavedAnswer(
        status="answered",
        text=text,
        quote=cut(first.quote),
        article=article.id,
        title=cut(article.title),
        source=cut(article.source),
        published=article.published,
        path=cut(article.path, _PATH),
        start=first.start,
        end=first.end,
        state=state_of(article),
    )


def _said(answer: Answer) -> str:
    """Return all that an answer says.

    A list of articles says which they are: how many were looked through is no part of it, or
    every new article would change it.
    """
    if answer.table is not None:
        rows = [f"{line.part}：{line.value}" for line in tables.lines(answer)]
        return "\n".join(filter(None, [*rows, tables.computed(answer.table)]))
    if answer.listing is not None and answer.kind != "overview":
        titles = (entry.article.title or entry.article.path for entry in answer.listing.entries)
        return "\n".join(f"《{title}》" for title in titles)
    return answer.text


def change(before: SavedAnswer, now: SavedAnswer, stands: Callable[[str], bool]) -> Change:
    """Return how ``now`` differs from ``before``; empty if nothing is to be told.

    ``stands`` tells whether a sentence is still in the articles.  The same answer by another
    sentence is no change as long as the old one is: articles that agree take turns.
    """
    if before.status != now.status:
        return "found" if now.status == "answered" else "lost"
    if _bare(before.text) != _bare(now.text):
        return "answer"
    if _bare(before.quote) != _bare(now.quote):
        return "" if stands(before.quote) else "quote"
    # A file that is moved keeps its id, one that is put there again its path.
    is_other = before.article != now.article and before.path != now.path
    return "article" if is_other else ""


def sentence_pattern(sentence: str) -> re.Pattern[str]:
    """Return what finds a sentence, wherever its lines are broken."""
    return re.compile(r"\s*".join(map(re.escape, "".join(sentence.split()))))


def cut(text: str, most: int = LONGEST) -> str:
    """Return the beginning of a text, as UTF-8 can hold it."""
    return text[:most].encode("utf-8", "replace").decode("utf-8")


def _bare(text: str) -> str:
    return "".join(fold(text).split())

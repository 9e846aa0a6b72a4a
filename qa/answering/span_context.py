"""A span of an article, and what around it tells what it is about."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from itertools import islice

from qa.articles.passages import headings_at, outline
from qa.text import fold, sentences
from qa.types import Article, Span

_REACH = 2_000  # characters around a span that are looked at, where a line has no end
_LEAD = 300  # characters of an article's beginning that tell what it is about


class SpanContext:
    """A span of an article, with what stands around it, nearest first."""

    def __init__(self, article: Article, start: int, end: int) -> None:
        """Take the span ``article.text[start:end]``."""
        self.article = article
        self.start = start
        self.text = _folded(article.text)
        self.paragraph = _paragraph(article.text, start)
        self.sentence = next(
            (span for span in sentences(article.text, *self.paragraph) if span[1] > start),
            (start, end),
        )
        self.end = end

    @cached_property
    def until_clause_end(self) -> str:
        """The sentence up to the end of the clause that holds the span."""
        rest = re.search(r"[,;、。!?]|$", self.text[self.end : self.sentence[1]])
        return self.text[self.sentence[0] : self.end + (rest.start() if rest else 0)]

    @cached_property
    def levels(self) -> list[str]:
        """What tells the subject, nearest first: clause, paragraph, headings, title, beginning."""
        before = self.text[self.paragraph[0] : self.sentence[0]]
        earlier = [before[a:b] for a, b in sentences(before)]
        return [
            self.until_clause_end,
            *reversed(earlier),
            *self.titles,
            self.beginning,
        ]

    @cached_property
    def titles(self) -> list[str]:
        """The headings over the span, the lowest first, and the article's title."""
        headings = [self.text[a:b] for a, b in reversed(headings_at(self.article.text, self.start))]
        return [*headings, fold(self.article.title)]

    @cached_property
    def beginning(self) -> str:
        """The first characters of the article's body."""
        body = (block for run in outline(self.article.text) for block in run)
        # Of a long article only as many lines as can be told apart: each has a character at least.
        return "\n".join(self.text[line.start : line.end] for line in islice(body, _LEAD))[:_LEAD]

    @cached_property
    def everything(self) -> str:
        """Title and text of the article."""
        return f"{fold(self.article.title)}\n{self.text}"

    def surroundings(self, passage: Span) -> str:
        """The text in which the question's words are looked for, title and headings included."""
        return "\n".join([self.text[passage[0] : passage[1]], *self.levels[:-1]])


@lru_cache(maxsize=16)
def _folded(text: str) -> str:
    """Fold an article once for all the spans of it that a question's passages offer."""
    return fold(text)


def _paragraph(text: str, at: int) -> Span:
    """Return the line that holds ``text[at]``, as far as it can tell what is said there."""
    first, last = max(0, at - _REACH), min(len(text), at + _REACH)
    start = text.rfind("\n", first, at) + 1
    end = text.find("\n", at, last)
    return start or first, last if end < 0 else end

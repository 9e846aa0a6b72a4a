"""Questions to begin with: made of what articles say, and each of them answered by its article."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from qa.answering.suggesting import Suggestion, suggestions
from qa.articles.passages import split
from qa.text import fold
from qa.types import Answer, Article, Hit, Passage

MOST = 3  # questions
_TRIED = 24  # that are asked for them
_PASSAGES = 6  # of one article that are looked at


def starters(articles: Iterable[Article], ask: Callable[[str], Answer]) -> tuple[str, ...]:
    """Return up to ``MOST`` questions that ``ask`` answers, of different articles if possible."""
    found: list[str] = []
    for suggestion in islice(_in_turns(map(_made, articles)), _TRIED):
        answer = ask(suggestion.question)
        from_it = answer.citations and answer.citations[0].article.id == suggestion.article
        if from_it and fold(suggestion.answer) in fold(answer.text):
            found.append(suggestion.question)
        if len(found) == MOST:
            break
    return tuple(found)


def _in_turns(made: Iterable[Iterator[Suggestion]]) -> Iterator[Suggestion]:
    """Yield the first suggestion of each article, then the second ones, and so on."""
    waiting = []
    for one in made:
        waiting.append(one)
        yield from islice(one, 1)
    for _ in range(_TRIED):
        for one in waiting:
            yield from islice(one, 1)


def _made(article: Article) -> Iterator[Suggestion]:
    for start, end in split(article.text)[:_PASSAGES]:
        yield from suggestions(_hit(article, start, end))


def _hit(article: Article, start: int, end: int) -> Hit:
    return Hit(Passage(0, article.id, start, end), article, article.text[start:end], 0.0, 0.0, 0.0)

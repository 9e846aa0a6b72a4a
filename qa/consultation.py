"""One question on its way to an answer: what it can mean, and what the library is asked for it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias

from qa.answering.aliases import others
from qa.answering.answering import Answerer, not_found
from qa.answering.computing import COMPUTABLE
from qa.answering.parts import TABLED, Part, Parts, is_of_part, parts_of
from qa.answering.tables import says_more, tabulate
from qa.asking.asked import Asked
from qa.asking.history import Past, exchanges
from qa.asking.model import AskingModel
from qa.presenting.presenting import HIGH
from qa.reading.rewriter import Rewriter, Rewriting
from qa.search.hits import HitFinder
from qa.types import SMALL_TALK, SURVEYED, Answer, Exchange, Filters, Hit

Steps: TypeAlias = Iterator["tuple[Hit, ...] | Answer"]  # passages as they are found, and answers


class Consulted(Protocol):
    """What is asked of a library."""

    hit_finder: HitFinder

    @property
    def asking(self) -> AskingModel:
        """What tells the kinds of questions."""

    @property
    def rewriter(self) -> Rewriter:
        """What completes follow-ups."""

    @property
    def answerer(self) -> Answerer:
        """What makes answers of passages."""

    def retrieve(self, query: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """Return passages for a query."""

    def survey(self, asked: Asked, history: Sequence[Past], filters: Filters) -> Answer:
        """Answer a question about the articles."""

    def require_admitted(self, filters: Filters) -> None:
        """Raise ArticleNotFoundError if the filters admit nothing."""


class Consultation:
    """A question, asked of a library after others, of the articles that filters admit."""

    def __init__(
        self, library: Consulted, question: str, history: Sequence[Past], filters: Filters
    ) -> None:
        """Take what is asked of what; nothing is read yet."""
        self._library = library
        self._question = question
        self._history = history
        self._filters = filters

    def steps(self) -> Steps:
        """Yield the passages found for each way of understanding it, and at last the answer.

        Raises:
            ArticleNotFoundError: if no article is within the filters.
            LibraryStaleError: if the stored vectors are from another model.
        """
        started = time.perf_counter()
        answers: list[Answer] = []
        for rewriting in self._rewritings():
            for step in self._one_way(rewriting):
                if isinstance(step, Answer):
                    carried = (piece for piece in rewriting.carried if piece in step.reading)
                    answers.append(replace(step, carried=tuple(carried)))
                else:
                    yield step
            if answers[-1].status == "answered":
                break
        best = _best(answers)
        if best.listing is None:  # a listing has reposts as it has all articles
            best = self._library.hit_finder.with_reposts(best, self._filters)
        best = replace(best, filters=self._filters)
        yield self._library.answerer.finish(best, self._question, time.perf_counter() - started)

    def _rewritings(self) -> list[Rewriting]:
        """Return how it can be understood; a question about the articles is never completed.

        这篇文章 is what was cited last, not what was asked of it.  A bare name after a question may
        stand for that question again.
        """
        read = self._library.asking.read(self._question)
        leans = read.kind == "entity" and self._history
        if read.kind in SURVEYED | SMALL_TALK and not leans:
            return [Rewriting(self._question)]
        return self._library.rewriter.rewrite(self._question, exchanges(self._history))

    def _one_way(self, rewriting: Rewriting) -> Steps:
        asked = self._library.asking.read(rewriting.text)
        if asked.kind in TABLED:
            return self._part_by_part(asked)
        # What a follow-up was completed to, 鹤山总投资, is no bare name that somebody typed.
        if asked.kind == "entity" and rewriting.carried:
            return self._as_one(asked.question)
        if asked.kind in SURVEYED | SMALL_TALK:
            return self._about_articles(asked)
        return self._as_one(asked.question)

    def _as_one(self, question: str) -> Steps:
        """Answer a question for one fact, by its words or by other names for what they mean."""
        for text in (question, *others(question)):
            hits = self._library.retrieve(text, self._library.answerer.depth, self._filters)
            if not hits:
                self._library.require_admitted(self._filters)
            yield tuple(hits)
            answer = self._library.answerer.answer(text, hits)
            yield answer
            if answer.status == "answered":
                return

    def _about_articles(self, asked: Asked) -> Steps:
        """Answer a question about the articles, or as one for a fact where that has a sure answer.

        出台了多少份文件 reads like a question of how many articles there are.  Sure is what is as
        sure as the kind: 什么是… may be for a definition or for all that is said.  As one for a
        fact, too, where the articles say nothing to it.
        """
        least = min(HIGH, asked.confidence)
        if asked.kind in {"articles", "entity"} or (asked.kind == "overview" and least < HIGH):
            for step in self._as_one(asked.question):
                if not isinstance(step, Answer):
                    yield step
                elif step.status == "answered" and step.confidence >= least:
                    yield step
                    return
        answer = self._library.survey(asked, self._history, self._filters)
        if answer.status == "answered" or asked.kind == "articles":
            yield answer
        else:
            yield from self._as_one(asked.question)

    def _part_by_part(self, asked: Asked) -> Steps:
        """Answer a question part by part, and as one where that says more, or more surely."""

        def find(query: str, k: int) -> list[Hit]:
            return self._library.retrieve(query, k, self._filters)

        parts = parts_of(asked, find, self._library.answerer.reader)
        answered = yield from self._each(asked, parts)
        tabled = tabulate(asked, answered)
        if tabled.status == "answered" and asked.compute not in COMPUTABLE:
            yield tabled
            return
        for step in self._as_one(asked.question):
            if not isinstance(step, Answer):
                yield step
            elif says_more(asked, step, tabled):
                yield step
                return
        yield tabled

    def _each(
        self, asked: Asked, parts: Parts
    ) -> Generator[tuple[Hit, ...] | Answer, None, list[tuple[Part, Answer]]]:
        """Answer a question for its parts; the first that a table answers tells all of its rows."""
        answered: list[tuple[Part, Answer]] = []
        for name in parts.names:
            for step in self._part(asked, name, [part.question for part, _ in answered]):
                if isinstance(step, Answer):
                    answered.append((Part(name, step.question), step))
                else:
                    yield step
            whole = parts.whole(asked, *answered[-1])
            if whole or parts.is_over(asked, answered):
                return whole or answered
        return answered

    def _part(self, asked: Asked, name: str, before: Sequence[str]) -> Steps:
        """Answer a question for one of its parts, of which the name is a follow-up to it.

        What was asked ``before`` for another part is not asked again in this one's name.
        """
        answers: list[Answer] = []
        for rewriting in self._library.rewriter.rewrite(name, [Exchange(asked.question)]):
            if rewriting.text in before or not is_of_part(asked, name, rewriting.text):
                continue
            for step in self._as_one(rewriting.text):
                if isinstance(step, Answer):
                    answers.append(replace(step, question=rewriting.text))
                else:
                    yield step
            if answers[-1].status == "answered":
                break
        yield _best(answers) if answers else not_found(name)


def _best(answers: Sequence[Answer]) -> Answer:
    """Return what was answered at last; where nothing was, the first tells best what is missing."""
    return answers[-1] if answers[-1].status == "answered" else answers[0]

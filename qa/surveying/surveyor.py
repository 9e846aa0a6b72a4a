"""Answers to questions about the folder itself, each with quotes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from embeddings import Encoder
from qa.answering.answering import NO_EVIDENCE
from qa.asking.asked import Asked
from qa.asking.history import Past
from qa.presenting.presenting import within
from qa.store.filtering import admits
from qa.store.store import Store
from qa.surveying.mentions import cite, names_of, pattern_of
from qa.surveying.scope import scope
from qa.surveying.spelling import corrections
from qa.surveying.summary import MOST, Stretch, summarise
from qa.text import simplify
from qa.types import Answer, Article, Citation, Exchange, Filters, Hit, Listing

TALK = {
    "greeting": "你好！文件夹里的文章写着的事都可以问我，每个答案都附上原文。",
    "thanks": "不客气。还想知道什么，接着问就好。",
    "help": (
        "可以问文章里写着的事，答案附上原文里的那一句；也可以问哪些文章提到了什么、一共有几篇、"
        "最早和最新的是哪篇，或者要一篇文章、一个来源、一个主题的要点。文章里没有的，会直说没有。"
    ),
}
_LOOKED_OVER = 2_000  # passages that an overview weighs; of more, as many spread evenly
_ON_TOPIC = 100  # passages that an overview of a topic weighs


class Surveyor:
    """Answers what is asked about the articles, not in them."""

    def __init__(
        self,
        store: Store,
        encoder: Callable[[], Encoder],
        retrieve: Callable[[str, int, Filters], list[Hit]],
        starters: Callable[[], tuple[str, ...]],
    ) -> None:
        """Take the articles in ``store``, what finds passages in them, and what to begin with."""
        self._store = store
        self._encoder = encoder
        self._retrieve = retrieve
        self._starters = starters

    def answer(self, asked: Asked, history: Sequence[Past], filters: Filters) -> Answer:
        """Answer a question of a kind that is ``SURVEYED`` or ``SMALL_TALK``."""
        started = time.perf_counter()
        if asked.kind in TALK:
            answer = _answer(asked, TALK[asked.kind])
            answer = replace(answer, suggestions=self._starters())
        else:
            narrowed, topic = scope(asked, self._store.catalog, filters, date.today())  # noqa: DTZ011 - 今年 is the reader's
            if asked.kind == "overview":
                answer = self._overview(
                    asked, topic, _last_cited(topic, filters, narrowed, history)
                )
            elif asked.kind == "entity":
                answer = self._entity(asked, topic or asked.question, narrowed)
            else:
                answer = self._articles(asked, topic, narrowed)
        return replace(answer, filters=filters, seconds=round(time.perf_counter() - started, 4))

    def listing(self, names: Sequence[str], filters: Filters, compute: str = "list") -> Listing:
        """Return all articles within ``filters`` that have one of ``names``, the newest first.

        The oldest come first where the ``earliest`` or the ``author`` is asked for.

        Exact: title and text of every article are looked through, and a name is found wherever
        its characters stand one after the other, whatever their script, width and case.  Articles
        without a date come last; without names all articles are returned.
        """
        newest_first = compute not in {"earliest", "author"}
        pattern = pattern_of(names)
        found, searched = self._store.catalog.containing(pattern, filters)
        found.sort(key=lambda article: article.path)
        found.sort(key=lambda article: article.published or date.min, reverse=newest_first)
        found.sort(key=lambda article: article.published is None)
        entries = tuple(cite(number, article, pattern) for number, article in enumerate(found, 1))
        return Listing(len(found), entries, searched, tuple(names), filters, compute)

    def corrected(
        self, question: str, topic: str = "", filters: Filters | None = None
    ) -> list[str]:
        """Return the question with a name that no article has replaced by a near one that some do.

        Nothing is replaced silently: they are there to be offered.
        """
        catalog, within = self._store.catalog, filters or Filters()
        near = corrections(question, topic, lambda: catalog.texts(within))
        return [question.replace(name, other) for name, other in near if name in question]

    def _articles(self, asked: Asked, topic: str, filters: Filters) -> Answer:
        listing = self.listing(names_of(topic), filters, asked.compute or "list")
        return _answer(asked, told(listing), listing, listing.entries[:MOST])

    def _entity(self, asked: Asked, name: str, filters: Filters) -> Answer:
        """Quote what the newest articles say of a name, and list all that mention it."""
        listing = self.listing(names_of(name), filters)
        quoted = listing.entries[:MOST]
        return _answer(asked, "\n".join(entry.quote for entry in quoted), listing, quoted)

    def _overview(self, asked: Asked, topic: str, filters: Filters) -> Answer:
        """Quote the sentences that carry most of an article, a source, a period or a topic."""
        pattern = pattern_of(names_of(topic))
        if topic or filters.article:
            hits = self._retrieve(
                topic or filters.article, _ON_TOPIC if topic else _LOOKED_OVER, filters
            )
            of = {
                hit.passage.id: Stretch(hit.article, (hit.passage.start, hit.passage.end))
                for hit in hits
            }
            if pattern is not None:
                of = {
                    number: item for number, item in of.items() if pattern.search(item.text)
                } or of
        else:
            of = self._spread(filters)
        encoder = self._encoder()
        ids, vectors = self._store.vectors.of_passages(encoder.fingerprint, of)
        best = summarise(
            [of[number] for number in ids],
            vectors,
            lambda texts: encoder.encode_documents([simplify(text) for text in texts]),
        )
        if filters.article:
            best.sort(key=lambda sentence: sentence.span)
        cited = tuple(
            Citation(number, item.article, item.text, *item.span)
            for number, item in enumerate(best, 1)
        )
        articles = len({item.article.id for item in of.values()})
        listing = Listing(articles, cited, articles, names_of(topic), filters)
        return _answer(asked, "\n".join(item.quote for item in cited), listing, cited)

    def _spread(self, filters: Filters) -> dict[int, Stretch]:
        """Return passages of all articles within filters, of many as many spread evenly."""
        passages = self._store.passages
        ids = passages.admitted(filters)
        ids = passages.ids() if ids is None else ids
        found = passages.get(ids[:: -(-len(ids) // _LOOKED_OVER) or 1])
        return {
            number: Stretch(article, (passage.start, passage.end))
            for number, (passage, article) in found.items()
            if admits(filters, article)
        }


def told(listing: Listing) -> str:
    """Return what a listing says in a line: how many of how many, and the first where one is asked.

    All are counted, and the line says so.
    """
    among = "、".join(within(listing.within)) or "全部文章"
    names = "或".join(f"“{name}”" for name in listing.terms)
    line = f"查了{among}，共 {listing.searched} 篇，"
    line += f"{listing.total} 篇提到{names}。" if names else "都在下面。"
    if listing.compute in {"earliest", "latest"} and listing.entries:
        word = "最早" if listing.compute == "earliest" else "最新"
        line = f"{word}的一篇：{_named(listing.entries[0].article)}。{line}"
    elif listing.compute == "author" and listing.entries:
        sources = Counter(entry.article.source or "来源不详" for entry in listing.entries)
        line += "来源：" + "、".join(f"{name} {n} 篇" for name, n in sources.most_common()) + "。"
    return line


def _named(article: Article) -> str:
    day = article.published.isoformat() if article.published else "日期不详"
    return f"《{article.title or article.path}》（{article.source or '来源不详'}，{day}）"


def _answer(
    asked: Asked, text: str, listing: Listing | None = None, cited: Sequence[Citation] = ()
) -> Answer:
    """Return an answer, or none where nothing is listed; what is counted is sure."""
    answered = listing is None or bool(listing.entries)
    return Answer(
        question=asked.question,
        status="answered" if answered else "no_evidence",
        text=text if answered else NO_EVIDENCE,
        citations=tuple(cited),
        related=(),
        missing_terms=() if answered or listing is None else listing.terms[:1],
        confidence=1.0 if answered else 0.0,
        seconds=0.0,
        kind=asked.kind,
        listing=listing,
    )


def _last_cited(
    topic: str, filters: Filters, narrowed: Filters, history: Sequence[Past]
) -> Filters:
    """Return the filters of an overview: those it names, or else the article cited last."""
    if topic or narrowed != filters or filters.article:
        return narrowed
    for past in reversed(history):
        if isinstance(past, Exchange) and past.article:
            return replace(filters, article=past.article)
        if isinstance(past, Answer) and past.citations:
            return replace(filters, article=past.citations[0].article.path)
    return narrowed

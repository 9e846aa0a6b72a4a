"""Hits for a query from one snapshot of the indexes, and the reposts of what they are from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from embeddings import Encoder
from qa.articles.reposts import counterpart
from qa.search.indexes import Indexes, Snapshot, SupersededError
from qa.store.filtering import admits
from qa.store.store import Store
from qa.text import sentences
from qa.types import Answer, Article, Citation, Filters, Hit, Passage, Span

if TYPE_CHECKING:
    from qa.search.retrieval import ScoredPassage

_STRETCH = 1.5  # how much longer than a passage its counterpart in a repost may be


class HitFinder:
    """Turns what the indexes know, ids and scores, into passages of articles."""

    def __init__(self, store: Store, indexes: Indexes) -> None:
        """Take the store that the indexes are derived from."""
        self._store = store
        self._indexes = indexes

    def find(
        self, encoder: Encoder, snapshot: Snapshot, query: str, k: int, filters: Filters
    ) -> list[Hit] | None:
        """Return up to ``k`` hits, best first; ties in the order of paths and places in the text.

        So a library finds the same, however it came to hold its articles.  None if what this
        snapshot was made of is gone meanwhile, by a newer one or by another server's sync.
        """
        from qa.search.retrieval import Retriever  # with numpy, for which a list need not wait

        retriever = Retriever(encoder, snapshot.dense, snapshot.lexical)
        allowed, wanted = self._store.passages.admitted(filters), k
        while True:
            try:
                candidates = retriever.retrieve(query, wanted, allowed)
            except SupersededError:
                return None
            hits = self._hits(snapshot, candidates, filters)
            if hits is None or len(hits) >= k or len(candidates) < wanted:
                return hits if hits is None else hits[:k]
            wanted *= 2  # a passage of an original may have no counterpart in the repost admitted

    def _hits(
        self, snapshot: Snapshot, candidates: Sequence[ScoredPassage], filters: Filters
    ) -> list[Hit] | None:
        """Return the admitted hits among the candidates, as :meth:`find` does."""
        found = self._store.passages.get(candidate.id for candidate in candidates)
        is_sure = snapshot.is_frozen and len(found) == len(candidates) and filters == Filters()
        if not is_sure and not self.is_in_force(snapshot):
            return None  # passages may have gone, or filters knew of newer ones only
        hits = [
            Hit(
                passage=passage,
                article=article,
                text=article.text[passage.start : passage.end],
                score=candidate.score,
                dense=candidate.dense,
                lexical=candidate.lexical,
            )
            for candidate in candidates
            if candidate.id in found  # nothing that is gone reaches an answer
            for passage, article in [found[candidate.id]]
        ]
        hits.sort(key=lambda hit: (-hit.score, hit.article.path, hit.passage.start))
        return hits if filters == Filters() else self._admitted(hits, filters)

    def is_in_force(self, snapshot: Snapshot) -> bool:
        """Tell whether a snapshot is the newest, and the store has what it was made of."""
        return self._store.still_has(snapshot.state) and self._indexes.is_current(snapshot)

    def _admitted(self, hits: Sequence[Hit], filters: Filters) -> list[Hit]:
        """Put an admitted repost in the place of an article that was only indexed for it."""
        reposts = self._store.reposts.of(hit.article.id for hit in hits)
        found = (
            hit if admits(filters, hit.article) else _in_repost(hit, reposts, filters)
            for hit in hits
        )
        return [hit for hit in found if hit is not None]

    def with_reposts(self, answer: Answer, filters: Filters) -> Answer:
        """Cite the reposts of what is cited, too, where they have the quote."""
        reposts = self._store.reposts.of(citation.article.id for citation in answer.citations)
        citations = list(answer.citations)
        for citation in answer.citations:
            for article in reposts.get(citation.article.id, ()):
                span = counterpart(citation.quote, article.text)
                if span is not None and admits(filters, article):
                    quote = article.text[span[0] : span[1]]
                    citations.append(Citation(len(citations) + 1, article, quote, *span))
        return dataclasses.replace(answer, citations=tuple(citations))


def _in_repost(hit: Hit, reposts: Mapping[int, Sequence[Article]], filters: Filters) -> Hit | None:
    """Return the hit as it stands in the first of its article's reposts that is admitted."""
    for article in reposts.get(hit.article.id, ()):
        span = passage_in(hit.text, article.text)
        if span is not None and admits(filters, article):
            passage = Passage(hit.passage.id, article.id, *span)
            text = article.text[span[0] : span[1]]
            return dataclasses.replace(hit, passage=passage, article=article, text=text)
    return None


def passage_in(passage: str, text: str) -> Span | None:
    """Return the part of a repost that corresponds to a passage of its original.

    Where they differ, it is what lies between the first and the last sentence that both have, if
    these are as near to each other as in the passage.
    """
    whole = counterpart(passage, text)
    if whole is not None:
        return whole
    own = (counterpart(passage[start:end], text) for start, end in sentences(passage))
    found = [span for span in own if span is not None]
    if not found:
        return None
    start, end = min(span[0] for span in found), max(span[1] for span in found)
    return (start, end) if end - start <= _STRETCH * len(passage) else max(found, key=_length)


def _length(span: Span) -> int:
    return span[1] - span[0]

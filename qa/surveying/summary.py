"""The sentences that carry most of some passages: central ones, no two of which say the same.

A passage is central by its degree in the graph of cosines (Erkan and Radev 2004, "LexRank:
graph-based lexical centrality as salience in text summarization": the degree does as well there as
the eigenvector).  What is chosen is central and unlike what was chosen before: maximal marginal
relevance (Carbonell and Goldstein 1998, "The use of MMR, diversity-based reranking").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from embeddings import Vectors
from qa.surveying.mentions import MAX_QUOTE, is_prose
from qa.text import sentences
from qa.types import Article, Span

MOST = 5  # sentences
_RELEVANCE = 0.7  # share of centrality in what is chosen, against likeness to what was


class Stretch(NamedTuple):
    """A passage or sentence of an article."""

    article: Article
    span: Span

    @property
    def text(self) -> str:
        """What it says."""
        return self.article.text[slice(*self.span)]


def summarise(
    passages: Sequence[Stretch], vectors: Vectors, encode: Callable[[Sequence[str]], Vectors]
) -> list[Stretch]:
    """Return up to ``MOST`` sentences of ``passages``, in the order in which they were chosen.

    ``vectors`` are those of the passages, a unit row each.  Of several articles none is chosen
    twice while there are others.  Only the chosen passages' sentences are encoded.
    """
    speaking = [place for place, item in enumerate(passages) if telling(item)]
    if not speaking:
        return []
    passages, vectors = [passages[place] for place in speaking], vectors[speaking]
    middle = vectors.mean(axis=0)
    chosen = choose(vectors, vectors @ middle, [item.article.id for item in passages], 1)
    if len(chosen) < MOST:
        chosen = choose(vectors, vectors @ middle, list(range(len(passages))), 1)
    each = -(-MOST // len(chosen))
    found = [
        (group, Stretch(passages[place].article, span))
        for group, place in enumerate(chosen)
        for span in telling(passages[place])
    ]
    rows = encode([sentence.text for _, sentence in found])
    best = choose(rows, rows @ middle, [group for group, _ in found], each)
    return [found[place][1] for place in best]


def choose(
    rows: Vectors, central: Vectors, groups: Sequence[int], of_each: int, most: int = MOST
) -> list[int]:
    """Return up to ``most`` places in ``rows``, ``of_each`` group at most, by MMR."""
    score = _RELEVANCE * np.array(central, dtype=np.float64)
    likeness = np.zeros(len(rows))
    group = np.array(groups)
    chosen: list[int] = []
    while len(chosen) < min(most, len(rows)):
        place = int(np.argmax(score - (1 - _RELEVANCE) * likeness))
        if score[place] == -np.inf:
            break
        chosen.append(place)
        score[place] = -np.inf
        if sum(group[other] == group[place] for other in chosen) >= of_each:
            score[group == group[place]] = -np.inf
        likeness = np.maximum(likeness, rows @ rows[place])
    return chosen


def telling(passage: Stretch) -> list[Span]:
    """Return the sentences of a passage that can stand by themselves."""
    text = passage.article.text
    return [
        (start, end)
        for start, end in sentences(text, *passage.span)
        if end - start <= MAX_QUOTE and is_prose(text[start:end])
    ]

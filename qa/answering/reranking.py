"""Retrieved passages in the order in which they answer, by the reader's own scores."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from qa.answering.candidates import lead, log_odds
from qa.reading.reading import PassageReader
from qa.types import Hit

DEPTH = 10  # passages read; those after them keep their places
# What the reader's log odds count for beside the sum of standardised scores; chosen on CMRC2018
# trial (tests/benchmarks/reranking.py).
WEIGHT = 0.5


def rerank(question: str, hits: Sequence[Hit], reader: PassageReader) -> list[Hit]:
    """Return the hits with the first ``DEPTH`` in a new order; their scores are the new ones.

    Scores stay comparable: what was not read keeps its score, but never stands before what was.
    """
    first, rest = hits[:DEPTH], hits[DEPTH:]
    readings = reader.read(question, [lead(hit) + hit.text for hit in first])
    scored = [
        dataclasses.replace(hit, score=hit.score + WEIGHT * log_odds(reading.score))
        for hit, reading in zip(first, readings, strict=True)
    ]
    scored.sort(key=lambda hit: -hit.score)
    lowest = scored[-1].score if scored else 0.0
    return scored + [dataclasses.replace(hit, score=min(hit.score, lowest)) for hit in rest]

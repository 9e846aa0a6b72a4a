"""What the reader's second look at the passages brings to retrieval.

One command::

    python -m tests.benchmarks.reranking --limit 1000     # questions of each set; all without it

The contexts of CMRC2018 dev and DRCD test and 12,000 news articles make one corpus, cut into the
program's own passages.  A question counts as answered at k if a passage of its context is among
those of the k best articles.  Neither set was used to train or to choose anything.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from qa import Reader
from qa.answering.candidates import log_odds
from qa.answering.reranking import DEPTH, WEIGHT
from qa.search.lexical import LexicalIndex
from qa.search.retrieval import Retriever, ScoredPassage
from qa.text import simplify
from tests.benchmarks.data import DEFAULT_FOLDER, read_news, read_rows
from tests.benchmarks.retrieval import Corpus

DISTRACTORS = 12_000
CUTS = (1, 5, 10)
WEIGHTS = (0.0, 0.1, 0.25, WEIGHT, 1.0, 2.0)


def order(
    corpus: Corpus, found: Sequence[ScoredPassage], odds: Sequence[float], weight: float
) -> list[int]:
    """Return the documents, best first, when the reader's log odds count ``weight``."""
    ranked = sorted(
        zip(found[:DEPTH], odds, strict=True), key=lambda pair: -(pair[0].score + weight * pair[1])
    )
    ids = [candidate.id for candidate, _ in ranked] + [item.id for item in found[DEPTH:]]
    return list(dict.fromkeys(corpus.document_of[number] for number in ids))


def main() -> None:
    """Retrieve, read and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["cmrc2018_dev", "drcd_test"])
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--distractors", type=int, default=DISTRACTORS)
    parser.add_argument("--limit", type=int, help="questions of each set, spread over it")
    arguments = parser.parse_args()
    rows = [read_rows(arguments.data, name) for name in arguments.sets]
    news = read_news(arguments.data, arguments.distractors)
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Corpus([row for part in rows for row in part], Path(scratch), news)
        retriever = Retriever(corpus.encoder, corpus.dense, LexicalIndex(Path(scratch)))
        reader = Reader.load()
        wanted = dict(zip((row.id for part in rows for row in part), corpus.wanted, strict=True))
        asked = [
            row
            for part in rows
            for row in part[:: max(1, len(part) // (arguments.limit or len(part)))]
        ]
        hits = {weight: np.zeros(len(CUTS)) for weight in WEIGHTS}
        spent = 0.0
        for row in asked:
            found = retriever.retrieve(simplify(row.question), 100)
            texts = [corpus.texts[candidate.id] for candidate in found[:DEPTH]]
            started = time.perf_counter()
            odds = [log_odds(reading.score) for reading in reader.read(row.question, texts)]
            spent += time.perf_counter() - started
            for weight, count in hits.items():
                documents = order(corpus, found, odds, weight)
                count += [wanted[row.id] in documents[:cut] for cut in CUTS]
    print(
        f"{len(asked)} questions, {len(corpus.texts)} passages, {spent / len(asked):.3f} s to read"
    )
    print("| reader's weight | R@1 | R@5 | R@10 |\n|---|---|---|---|")
    for weight, count in hits.items():
        print(f"| {weight} | " + " | ".join(f"{share:.4f}" for share in count / len(asked)) + " |")


if __name__ == "__main__":
    main()

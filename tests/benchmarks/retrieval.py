"""Document-level recall of the ways to rank, on public question sets.

One command::

    python -m tests.benchmarks.retrieval            # CMRC2018 dev and DRCD test

Every context of a set is an article, cut into the program's own passages; a question counts as
answered at k if a passage of its context is among those of the k best articles.  Neither set was
used to train or to choose anything.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from embeddings import SentenceTransformerEncoder, Vectors
from embeddings.index import VectorIndex
from qa.articles.passages import split
from qa.search.lexical import LexicalIndex
from qa.search.retrieval import CANDIDATES, fuse
from qa.text import simplify
from tests.benchmarks.data import DEFAULT_FOLDER, Row, read_rows

Ranking = Callable[[str, Vectors], list[int]]  # passage ids, best first
CUTS = (1, 5, 10)
RRF_CONSTANT = 60  # Cormack, Clarke and Buettcher 2009


class Corpus:
    """The passages of a question set and of other articles, indexed every way."""

    def __init__(self, rows: Sequence[Row], folder: Path, others: Sequence[str] = ()) -> None:
        contexts = list(dict.fromkeys(row.context for row in rows))
        numbers = {context: number for number, context in enumerate(contexts)}
        self.document_of: list[int] = []
        self.texts: list[str] = []
        for number, context in enumerate((*contexts, *others)):
            for start, end in split(context):
                self.document_of.append(number)
                self.texts.append(context[start:end])
        texts = self.texts
        self.wanted = [numbers[row.context] for row in rows]
        self.encoder = SentenceTransformerEncoder()
        started = time.perf_counter()
        vectors = self.encoder.encode_documents([simplify(text) for text in texts])
        self.encoding_seconds = time.perf_counter() - started
        self.characters = sum(map(len, texts))
        self.dense = VectorIndex(vectors.shape[1])
        self.dense.add(range(len(texts)), vectors)
        LexicalIndex(folder).update([], enumerate(texts))
        self.lexical = {
            name: LexicalIndex(folder, weights)
            for name, weights in {
                "words": {"words": 1.0},
                "bigrams": {"bigrams": 1.0},
                "both": None,
            }.items()
        }

    def by_dense(self, _query: str, vector: Vectors) -> list[int]:
        """Rank by cosine."""
        return [number for number, _ in self.dense.search(vector, CANDIDATES)]

    def by_lexical(self, field: str) -> Ranking:
        """Rank by BM25 over a field."""
        index = self.lexical[field]
        return lambda query, _vector: [number for number, _ in index.search(query, CANDIDATES)]

    def by_ranks(self, field: str) -> Ranking:
        """Rank by reciprocal rank fusion."""

        def rank(query: str, vector: Vectors) -> list[int]:
            score: dict[int, float] = {}
            for ids in (self.by_dense(query, vector), self.by_lexical(field)(query, vector)):
                for place, number in enumerate(ids, start=1):
                    score[number] = score.get(number, 0.0) + 1 / (RRF_CONSTANT + place)
            return sorted(score, key=lambda number: -score[number])

        return rank

    def by_scores(self, field: str) -> Ranking:
        """Rank as the program does: standardised scores, summed."""
        index = self.lexical[field]

        def rank(query: str, vector: Vectors) -> list[int]:
            dense = dict(self.dense.search(vector, CANDIDATES))
            lexical = dict(index.search(query, CANDIDATES))
            missing = sorted(lexical.keys() - dense.keys())
            dense |= dict(zip(missing, map(float, self.dense.scores(vector, missing)), strict=True))
            lexical |= index.scores(query, sorted(dense.keys() - lexical.keys()))
            return [candidate.id for candidate in fuse(sorted(dense), dense, lexical)]

        return rank


def recall(
    corpus: Corpus, rank: Ranking, questions: Sequence[str], vectors: Vectors
) -> list[float]:
    """Return document-level recall at each of ``CUTS``."""
    hits = [0] * len(CUTS)
    for question, vector, wanted in zip(questions, vectors, corpus.wanted, strict=True):
        documents = list(dict.fromkeys(corpus.document_of[n] for n in rank(question, vector)))
        for place, cut in enumerate(CUTS):
            hits[place] += wanted in documents[:cut]
    return [hit / len(questions) for hit in hits]


def measure(folder: Path, name: str, limit: int | None) -> None:
    """Print the table of one question set."""
    rows = read_rows(folder, name, limit)
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Corpus(rows, Path(scratch))
        questions = [row.question for row in rows]
        vectors = corpus.encoder.encode_queries([simplify(question) for question in questions])
        speed = corpus.characters / corpus.encoding_seconds
        print(
            f"\n{name}: {len(rows)} questions, {max(corpus.document_of) + 1} documents in"
            f" {len(corpus.document_of)} passages; encoded at {speed:.0f} characters/s\n"
        )
        print("| ranking | R@1 | R@5 | R@10 | ms a question |")
        print("|---|---|---|---|---|")
        rankings: list[tuple[str, Ranking]] = [
            ("dense alone", corpus.by_dense),
            ("BM25 over jieba words", corpus.by_lexical("words")),
            ("BM25 over character bigrams", corpus.by_lexical("bigrams")),
            ("reciprocal rank fusion, dense + jieba words", corpus.by_ranks("words")),
            ("standardised scores, dense + bigrams", corpus.by_scores("bigrams")),
            ("**standardised scores, dense + bigrams + words**", corpus.by_scores("both")),
        ]
        for label, rank in rankings:
            started = time.perf_counter()
            figures = recall(corpus, rank, questions, vectors)
            spent = (time.perf_counter() - started) / len(questions) * 1000
            cells = " | ".join(f"{figure:.3f}" for figure in figures)
            print(f"| {label} | {cells} | {spent:.1f} |", flush=True)


def main() -> None:
    """Measure the sets that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["cmrc2018_dev", "drcd_test"])
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--limit", type=int, help="questions of each set")
    arguments = parser.parse_args()
    for name in arguments.sets:
        measure(arguments.data, name, arguments.limit)


if __name__ == "__main__":
    main()

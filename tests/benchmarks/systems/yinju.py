"""This project: a library as a sync makes it, asked as ``yinju search`` asks it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.encoder import Progress
from qa.library import Library
from qa.syncing.ingest import Ingest
from qa.text import simplify
from qa.types import Article
from tests.benchmarks.systems import Documents, Vectors
from tests.rule_reader import RuleReader


class Given:
    """An encoder whose vectors were made before: of passages by their text, of one question."""

    fingerprint = "given"

    def __init__(self) -> None:
        """Know nothing yet."""
        self.known: dict[str, Vectors] = {}
        self.question = np.zeros(1, dtype=np.float32)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return len(self.question)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Look the vectors up."""
        return np.stack([self.known[text] for text in texts])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the vector of the question in hand."""
        return np.stack([self.question for _ in texts])


class Yinju:
    """A whole library: articles, passages, vectors and both indexes, safe against a power cut."""

    reader = True  # a stand-in for the reader, which a search does not ask

    def __init__(self, folder: Path) -> None:
        """Make the library in ``folder``."""
        self._given = Given()
        reader = RuleReader() if self.reader else None
        self.library = Library.open(folder, encoder=self._given, reader=reader)
        self._count = 0

    def prepare(self, documents: Documents) -> None:
        """Look up the vectors of the texts that will be encoded; this is not measured."""
        texts = map(simplify, documents.texts)
        self._given.known = dict(zip(texts, documents.vectors, strict=True))

    def build(self, documents: Documents) -> None:
        """Store and index all articles: all of a sync but the reading of files and the encoder."""
        self._put(documents.articles)

    def _put(self, articles: Sequence[str]) -> None:
        ingest = Ingest(self.library.store, self._given, len(articles))
        for text in articles:
            path = f"{self._count}.txt"
            self._count += 1
            digest = hashlib.sha256(text.encode()).hexdigest()
            ingest.put(Article(0, path, "", "", None, "", text, digest), path)
        ingest.settle()
        self.library.current_indexes.publish(self._given)

    def add(self, text: str, vector: Vectors) -> None:
        """Store and index one article."""
        self._given.known[simplify(f"\n{text}")] = vector
        self._put([text])

    def search(self, question: str, vector: Vectors, k: int) -> list[int]:
        """Rank by the fused scores."""
        self._given.question = vector
        hits = self.library.retrieve(question, k)
        return list(dict.fromkeys(_number(hit.article) for hit in hits))


class DenseOnly(Yinju):
    """The dense index alone."""

    def search(self, question: str, vector: Vectors, k: int) -> list[int]:
        """Rank by cosine."""
        snapshot, _ = self.library.current_indexes.current()
        return self._documents([number for number, _ in snapshot.dense.search(vector, k)])

    def _documents(self, ids: Sequence[int]) -> list[int]:
        found = self.library.store.passages.get(ids)
        return list(dict.fromkeys(_number(found[number][1]) for number in ids))


class LexicalOnly(DenseOnly):
    """The lexical index alone."""

    def search(self, question: str, vector: Vectors, k: int) -> list[int]:
        """Rank by BM25 over bigrams and words."""
        snapshot, _ = self.library.current_indexes.current()
        return self._documents([number for number, _ in snapshot.lexical.search(question, k)])


class Reranked(Yinju):
    """The fused ranking, read again by the built-in reader."""

    reader = False

    def search(self, question: str, vector: Vectors, k: int) -> list[int]:
        """Rank by the reader."""
        self._given.question = vector
        hits = self.library.retrieve(question, k, rerank=True)
        return list(dict.fromkeys(_number(hit.article) for hit in hits))


def _number(article: Article) -> int:
    return int(article.path.removesuffix(".txt"))

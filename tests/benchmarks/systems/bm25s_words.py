"""bm25s over jieba's words: the fastest lexical search in plain Python, without vectors."""

from __future__ import annotations

from pathlib import Path

import bm25s
import jieba

from tests.benchmarks.systems import Documents, Vectors


class Bm25s:
    """BM25 by sparse matrices; an index is built whole or not at all."""

    def __init__(self, folder: Path) -> None:
        """Keep the index in ``folder``."""
        self._folder = folder
        self._words: list[list[str]] = []
        self._document_of: list[int] = []

    def build(self, documents: Documents) -> None:
        """Cut and index all passages."""
        self._words = [jieba.lcut(text) for text in documents.texts]
        self._document_of = list(documents.document_of)
        self._index()

    def _index(self) -> None:
        self._retriever = bm25s.BM25()
        self._retriever.index(self._words, show_progress=False)
        self._retriever.save(str(self._folder))

    def add(self, text: str, vector: Vectors) -> None:
        """Index everything anew: there is no other way."""
        self._words.append(jieba.lcut(text))
        self._document_of.append(max(self._document_of) + 1)
        self._index()

    def search(self, question: str, vector: Vectors, k: int) -> list[int]:
        """Rank by BM25."""
        found, _ = self._retriever.retrieve([jieba.lcut(question)], k=k, show_progress=False)
        return list(dict.fromkeys(self._document_of[number] for number in found[0]))

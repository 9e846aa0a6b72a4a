"""txtai's hybrid index: FAISS and its own BM25, fused by the weights that it takes by default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from txtai import Embeddings

from tests.benchmarks.systems import Documents, Vectors


class TxtaiHybrid:
    """One ``Embeddings`` with ``hybrid``, given the vectors that every system is given.

    txtai cuts Chinese text into single characters unless it is told to take n-grams.
    """

    def __init__(self, folder: Path, ngrams: int | None = None) -> None:
        """Keep the index in ``folder``."""
        self._folder = folder
        self._document_of: list[int] = []
        self._known: dict[str, Vectors] = {}

        def vectors(texts: list[str]) -> Vectors:  # a function: txtai calls methods otherwise
            return np.stack([self._known[text] for text in texts])

        options: dict[str, Any] = {"method": "external", "transform": vectors}
        if ngrams is None:
            options["hybrid"] = True
        else:
            options["dense"] = True
            options["scoring"] = {
                "method": "bm25",
                "terms": True,
                "normalize": True,
                "tokenizer": {"ngrams": ngrams},
            }
        self._embeddings = Embeddings(options)

    def build(self, documents: Documents) -> None:
        """Index all passages, and save the index."""
        self._document_of = list(documents.document_of)
        self._known = dict(zip(documents.texts, documents.vectors, strict=True))
        self._embeddings.index((n, text, None) for n, text in enumerate(documents.texts))
        self._known = {}
        self._embeddings.save(str(self._folder))

    def add(self, text: str, vector: Vectors) -> None:
        """Insert a passage and save."""
        self._known = {text: vector}
        self._document_of.append(max(self._document_of) + 1)
        self._embeddings.upsert([(len(self._document_of) - 1, text, None)])
        self._embeddings.save(str(self._folder))

    def search(self, question: str, vector: Vectors, k: int) -> list[int]:
        """Rank by both."""
        self._known = {question: vector}
        found = self._embeddings.search(question, k)
        return list(dict.fromkeys(self._document_of[int(number)] for number, _ in found))

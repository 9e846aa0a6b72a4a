"""LangChain as tutorials for Chinese set it up: FAISS, BM25 over jieba, reciprocal rank fusion."""

from __future__ import annotations

import pickle
from pathlib import Path

import jieba
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_community.vectorstores.utils import DistanceStrategy
from langchain_core.embeddings import Embeddings

from tests.benchmarks.systems import Documents, Vectors


class _Given(Embeddings):
    """Vectors that were made before, by text."""

    def __init__(self) -> None:
        self.known: dict[str, list[float]] = {}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.known[text] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.known[text]


class Ensemble:
    """``EnsembleRetriever`` over both retrievers, with equal weights."""

    def __init__(self, folder: Path) -> None:
        """Keep both indexes in ``folder``; BM25 as a pickle, for want of another way."""
        self._folder = folder
        self._given = _Given()
        self._texts: list[str] = []
        self._document_of: list[int] = []

    def build(self, documents: Documents) -> None:
        """Index all passages twice."""
        self._texts = list(documents.texts)
        self._document_of = list(documents.document_of)
        self._dense = FAISS.from_embeddings(
            zip(self._texts, documents.vectors.tolist(), strict=True),
            self._given,
            metadatas=[{"document": number} for number in self._document_of],
            distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT,
        )
        self._index_words()

    def _index_words(self) -> None:
        self._lexical = BM25Retriever.from_texts(
            self._texts,
            metadatas=[{"document": number} for number in self._document_of],
            preprocess_func=jieba.lcut,
        )
        self._dense.save_local(str(self._folder))
        with (self._folder / "bm25.pickle").open("wb") as file:
            pickle.dump(self._lexical.vectorizer, file)

    def add(self, text: str, vector: Vectors) -> None:
        """Add to FAISS; build BM25 anew, which cannot be added to."""
        number = max(self._document_of) + 1
        self._texts.append(text)
        self._document_of.append(number)
        self._dense.add_embeddings([(text, vector.tolist())], metadatas=[{"document": number}])
        self._index_words()

    def search(self, question: str, vector: Vectors, k: int) -> list[int]:
        """Rank by reciprocal rank fusion of the ``k`` best of each."""
        self._given.known = {question: vector.tolist()}
        self._lexical.k = k
        retriever = EnsembleRetriever(
            retrievers=[self._dense.as_retriever(search_kwargs={"k": k}), self._lexical],
            weights=[0.5, 0.5],
        )
        found = retriever.invoke(question)
        return list(dict.fromkeys(int(passage.metadata["document"]) for passage in found))

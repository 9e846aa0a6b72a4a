"""Systems that are compared: this project and what its users would pick instead.

Each module has a class of the protocol :class:`System`; ``harness`` runs one of them in a process
of its own, in its own environment, and writes what it measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Documents:
    """What is indexed: whole documents, their passages in the same order, a vector for each."""

    articles: Sequence[str]
    texts: Sequence[str]
    document_of: Sequence[int]
    vectors: Vectors


class System(Protocol):
    """A retrieval system over passages; passages are named by their place in the input."""

    def build(self, documents: Documents) -> None:
        """Index all, and keep it on disk in its folder, if the system can."""

    def add(self, text: str, vector: Vectors) -> None:
        """Index one more document of one passage, by the way the system offers for that."""

    def search(self, question: str, vector: Vectors, k: int) -> list[int]:
        """Return the documents of the ``k`` best passages, best first, each named once."""


# Name in tables: (module, class, arguments, whether it runs in the peers' environment)
SYSTEMS: dict[str, tuple[str, str, dict[str, Any], bool]] = {
    "引据": ("yinju", "Yinju", {}, False),
    "引据, dense only": ("yinju", "DenseOnly", {}, False),
    "引据, lexical only": ("yinju", "LexicalOnly", {}, False),
    "引据, re-ranked by the reader": ("yinju", "Reranked", {}, False),
    "txtai, hybrid": ("txtai_hybrid", "TxtaiHybrid", {}, True),
    "txtai, hybrid, bigrams": ("txtai_hybrid", "TxtaiHybrid", {"ngrams": 2}, True),
    "LangChain, FAISS + BM25 over jieba, RRF": ("langchain_ensemble", "Ensemble", {}, True),
    "bm25s over jieba": ("bm25s_words", "Bm25s", {}, True),
}


def make(name: str, folder: Path) -> System:
    """Return the system of a name in :data:`SYSTEMS`, which keeps its files in ``folder``."""
    module, attribute, arguments, _ = SYSTEMS[name]
    found = getattr(import_module(f"tests.benchmarks.systems.{module}"), attribute)
    maker: Callable[..., System] = found
    return maker(folder, **arguments)

"""The documents that systems are compared on, and the vectors that all of them are given.

One command, which can be stopped and continued, makes the vectors::

    python -m tests.benchmarks.systems.corpus build/bench

The contexts of CMRC2018 dev and DRCD test come first, the news after them, so that a smaller corpus
is the beginning of a larger one.  Every system gets the same passages, and for the same text the
same vector; encoding, which takes over an hour, is measured once and told apart.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings import SentenceTransformerEncoder, Vectors
from qa.articles.passages import split
from qa.search.indexes import indexed_text
from qa.text import simplify
from qa.types import Article
from tests.benchmarks.data import DEFAULT_FOLDER, Row, read_news, read_rows

SETS = ("cmrc2018_dev", "drcd_test")  # neither was used to train or to choose anything
NEWS = 63_668  # articles, all there are
_BLOCK = 4_096  # texts encoded between two files; what a stop costs at most


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents and questions; a question's document is ``wanted[i]``, a place in ``documents``."""

    documents: list[str]
    questions: list[Row]
    wanted: list[int]


def read_corpus(folder: Path, news: int = NEWS, sets: Sequence[str] = SETS) -> Corpus:
    """Read the contexts and questions of ``sets``, and the first ``news`` news articles."""
    rows = [row for name in sets for row in read_rows(folder, name)]
    contexts = {context: number for number, context in enumerate(_unique(rows))}
    wanted = [contexts[row.context] for row in rows]
    return Corpus([*contexts, *read_news(folder, news)], rows, wanted)


def _unique(rows: Iterable[Row]) -> Iterable[str]:
    return dict.fromkeys(row.context for row in rows)


def passages(document: str) -> list[str]:
    """Return what is indexed of a document: the texts of its passages, as the program cuts them."""
    article = Article(0, "", "", "", None, "", document, "")
    return [indexed_text(article, span) for span in split(document)]


class VectorFiles:
    """Vectors by the text that was encoded, in numbered files of a folder."""

    def __init__(self, folder: Path) -> None:
        """Read what is there; the folder is made when something is put into it."""
        self._folder = folder
        parts = [np.load(path) for path in sorted(folder.glob("*.npz"))]
        self._at: dict[bytes, tuple[int, int]] = {}
        self._rows: list[Vectors] = []
        for part in parts:
            self._take(part["keys"].tobytes(), part["vectors"])

    def _take(self, keys: bytes, vectors: Vectors) -> None:
        number = len(self._rows)
        self._rows.append(vectors)
        for row in range(len(vectors)):
            self._at[keys[row * 32 : row * 32 + 32]] = (number, row)

    def __contains__(self, text: str) -> bool:
        """Tell whether the vector of a text is there."""
        return _key(text) in self._at

    def __getitem__(self, text: str) -> Vectors:
        """Return the vector of a text, a unit vector of float32."""
        number, row = self._at[_key(text)]
        return self._rows[number][row].astype(np.float32)

    def put(self, texts: Sequence[str], vectors: Vectors, seconds: float) -> None:
        """Write the vectors of ``texts``, which took ``seconds`` to encode."""
        self._folder.mkdir(parents=True, exist_ok=True)
        keys = b"".join(map(_key, texts))
        path = self._folder / f"{len(self._rows):05d}.npz"
        scratch = path.with_suffix(".new")
        with scratch.open("wb") as file:
            np.savez(
                file, keys=np.frombuffer(keys, np.uint8), vectors=vectors, seconds=np.array(seconds)
            )
        scratch.replace(path)
        self._take(keys, vectors)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _wanted(corpus: Corpus) -> Iterator[tuple[str, bool]]:
    """Yield every text that some system encodes, and whether it is a question."""
    for row in corpus.questions:
        yield simplify(row.question), True
        yield row.question, True
    for document in corpus.documents[: max(corpus.wanted) + 1]:
        for text in passages(document):
            yield text, False  # as others do; the news are simplified already, nearly all
    for document in corpus.documents:
        for text in passages(document):
            yield simplify(text), False  # as this program encodes it


def encode(corpus: Corpus, files: VectorFiles) -> None:
    """Encode what has no vector yet, telling how far it is."""
    for questions in (True, False):
        texts = list(dict.fromkeys(t for t, asked in _wanted(corpus) if asked == questions))
        new = [text for text in texts if text not in files]
        encoder = SentenceTransformerEncoder()
        for start in range(0, len(new), _BLOCK):
            block = new[start : start + _BLOCK]
            started = time.perf_counter()
            rows = (encoder.encode_queries if questions else encoder.encode_documents)(block)
            files.put(block, rows, time.perf_counter() - started)
            print(f"{start + len(block)}/{len(new)} texts", flush=True)


def main() -> None:
    """Make the vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of what benchmarks make")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--news", type=int, default=NEWS)
    arguments = parser.parse_args()
    encode(read_corpus(arguments.data, arguments.news), VectorFiles(arguments.folder / "vectors"))


if __name__ == "__main__":
    main()

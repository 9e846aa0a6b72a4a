"""The lexical index: BM25 over character bigrams and words, kept by tantivy."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import cast

import tantivy

from qa.errors import LibraryDamagedError, LibraryWriteError
from qa.language.tokens import bigrams, search_words
from qa.text import HAN

_FEW = 500  # ids that are looked up one by one: a set of them is looked for among all
# Bytes the writer may hold before it flushes a segment.  It takes what it needs, 180 MB for 190,000
# passages, and of one segment a search takes two thirds of the time that it takes of nine.
_HEAP = 256 << 20
FIELDS: Mapping[str, Callable[[str], list[str]]] = {"bigrams": bigrams, "words": search_words}
WEIGHTS = {"bigrams": 1.0, "words": 0.25}  # measured by tests/benchmarks/retrieval.py
_MAX_TERMS = 64  # distinct query terms a field: a longer query is a document, not a question


def query_terms(
    query: str, weights: Mapping[str, float] = WEIGHTS
) -> Iterator[tuple[str, str, float]]:
    """Yield (field, token, weight) of a query: what a match of it counts for."""
    for field, tokenize in FIELDS.items():
        weight = weights.get(field, 0.0)
        tokens = tokenize(query) if weight else []
        for token, count in Counter(tokens).most_common(_MAX_TERMS):
            yield field, token, count * weight


def word_terms(word: str) -> list[tuple[str, str]]:
    """Return (field, token) of the terms that a passage has to have to count as having a word.

    These are its pairs of characters, Latin words and numbers.  A single Chinese character is a
    part of other pairs in a text, as 届 in 第3届博览会: it counts only where there is nothing else,
    and has to be a word of its own then.
    """
    tokens = dict.fromkeys(bigrams(word))
    told = [token for token in tokens if not re.fullmatch(f"[{HAN}]", token)]
    return [("bigrams", token) for token in told] or [("words", token) for token in tokens]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=False, indexed=True, fast=True)
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class LexicalIndex:
    """BM25 scores of passages, by passage id.  A reader keeps its snapshot until ``reload``."""

    def __init__(self, folder: Path, weights: Mapping[str, float] | None = None) -> None:
        """Open the index in ``folder``, making an empty one if there is none.

        ``weights`` say what a field's matches count for; a field of weight 0 is not searched.

        Raises:
            LibraryDamagedError: if there is one that cannot be read.
            LibraryWriteError: if an empty one cannot be made.
        """
        self._schema = _schema()
        self._weights = dict(WEIGHTS if weights is None else weights)
        # A question is searched for, and then held against what another index has found.
        self._parsed = lru_cache(maxsize=32)(partial(_parse, self._schema, self._weights))
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not any(folder.iterdir())
        if not is_new and not os.access(folder, os.W_OK):
            folder = _beside(folder)
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        try:
            self._index = tantivy.Index(self._schema, path=str(folder))
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            if is_new:
                raise _unwritable(error) from error
            raise LibraryDamagedError(
                "lexical_index_unreadable",
                "the lexical index {folder} cannot be read",
                folder=folder,
            ) from error

    def __len__(self) -> int:
        """Count the passages."""
        return int(self._searcher.num_docs)

    def ids(self) -> set[int]:
        """Return the ids of all passages."""
        if not len(self):
            return set()
        everything = tantivy.Query.all_query()
        return set(self._ids(self._searcher.search(everything, limit=len(self), count=False).hits))

    def update(self, removed: Iterable[int], added: Iterable[tuple[int, str]]) -> None:
        """Take passages out and put (id, text) in, in one commit.

        Raises:
            LibraryWriteError: if the system refuses, or the disk is full.
        """
        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        try:
            if gone := list(removed):
                # By query: deleting by term finds no unsigned number.
                among = tantivy.Query.term_set_query(self._schema, "id", gone)
                writer.delete_documents_by_query(among)
            for number, text in added:
                document = tantivy.Document()
                document.add_unsigned("id", number)
                for field, tokenize in FIELDS.items():
                    document.add_text(field, " ".join(tokenize(text)))
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()
        except ValueError as error:
            raise _unwritable(error) from error
        self.reload()

    def reload(self) -> None:
        """See what has been committed since."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(
        self, query: str, k: int, allowed: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to ``k`` (id, BM25 score), best first, among ``allowed`` if that is given."""
        parsed = self._parsed(query)
        if parsed is None or k < 1 or (allowed is not None and not len(allowed)):
            return []
        if allowed is not None:
            parsed = self._restrict(parsed, allowed)
        hits = self._searcher.search(parsed, limit=k, count=False).hits
        return [
            (number, float(score)) for number, (score, _) in zip(self._ids(hits), hits, strict=True)
        ]

    def scores(self, query: str, ids: Sequence[int]) -> dict[int, float]:
        """Return the BM25 score of each of ``ids``, 0 where no term matches."""
        return dict.fromkeys(ids, 0.0) | dict(self.search(query, max(1, len(ids)), ids))

    def having(self, word: str) -> set[int]:
        """Return all passages that have a word: the terms of :func:`word_terms`, each of them."""
        parts = [
            (
                tantivy.Occur.Must,
                tantivy.Query.term_query(self._schema, field, token, index_option="basic"),
            )
            for field, token in word_terms(word)
        ]
        if not parts or not len(self):
            return set()
        every = tantivy.Query.const_score_query(tantivy.Query.boolean_query(parts), 1.0)
        return set(self._ids(self._searcher.search(every, limit=len(self), count=False).hits))

    def _restrict(self, query: tantivy.Query, ids: Sequence[int]) -> tantivy.Query:
        """Admit only ``ids``, without a share in the score."""
        if len(ids) <= _FEW:
            terms = (tantivy.Query.term_query(self._schema, "id", number) for number in ids)
            among = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        else:
            among = tantivy.Query.term_set_query(self._schema, "id", list(ids))
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, query),
                (tantivy.Occur.Must, tantivy.Query.const_score_query(among, 0.0)),
            ]
        )

    def _ids(self, hits: Sequence[tuple[object, tantivy.DocAddress]]) -> list[int]:
        found = self._searcher.fast_field_values("id", [address for _, address in hits])
        return cast("list[int]", found)


def _beside(folder: Path) -> Path:
    """Return another folder with the same files, in which tantivy makes the lock that it reads by.

    Where the index may not be written it could not be opened.
    """
    beside = Path(tempfile.mkdtemp(prefix="yinju-lexical-"))
    for path in folder.iterdir():
        if path.suffix != ".lock":
            try:
                (beside / path.name).symlink_to(path.resolve())
            except OSError:  # Windows asks for a right
                shutil.copyfile(path, beside / path.name)
    return beside


def _parse(
    schema: tantivy.Schema, weights: Mapping[str, float], query: str
) -> tantivy.Query | None:
    parts: list[tuple[tantivy.Occur, tantivy.Query]] = []
    for field, token, weight in query_terms(query, weights):
        term = tantivy.Query.term_query(schema, field, token, index_option="freq")
        parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, weight)))
    return tantivy.Query.boolean_query(parts) if parts else None


def _unwritable(error: Exception) -> LibraryWriteError:
    return LibraryWriteError(
        "lexical_index_not_written",
        "the lexical index cannot be written ({said}); the articles are safe: free "
        "some space and try again",
        said=error,
    )

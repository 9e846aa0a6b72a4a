"""Articles into the store: cut into passages, encoded and stored some hundred at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from embeddings import Encoder, Vectors
from qa.articles import reposts
from qa.articles.passages import split
from qa.search.indexes import indexed_text
from qa.store.store import NewPassage, Store
from qa.text import simplify
from qa.types import Article

BATCH = 512  # passages encoded between two series of transactions

Progress = Callable[[int, int], None]  # (articles done, of how many)
Stage = Literal["read", "stored"]  # of a file: its articles are known; they and their vectors stay


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An article cut into passages, and the text that is encoded for each, by its hash.

    ``original`` is the path of the article that it repeats, which is indexed in its place.
    """

    article: Article
    file: str
    sketch: tuple[int, ...]
    original: str | None
    passages: list[NewPassage]
    texts: dict[bytes, str]


def cut(article: Article) -> tuple[list[NewPassage], dict[bytes, str]]:
    """Return an article's passages, and the text that is encoded for each, by its hash."""
    spans = split(article.text)
    texts = [simplify(indexed_text(article, span)) for span in spans]
    hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
    passages = [NewPassage(span, key) for span, key in zip(spans, hashes, strict=True)]
    return passages, dict(zip(hashes, texts, strict=True))


class Ingest:
    """Takes articles one by one, and encodes and stores them some hundred passages at a time."""

    def __init__(
        self,
        store: Store,
        encoder: Encoder,
        total: int = 0,
        progress: Progress | None = None,
        *,
        anew: bool = False,
    ) -> None:
        """Store into ``store``; ``progress`` is told of the articles done, of ``total``.

        Stored vectors of the same texts are used, unless all are to be encoded ``anew``.
        """
        self._store = store
        self._encoder = encoder
        self._progress = progress or (lambda _done, _total: None)
        self._total = total
        self._anew = anew
        self._done = 0
        self._waiting: list[_Prepared | Callable[[], None]] = []
        self._passages = 0

    def put(self, article: Article, file: str) -> None:
        """Take an article, read from ``file``."""
        prepared = self._prepare(article, file)
        self._waiting.append(prepared)
        self._passages += len(prepared.passages)
        if self._passages >= BATCH or len(self._waiting) >= BATCH:
            self.flush()

    def then(self, action: Callable[[], None]) -> None:
        """Call ``action`` once all that was put before is stored."""
        self._waiting.append(action)

    def skip(self) -> None:
        """Count an article that needed no work."""
        self._done += 1
        self._report(0)

    def flush(self) -> None:
        """Encode and store what waits."""
        waiting, self._waiting, self._passages = self._waiting, [], 0
        batch = [item for item in waiting if isinstance(item, _Prepared)]
        vectors = self._encode(batch)
        # In one step, which waits for the disk once; a stop costs no more than a moment earlier.
        with self._store.transaction(revises=bool(batch)):
            for item in waiting:
                self._take(item, vectors)
        self._report(0)

    def _take(self, item: _Prepared | Callable[[], None], vectors: Mapping[bytes, Vectors]) -> None:
        if isinstance(item, _Prepared):
            self._put(item, vectors)
            self._done += 1
        else:
            item()

    def settle(self) -> None:
        """Index the reposts whose original went, the first of them for the others."""
        self.flush()
        for file, article in self._store.reposts.unsettled():
            self._done -= 1  # not one of those that the caller counts
            self.put(article, file)
            self.flush()

    def _prepare(self, article: Article, file: str) -> _Prepared:
        sketch = reposts.sketch(article)
        original = self._original(article, sketch)
        passages, texts = cut(article) if original is None else ([], {})
        return _Prepared(article, file, sketch, original, passages, texts)

    def _original(self, article: Article, sketch: tuple[int, ...]) -> str | None:
        """Return the path of an article, stored or waiting, which this one is a repost of."""
        if not sketch:
            return None
        shared = reposts.needed(sketch)
        replaced = {item.article.path for item in self._waiting if isinstance(item, _Prepared)}
        candidates = [
            found
            for found in self._store.reposts.resembling(sketch, shared)
            if found.path not in replaced
        ]
        candidates += [
            item.article
            for item in self._waiting
            if isinstance(item, _Prepared)
            and item.original is None
            and len(set(sketch) & set(item.sketch)) >= shared
        ]
        return next(
            (
                found.path
                for found in candidates
                if found.path != article.path and reposts.is_repost(article, found)
            ),
            None,
        )

    def _encode(self, batch: Sequence[_Prepared]) -> dict[bytes, Vectors]:
        """Encode what has no vector yet, telling how many articles that makes."""
        texts = {key: text for prepared in batch for key, text in prepared.texts.items()}
        known = set() if self._anew else self._store.vectors.known(self._encoder.fingerprint, texts)
        new = [key for key in texts if key not in known]
        encoded_texts = 0

        def encoded(count: int) -> None:
            nonlocal encoded_texts
            encoded_texts += count
            self._report(len(batch) * encoded_texts // len(new))

        if not new:
            return {}
        if not self._done:
            self._report(0)  # before the model loads, which takes a while
        rows = self._encoder.encode_documents([texts[key] for key in new], encoded)
        return dict(zip(new, rows, strict=True))

    def _put(self, prepared: _Prepared, vectors: Mapping[bytes, Vectors]) -> None:
        new = {key: vectors[key] for key in prepared.texts if key in vectors}
        repost_of = None
        if prepared.original is not None:
            original = self._store.get_article(prepared.original)
            # 0, unsettled, if the original was replaced since: the end of the sync sees to it.
            repost_of = original.id if original else 0
        self._store.vectors.put(self._encoder.fingerprint, new, anew=self._anew)
        self._store.put_article(
            prepared.article,
            prepared.passages,
            file=prepared.file,
            sketch=() if prepared.original else prepared.sketch,  # none is a repost of a repost
            repost_of=repost_of,
        )

    def _report(self, part: int) -> None:
        if self._total:
            self._progress(max(0, min(self._done + part, self._total)), self._total)

"""Files to stored articles: read, cut into passages, encoded, one transaction each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from embeddings import Encoder, Vectors
from qa.errors import ArticleUnreadableError
from qa.folder import Folder
from qa.formats import read_document
from qa.indexes import indexed_text
from qa.metadata import find_metadata
from qa.passages import split
from qa.store import NewPassage, Store
from qa.text import simplify
from qa.types import Article, Failure

BATCH = 512  # passages encoded between two series of transactions

Progress = Callable[[int, int], None]  # (articles done, of how many)


def read_articles(
    source: Folder, wanted: Mapping[str, str], failures: list[Failure]
) -> Iterator[Article]:
    """Read the files ``wanted``, path to SHA-256; one that fails is added to ``failures``.

    A file that changes between its hashing and its reading is stored as it was read, so that the
    next sync sees the difference to its hash.
    """
    for path in wanted:
        try:
            data = source.read(path)
            document = read_document(path, data)
        except ArticleUnreadableError as error:
            failures.append(Failure(path, str(error)))
            continue
        found = find_metadata(document.text, path)
        yield Article(
            id=0,
            path=path,
            title=document.title or found.title,
            source=document.source or found.source,
            published=document.published or found.published,
            url=document.url,
            text=document.text,
            sha256=hashlib.sha256(data).hexdigest(),
        )


def ingest(
    store: Store,
    encoder: Encoder,
    articles: Iterable[Article],
    total: int,
    progress: Progress | None = None,
) -> None:
    """Encode and store articles, some hundred passages at a time, one transaction each."""
    progress = progress or (lambda _done, _total: None)
    batch: list[_Prepared] = []
    done = 0
    if total:
        progress(0, total)  # before the model loads, which takes a while
    for article in articles:
        batch.append(_prepare(article))
        if sum(len(prepared.texts) for prepared in batch) >= BATCH:
            _store_batch(store, encoder, batch, _shifted(progress, done, total))
            done += len(batch)
            batch = []
    _store_batch(store, encoder, batch, _shifted(progress, done, total))


def _shifted(progress: Progress, done: int, total: int) -> Callable[[int], None]:
    return lambda part: progress(done + part, total)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An article cut into passages, and the text that is encoded for each, by its hash."""

    article: Article
    passages: list[NewPassage]
    texts: list[tuple[bytes, str]]


def _prepare(article: Article) -> _Prepared:
    spans = split(article.text)
    texts = [simplify(indexed_text(article, span)) for span in spans]
    hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
    passages = [NewPassage(span, key) for span, key in zip(spans, hashes, strict=True)]
    return _Prepared(article, passages, list(zip(hashes, texts, strict=True)))


def _store_batch(
    store: Store, encoder: Encoder, batch: Sequence[_Prepared], report: Callable[[int], None]
) -> None:
    """Encode what has no vector yet; ``report`` is told how many articles that makes."""
    texts = {key: text for prepared in batch for key, text in prepared.texts}
    known = store.known_hashes(encoder.fingerprint, texts)
    new = [key for key in texts if key not in known]
    encoded_texts = 0

    def encoded(count: int) -> None:
        nonlocal encoded_texts
        encoded_texts += count
        report(len(batch) * encoded_texts // len(new))

    vectors: dict[bytes, Vectors] = {}
    if new:
        rows = encoder.encode_documents([texts[key] for key in new], encoded)
        vectors = dict(zip(new, rows, strict=True))
    for prepared in batch:
        hashes = {passage.text_hash for passage in prepared.passages}
        with store.transaction():
            store.put_vectors(
                encoder.fingerprint, {key: vectors[key] for key in hashes if key in vectors}
            )
            store.put_article(prepared.article, prepared.passages)
    report(len(batch))

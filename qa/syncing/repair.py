"""Repair of damaged articles: from their files, and by making anew what is derived from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from embeddings import Encoder
from qa.articles.descriptions import description_of
from qa.articles.documents import article_of
from qa.articles.formats import Unreadable
from qa.articles.sandbox import Sandbox
from qa.errors import ArticleUnreadableError, LibraryDamagedError
from qa.store.store import Store
from qa.syncing.folder import digest_of
from qa.syncing.ingest import Ingest
from qa.types import Article


class Repair:
    """Puts damaged articles into the store again, as far as they can be had.

    Whatever ends this early, every article is as before or mended.
    """

    def __init__(self, store: Store, encoder: Encoder, folder: Path | None) -> None:
        """Mend what is in ``store``, from the files in ``folder`` if there is one."""
        self._store = store
        self._folder = folder
        self._ingest = Ingest(store, encoder, anew=True)

    def mend(self, paths: Iterable[str]) -> None:
        """Mend the articles at ``paths``; one whose content is nowhere stays as it is."""
        lost: dict[str, set[str]] = defaultdict(set)
        for path in paths:
            file = self._store.file_at(path)
            try:
                article = self._store.get_article(path)
            except LibraryDamagedError:
                lost[file].add(path)
                continue
            if article is not None:  # its passages or vectors are damaged
                self._ingest.put(article, file)
        if self._folder is not None and lost:
            self._read(self._folder, lost)
        self._ingest.settle()

    def _read(self, folder: Path, lost: dict[str, set[str]]) -> None:
        with Sandbox(articles=folder) as sandbox:
            for file, paths in lost.items():
                # A file that is gone, or another one by now: what was in it stays named as damaged.
                with suppress(ArticleUnreadableError, OSError):
                    digest = digest_of(folder / file)
                    found = [
                        article
                        for article in self._articles(sandbox, folder, file, digest)
                        if article.path in paths and self._store.is_of(article)
                    ]
                    if digest_of(folder / file) == digest:  # else it changed meanwhile
                        for article in found:
                            self._ingest.put(article, file)

    def _articles(
        self, sandbox: Sandbox, folder: Path, file: str, digest: str
    ) -> Iterator[Article]:
        told = description_of(folder, file, self._store.files.knows)
        for document in sandbox.read(folder / file):
            if not isinstance(document, Unreadable):
                yield article_of(document, file, digest, told)

"""Verification: whether a library still holds what was stored, article by article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from embeddings import Encoder
from qa.errors import ArticleDamagedError, LibraryBusyError, LibraryDamagedError
from qa.search.indexes import Indexes
from qa.store.store import Store
from qa.syncing.ingest import cut
from qa.types import Damage, VerifyReport

_TRIES = 3  # while others write
_OFF = 1e-3  # by which the length of a vector may differ from 1
_FLOAT = 4  # bytes


class Verification:
    """Looks at all that is stored, and changes nothing."""

    def __init__(self, store: Store, indexes: Indexes, encoder: Encoder) -> None:
        """Take the parts of the library; ``encoder`` is the one that made its vectors."""
        self._store = store
        self._indexes = indexes
        self._encoder = encoder

    def run(self) -> VerifyReport:
        """Return what is damaged.

        Raises:
            LibraryBusyError: if somebody writes all the while.
        """
        for _ in range(_TRIES):
            before = self._store.state
            with self._store.database.frozen():
                found = tuple(self._damages())
                articles, passages = self._store.count()
            if self._store.state == before:
                return VerifyReport(articles, passages, found)
        raise LibraryBusyError(
            "library_changes_meanwhile",
            "{library} is being written; verify it when that is done",
            library=self._store.name,
        )

    def _damages(self) -> Iterator[Damage]:
        ids, reposts = self._store.ids(), self._store.reposts.paths()
        originals = {number for path, number in ids.items() if path not in reposts}
        for path, number in ids.items():
            try:
                self._check(path, number, is_repost=path in reposts)
                if path in reposts and reposts[path] not in originals:
                    raise ArticleDamagedError(
                        "repost_without_original", "the article that it repeats is not there"
                    )
            except LibraryDamagedError as error:
                yield Damage.of(path, error)
        flaw = self._indexes.flaw(self._encoder.fingerprint)
        if flaw is not None:
            yield Damage.of("", flaw)

    def _check(self, path: str, number: int, *, is_repost: bool) -> None:
        """Look at an article, its passages and their vectors.

        Raises:
            LibraryDamagedError: that tells what is wrong with it.
        """
        article = self._store.get_article(number)
        if article is None or article.path != path:
            raise ArticleDamagedError("article_lost", "it cannot be found by its id")
        passages = self._store.passages.of(number)
        if any(not 0 <= start < end <= len(article.text) for start, end, _ in passages):
            raise ArticleDamagedError(
                "passages_outside", "its passages reach out of the text: the two do not match"
            )
        wanted = [] if is_repost else cut(article)[0]
        if passages != [(*passage.span, passage.text_hash) for passage in wanted]:
            raise ArticleDamagedError(
                "passages_misfit", "its passages are not those that its text is to be cut into"
            )
        self._check_vectors([key for *_, key in passages])

    def _check_vectors(self, hashes: Sequence[bytes]) -> None:
        import numpy as np

        stored: dict[bytes, list[bytes]] = defaultdict(list)
        for key, vector in self._store.vectors.stored(self._encoder.fingerprint, set(hashes)):
            stored[key].append(vector)
        lacking = sum(key not in stored for key in hashes)
        if lacking:
            raise ArticleDamagedError(
                "passages_without_vectors", "{count} of its passages have no vector", count=lacking
            )
        size = _FLOAT * self._encoder.dimension if hashes else 0
        wrong = 0
        for found in stored.values():
            numbers = np.frombuffer(found[0], "<f4") if len(found[0]) == size else np.zeros(1)
            # What is not finite has no length, and compares as false.
            is_unit = abs(float(np.linalg.norm(numbers.astype(np.float64))) - 1) <= _OFF
            wrong += not is_unit or len(found) > 1
        if wrong:
            raise ArticleDamagedError(
                "vectors_damaged",
                "{count} of its vectors are damaged: of another length, or not finite",
                count=wrong,
            )

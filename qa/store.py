"""SQLite, the truth: articles, their passages, and vectors by model and text."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from embeddings import Vectors
from qa.errors import LibraryDamagedError
from qa.migrations import migrate
from qa.text import fold
from qa.types import Article, Failure, Filters, Passage, Span

_ARTICLE = "articles.id, path, title, source, published, url, text, sha256"
_MANY = 500  # values in one IN (...) list, below SQLite's limit on parameters


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to store: its span, and the hash of the text that was encoded for it."""

    span: Span
    text_hash: bytes


class Store:
    """One library's database.  Reads see the last committed state; writes are transactions.

    A store may be used from several threads: calls are serialised.
    """

    def __init__(self, path: Path) -> None:
        """Open the database at ``path``, making or migrating it as needed.

        Raises:
            LibraryVersionError: if it was written by a newer version.
            LibraryDamagedError: if it is not a database or cannot be read.
        """
        self.path = path
        self._lock = threading.RLock()
        with ExitStack() as undo:
            try:
                connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
                undo.callback(connection.close)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA synchronous = NORMAL")
                migrate(connection)
            except sqlite3.DatabaseError as error:
                raise LibraryDamagedError(
                    f"the library database {path} cannot be read ({error});"
                    " move it away and sync again"
                ) from error
            connection.isolation_level = None
            self._connection = connection
            undo.pop_all()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes inside one step: all of them happen and the revision moves, or none."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.DatabaseError as error:
                raise LibraryDamagedError(
                    f"the library database {self.path} cannot be used: {error}"
                ) from error

    def _select(self, statement: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
        """Run ``statement``, whose ``{}`` is an IN list, for any number of values."""
        wanted = list(values)
        for start in range(0, len(wanted), _MANY):
            part = wanted[start : start + _MANY]
            yield from self._execute(statement.format(",".join("?" * len(part))), part)

    # -- meta ----------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """A number that grows with every transaction."""
        return int(self.get_meta("revision") or 0)

    def get_meta(self, key: str) -> str | None:
        """Return a stored setting."""
        rows = self._execute("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        """Store a setting."""
        self._execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    # -- articles ------------------------------------------------------------------------------

    def hashes(self) -> dict[str, str]:
        """Map the paths of all articles to the SHA-256 of their files."""
        return dict(self._execute("SELECT path, sha256 FROM articles"))

    def articles(self) -> Iterator[Article]:
        """Yield all articles in the order of their paths."""
        for (number,) in self._execute("SELECT id FROM articles ORDER BY path"):
            found = self.get_article(number)
            if found is not None:
                yield found

    def get_article(self, key: int | str) -> Article | None:
        """Return the article with this id or path."""
        column = "id" if isinstance(key, int) else "path"
        rows = self._execute(f"SELECT {_ARTICLE} FROM articles WHERE {column} = ?", (key,))
        return _as_article(rows[0]) if rows else None

    def put_article(self, article: Article, passages: Sequence[NewPassage]) -> int:
        """Store an article, in place of the one at its path if there is one; return its id.

        An article keeps its id for as long as its path is stored; passages get new ids each time.
        """
        published = article.published.isoformat() if article.published else None
        ((number,),) = self._execute(
            "INSERT INTO articles (path, title, source, published, url, text, sha256)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET title = excluded.title,"
            " source = excluded.source, published = excluded.published, url = excluded.url,"
            " text = excluded.text, sha256 = excluded.sha256 RETURNING id",
            (
                article.path,
                article.title,
                article.source,
                published,
                article.url,
                article.text,
                article.sha256,
            ),
        )
        with self._lock:
            self._execute("DELETE FROM passages WHERE article_id = ?", (number,))
            self._connection.executemany(
                "INSERT INTO passages (article_id, start, end, text_hash) VALUES (?, ?, ?, ?)",
                [(number, *passage.span, passage.text_hash) for passage in passages],
            )
        return int(number)

    def remove_article(self, path: str) -> None:
        """Remove the article at ``path``, if there is one, with its passages."""
        self._execute("DELETE FROM articles WHERE path = ?", (path,))

    def count(self) -> tuple[int, int]:
        """Count articles and passages."""
        ((articles, passages),) = self._execute(
            "SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)"
        )
        return int(articles), int(passages)

    # -- passages ------------------------------------------------------------------------------

    def passage_ids(self) -> list[int]:
        """Return the ids of all passages."""
        return [number for (number,) in self._execute("SELECT id FROM passages")]

    def passages(self, ids: Iterable[int]) -> dict[int, tuple[Passage, Article]]:
        """Return those of the passages that exist, each with its article as of the same moment."""
        articles: dict[int, Article] = {}
        found: dict[int, tuple[Passage, Article]] = {}
        rows = self._select(
            f"SELECT passages.id, article_id, start, end, {_ARTICLE} FROM passages"
            " JOIN articles ON articles.id = article_id WHERE passages.id IN ({})",
            ids,
        )
        for row in rows:
            passage, fields = Passage(*row[:4]), row[4:]
            article = articles.setdefault(passage.article_id, _as_article(fields))
            found[passage.id] = (passage, article)
        return found

    def filtered_passage_ids(self, filters: Filters) -> list[int] | None:
        """Return the ids of the passages that ``filters`` admit, None if they admit all."""
        if filters == Filters():
            return None
        rows = self._execute("SELECT id, path, title, source, published FROM articles")
        admitted = [number for number, *fields in rows if _admits(filters, *fields)]
        found = self._select("SELECT id FROM passages WHERE article_id IN ({})", admitted)
        return [number for (number,) in found]

    # -- vectors -------------------------------------------------------------------------------

    def known_hashes(self, fingerprint: str, hashes: Iterable[bytes]) -> set[bytes]:
        """Return those of ``hashes`` for which a vector of this model is stored."""
        statement = f"SELECT text_hash FROM vectors WHERE fingerprint = {_quote(fingerprint)}"
        return {found for (found,) in self._select(statement + " AND text_hash IN ({})", hashes)}

    def put_vectors(self, fingerprint: str, vectors: Mapping[bytes, Vectors]) -> None:
        """Store vectors by the hash of their text."""
        with self._lock:
            self._connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                [
                    (fingerprint, text_hash, vector.astype("<f4").tobytes())
                    for text_hash, vector in vectors.items()
                ],
            )

    def vectors_of(self, fingerprint: str, ids: Iterable[int]) -> tuple[list[int], Vectors]:
        """Return ids and vectors, one row each, of those passages that have a vector."""
        statement = (
            "SELECT passages.id, vector FROM passages JOIN vectors"
            f" ON vectors.fingerprint = {_quote(fingerprint)}"
            " AND vectors.text_hash = passages.text_hash WHERE passages.id IN ({})"
        )
        import numpy as np  # listing a library need not wait for it

        rows = list(self._select(statement, ids))
        if not rows:
            return [], np.zeros((0, 0), dtype=np.float32)
        matrix = np.frombuffer(b"".join(blob for _, blob in rows), dtype="<f4")
        return [number for number, _ in rows], matrix.reshape(len(rows), -1).astype(np.float32)

    def remove_unused_vectors(self, fingerprint: str) -> None:
        """Remove vectors of other models, and those whose text no passage has any more."""
        self._execute(
            "DELETE FROM vectors WHERE fingerprint <> ?"
            " OR text_hash NOT IN (SELECT text_hash FROM passages)",
            (fingerprint,),
        )

    # -- failures ------------------------------------------------------------------------------

    def failures(self) -> tuple[Failure, ...]:
        """Return the files that the last sync could not read."""
        rows = self._execute("SELECT path, reason FROM failures ORDER BY path")
        return tuple(Failure(path, reason) for path, reason in rows)

    def set_failures(self, failures: Iterable[Failure]) -> None:
        """Replace the list of files that could not be read."""
        self._execute("DELETE FROM failures")
        for failure in failures:
            self._execute("INSERT INTO failures VALUES (?, ?)", (failure.path, failure.reason))


def _as_article(row: tuple[Any, ...]) -> Article:
    number, path, title, source, published, url, text, sha256 = row
    day = date.fromisoformat(published) if published else None
    return Article(number, path, title, source, day, url, text, sha256)


def _admits(filters: Filters, path: str, title: str, source: str, published: str | None) -> bool:
    day = date.fromisoformat(published) if published else None
    wanted = ((filters.path, path), (filters.title, title), (filters.source, source))
    return (
        all(fold(part) in fold(whole) for part, whole in wanted)
        and (filters.since is None or (day is not None and day >= filters.since))
        and (filters.until is None or (day is not None and day <= filters.until))
    )


def _quote(fingerprint: str) -> str:
    """Quote a fingerprint, which is hexadecimal, for use inside a statement."""
    if not fingerprint.isalnum():
        raise ValueError(f"not a fingerprint: {fingerprint!r}")
    return f"'{fingerprint}'"

"""The store, the truth: articles and their passages, beside the tables of vectors and files.

An article that changes gets a new version, and one that goes is retired: index files that are
older still find what they were made of, until :meth:`Store.purge` is called.  What the last syncs
retired stays longer, so that they can be undone: see :mod:`qa.store.history`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from qa.errors import ArticleDamagedError
from qa.store.article_rows import COLUMNS, as_article, checked_fields, unchecked
from qa.store.catalog import Catalog
from qa.store.databases import Database, open_database
from qa.store.databases.checksums import CHECKED, checksum
from qa.store.files import FileTable, StoredFile
from qa.store.history import EXPIRED, History
from qa.store.passage_table import PassageTable
from qa.store.repost_table import RepostTable
from qa.store.share_table import ShareTable
from qa.store.vectors import VectorTable
from qa.types import Article, Span

_KEPT = 10_000  # commits before the last purge that are remembered, whatever came later


class State(NamedTuple):
    """What a library holds after one commit, and after no other.

    ``revision`` counts the commits: a library that is put back to an earlier state, from a backup
    or by a database's own means, gives the same numbers again, and the ids of passages with them.
    The random ``token`` tells such states apart.
    """

    revision: int
    token: int


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to store: its span, and the hash of the text that was encoded for it."""

    span: Span
    text_hash: bytes


class Store:
    """One library's database.  Reads see the last committed state; writes are transactions.

    A store may be used from several threads.
    """

    def __init__(self, place: Path | str) -> None:
        """Open the SQLite file or the PostgreSQL database at ``place``.

        Raises:
            LibraryError: as :func:`qa.store.databases.open_database` does.
        """
        self._database = open_database(place)
        self.vectors = VectorTable(self._database)
        self.files = FileTable(self._database)
        self.catalog = Catalog(self._database)
        self.passages = PassageTable(self._database)
        self.reposts = RepostTable(self._database)
        self.shares = ShareTable(self._database)
        self.history = History(self._database)
        self._execute = self._database.execute

    @property
    def name(self) -> str:
        """What messages call it: a path, or an address without the password."""
        return self._database.name

    @property
    def database(self) -> Database:
        """Where it lies, for whoever copies or locks it as a whole."""
        return self._database

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def transaction(self, *, revises: bool = True) -> Iterator[None]:
        """Make the writes inside one step: all of them happen and the revision moves, or none.

        Where no passage changes, ``revises`` is False: indexes need not follow.  Within another
        transaction it is a part of that one.
        """
        with self._database.transaction():
            yield
            if not revises:
                return
            ((revision,),) = self._execute(
                "UPDATE meta SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT)"
                " WHERE key = 'revision' RETURNING value"
            )
            # No two commits have the same one, though a store may be put back in between.
            token = secrets.randbits(63)
            self._execute("INSERT INTO commits VALUES (?, ?)", (int(revision), token))

    # -- meta ----------------------------------------------------------------------------------

    @property
    def revision(self) -> int:
        """A number that grows with every transaction."""
        return int(self.get_meta("revision") or 0)

    @property
    def state(self) -> State:
        """What the store holds now."""
        rows = self._execute("SELECT revision, token FROM commits ORDER BY revision DESC LIMIT 1")
        return State(*rows[0])

    def was(self, state: State) -> bool:
        """Tell whether the store was in ``state``, so that what it holds now came after that.

        Ids of passages mean the same then.  False, too, if that is so long ago that nobody knows.
        """
        return bool(
            self._execute("SELECT token FROM commits WHERE revision = ? AND token = ?", (*state,))
        )

    def still_has(self, state: State) -> bool:
        """Tell whether the store was in ``state``, and has all that it held then."""
        return state.revision >= self.purged and self.was(state)

    @property
    def purged(self) -> int:
        """The revision of the last purge: what was retired until then is not found any more."""
        return int(self.get_meta("purged") or 0)

    def get_meta(self, key: str) -> str | None:
        """Return a stored setting."""
        rows = self._execute("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def set_default(self, key: str, value: str) -> None:
        """Store a setting, if it has no value yet."""
        self._execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", (key, value))

    def set_meta(self, key: str, value: str) -> None:
        """Store a setting."""
        self._execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    # -- articles ------------------------------------------------------------------------------

    def hashes(self, file: str | None = None) -> dict[str, str]:
        """Map the paths of all articles, or of those in ``file``, to their SHA-256."""
        if file is None:
            return dict(self._execute("SELECT path, sha256 FROM articles WHERE live"))
        return dict(
            self._execute(
                "SELECT path, sha256 FROM articles WHERE file = ? AND live ORDER BY path", (file,)
            )
        )

    def articles(self) -> Iterator[Article]:
        """Yield all articles in the order of their paths."""
        for (number,) in self._execute("SELECT id FROM articles WHERE live ORDER BY path"):
            found = self.get_article(number)
            if found is not None:
                yield found

    def filed_articles(self) -> Iterator[tuple[str, Article]]:
        """Yield all articles, each with the path of its file, in the order of their storing."""
        for number, file in self._execute("SELECT id, file FROM articles WHERE live ORDER BY id"):
            found = self.get_article(number)
            if found is not None:
                yield file, found

    def get_article(self, key: int | str) -> Article | None:
        """Return the article with this id or path.

        Raises:
            ArticleDamagedError: if it is not what was stored.
        """
        rows = self._rows(key)
        return as_article(rows[0]) if rows else None

    def name_article(self, key: int | str) -> Article | None:
        """Return what names the article with this id or path, be it damaged: not to be quoted."""
        rows = self._rows(key)
        return unchecked(rows[0]) if rows else None

    def _rows(self, key: int | str) -> list[tuple[Any, ...]]:
        column = "id" if isinstance(key, int) else "path"
        return self._execute(f"SELECT {COLUMNS} FROM articles WHERE {column} = ? AND live", (key,))

    def holds(self, article: Article) -> bool:
        """Tell whether the article at that path says the same; one that is damaged does not."""
        try:
            stored = self.get_article(article.path)
        except ArticleDamagedError:
            return False
        return stored is not None and replace(article, id=stored.id) == stored

    def ids(self) -> dict[str, int]:
        """Map the paths of all articles, in their order, to their ids."""
        return dict(self._execute("SELECT path, id FROM articles WHERE live ORDER BY path"))

    def is_of(self, article: Article) -> bool:
        """Tell whether the article at that path was stored with this content, be it damaged."""
        rows = self._execute(
            "SELECT sha256, checksum FROM articles WHERE path = ? AND live", (article.path,)
        )
        # Another version may find another title in the same file; and the digest may be damaged.
        return any(
            sha256 == article.sha256 or stored == checksum(checked_fields(article))
            for sha256, stored in rows
        )

    def put_article(
        self,
        article: Article,
        passages: Sequence[NewPassage],
        *,
        file: str | None = None,
        sketch: Iterable[int] = (),
        repost_of: int | None = None,
    ) -> int:
        """Store an article, in place of the one at its path if there is one; return its id.

        An article keeps its id for as long as its path is stored; passages get new ids each time.
        ``file`` is the path of the file that holds it, if that is another one, ``sketch`` what
        :func:`qa.articles.reposts.sketch` says of it, and ``repost_of`` the id of an article that
        says the same and is indexed in its place.
        """
        old = self._execute(
            "SELECT id, version, added_by FROM articles WHERE path = ? AND live", (article.path,)
        )
        self.remove_article(article.path)
        # What is stored anew outside of a sync stands for what a sync had stored.
        by = self.history.current or (int(old[0][2]) if old else 0)
        fields = checked_fields(article)
        ((version,),) = self._execute(
            f"INSERT INTO articles (id, path, {', '.join(CHECKED)}, checksum, file, repost_of,"
            f" added_by) VALUES (0, ?, {', '.join('?' * len(CHECKED))}, ?, ?, ?, ?)"
            " RETURNING version",
            (
                article.path,
                *fields,
                checksum(fields),
                article.path if file is None else file,
                repost_of,
                by,
            ),
        )
        number = int(old[0][0]) if old else int(version)
        self._execute("UPDATE articles SET id = ? WHERE version = ?", (number, version))
        if old and not self.history.current:
            self._execute(
                "UPDATE renames SET version = ? WHERE version = ?", (version, int(old[0][1]))
            )
        self._database.execute_many(
            'INSERT INTO passages (version, start, "end", text_hash) VALUES (?, ?, ?, ?)',
            [(version, *passage.span, passage.text_hash) for passage in passages],
        )
        self._database.execute_many(
            "INSERT INTO sketches VALUES (?, ?)", [(value, version) for value in sketch]
        )
        return number

    def remove_article(self, path: str) -> None:
        """Retire the article at ``path``, if there is one, with its passages.

        Its reposts, for which it was indexed, become ``unsettled``: what they repeat is negated.
        """
        rows = self._execute(
            "UPDATE articles SET live = FALSE, removed_by = ? WHERE path = ? AND live RETURNING id",
            (self.history.current, path),
        )
        self._database.execute_many(
            "UPDATE articles SET repost_of = -repost_of WHERE repost_of = ?", rows
        )

    def rename_article(self, old: str, new: str, file: str) -> None:
        """Move an article to another path; it keeps its id."""
        self.history.note_rename(old, new)
        self._execute(
            "UPDATE articles SET path = ?, file = ? WHERE path = ? AND live", (new, file, old)
        )

    def file_of(self, number: int) -> str:
        """Return the path of the file that holds the article with this id."""
        ((file,),) = self._execute("SELECT file FROM articles WHERE id = ? AND live", (number,))
        return str(file)

    def file_at(self, path: str) -> str:
        """Return the path of the file that holds the article at ``path``."""
        ((file,),) = self._execute("SELECT file FROM articles WHERE path = ? AND live", (path,))
        return str(file)

    def count_articles(self) -> int:
        """Count the articles."""
        ((count,),) = self._execute("SELECT count(*) FROM articles WHERE live")
        return int(count)

    def count(self) -> tuple[int, int]:
        """Count articles and passages."""
        ((articles, passages),) = self._execute(
            "SELECT (SELECT count(*) FROM articles WHERE live),"
            " (SELECT count(*) FROM passages JOIN articles USING (version) WHERE live)"
        )
        return int(articles), int(passages)

    def has_saved_questions(self) -> bool:
        """Tell whether there is a watchlist: see ``qa.watchlist``."""
        return bool(self._execute("SELECT id FROM saved_questions LIMIT 1"))

    def has_retired(self) -> bool:
        """Tell whether there is something to purge."""
        retired = f"NOT live AND NOT shelved OR {EXPIRED}"
        return bool(self._execute(f"SELECT version FROM articles WHERE {retired} LIMIT 1"))

    def purge(self) -> None:
        """Remove what is retired, and the vectors that only this used.

        What is kept for an undo is shelved: no question finds it any more.
        """
        with self._database.transaction():
            self.history.prune()
            if not self.has_retired():
                return
            self._execute(
                "DELETE FROM vectors WHERE text_hash IN"
                f" (SELECT text_hash FROM passages JOIN articles USING (version) WHERE {EXPIRED})"
                " AND NOT EXISTS"
                " (SELECT 1 FROM passages JOIN articles USING (version)"
                f" WHERE NOT ({EXPIRED}) AND passages.text_hash = vectors.text_hash)"
            )
            self._execute(f"DELETE FROM articles WHERE {EXPIRED}")
            self._execute("UPDATE articles SET shelved = TRUE WHERE NOT live AND NOT shelved")
            revision = self.revision
            self.set_meta("purged", str(revision))
            self._execute("DELETE FROM commits WHERE revision < ?", (revision - _KEPT,))

    # -- files ---------------------------------------------------------------------------------

    def known_files(self) -> dict[str, StoredFile]:
        """Return the files that were read, and those of whose reading only articles tell."""
        rows = self._execute("SELECT DISTINCT file FROM articles WHERE live")
        return {file: StoredFile(-1, -1, "") for (file,) in rows} | self.files.all()

    def paths_in(self, files: Collection[str]) -> list[str]:
        """Return the paths of the articles that ``files`` hold."""
        rows = self._execute("SELECT path, file FROM articles WHERE live ORDER BY path")
        return [path for path, file in rows if file in files]

    def remove_file(self, path: str) -> None:
        """Forget a file, and retire the articles that it held."""
        self.files.forget(path)
        for held in self.hashes(path):
            self.remove_article(held)

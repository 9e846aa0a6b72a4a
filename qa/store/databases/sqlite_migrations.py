"""The database schema as numbered steps: append only, never edit one that was released."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from qa.errors import LibraryVersionError
from qa.store.databases.checksums import fill

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('revision', '0');
    CREATE TABLE articles (
        id        INTEGER PRIMARY KEY AUTOINCREMENT,
        path      TEXT NOT NULL UNIQUE,
        title     TEXT NOT NULL,
        source    TEXT NOT NULL,
        published TEXT,
        url       TEXT NOT NULL,
        text      TEXT NOT NULL,
        sha256    TEXT NOT NULL
    );
    CREATE TABLE passages (
        id          INTEGER PRIMARY KEY AUTOINCREMENT,
        article_id  INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        start       INTEGER NOT NULL,
        end         INTEGER NOT NULL,
        text_hash   BLOB NOT NULL
    );
    CREATE INDEX passages_article ON passages (article_id);
    CREATE INDEX passages_hash ON passages (text_hash);
    -- float32, little-endian; text_hash is the SHA-256 of exactly the text that was encoded
    CREATE TABLE vectors (
        fingerprint TEXT NOT NULL,
        text_hash   BLOB NOT NULL,
        vector      BLOB NOT NULL,
        PRIMARY KEY (fingerprint, text_hash)
    ) WITHOUT ROWID;
    CREATE TABLE failures (path TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
    """,
    # An article's rows are never changed: a new version takes its place (live = 1), and the old
    # one goes when no index on disk holds its passages any more.  ``id`` is what callers see and
    # stays the article's while its path is stored.
    """
    CREATE TABLE new_articles (
        version   INTEGER PRIMARY KEY AUTOINCREMENT,
        id        INTEGER NOT NULL,
        live      INTEGER NOT NULL DEFAULT 1,
        path      TEXT NOT NULL,
        file      TEXT NOT NULL,
        title     TEXT NOT NULL,
        source    TEXT NOT NULL,
        published TEXT,
        url       TEXT NOT NULL,
        text      TEXT NOT NULL,
        sha256    TEXT NOT NULL,
        pages     TEXT NOT NULL DEFAULT '[]',
        repost_of INTEGER
    );
    INSERT INTO new_articles (version, id, path, file, title, source, published, url, text, sha256)
        SELECT id, id, path, path, title, source, published, url, text, sha256 FROM articles;
    CREATE TABLE new_passages (
        id        INTEGER PRIMARY KEY AUTOINCREMENT,
        version   INTEGER NOT NULL REFERENCES articles (version) ON DELETE CASCADE,
        start     INTEGER NOT NULL,
        end       INTEGER NOT NULL,
        text_hash BLOB NOT NULL
    );
    INSERT INTO new_passages SELECT id, article_id, start, end, text_hash FROM passages;
    DROP TABLE passages;
    DROP TABLE articles;
    ALTER TABLE new_articles RENAME TO articles;
    ALTER TABLE new_passages RENAME TO passages;
    CREATE UNIQUE INDEX articles_path ON articles (path) WHERE live;
    CREATE INDEX articles_id ON articles (id);
    CREATE INDEX articles_file ON articles (file) WHERE live;
    CREATE INDEX articles_old ON articles (version) WHERE NOT live;
    CREATE INDEX articles_reposts ON articles (repost_of) WHERE repost_of IS NOT NULL;
    CREATE INDEX passages_version ON passages (version);
    CREATE INDEX passages_hash ON passages (text_hash);
    -- size in bytes and time of change in nanoseconds, when the hash was taken
    CREATE TABLE files (
        path     TEXT PRIMARY KEY,
        size     INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        sha256   TEXT NOT NULL
    ) WITHOUT ROWID;
    INSERT INTO files SELECT path, -1, -1, sha256 FROM articles;
    -- the smallest hashes of an article's sentences, by which reposts are found
    CREATE TABLE sketches (
        hash    INTEGER NOT NULL,
        version INTEGER NOT NULL REFERENCES articles (version) ON DELETE CASCADE,
        PRIMARY KEY (hash, version)
    ) WITHOUT ROWID;
    CREATE INDEX sketches_version ON sketches (version);
    -- In the order of their storing: sorted by hash, every row would go to another page.
    CREATE TABLE new_vectors (
        number      INTEGER PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        text_hash   BLOB NOT NULL,
        vector      BLOB NOT NULL
    );
    INSERT INTO new_vectors (fingerprint, text_hash, vector) SELECT * FROM vectors;
    DROP TABLE vectors;
    ALTER TABLE new_vectors RENAME TO vectors;
    CREATE UNIQUE INDEX vectors_hash ON vectors (text_hash, fingerprint);
    """,
    # What a sync leaves to workers, in the order in which it is stored: see qa.store.share_table.
    """
    CREATE TABLE shares (
        number INTEGER PRIMARY KEY,
        pieces TEXT NOT NULL,
        worker TEXT NOT NULL DEFAULT '',
        until  INTEGER NOT NULL DEFAULT 0
    );
    """,
    # A number that nobody can guess for each state that the library was in: see
    # qa.store.store.State.
    """
    CREATE TABLE commits (revision INTEGER PRIMARY KEY, token INTEGER NOT NULL);
    INSERT INTO commits
        SELECT CAST(value AS INTEGER), random() & 9223372036854775807
        FROM meta WHERE key = 'revision';
    """,
    # The reason in a form that other languages can say.  What failed before has only the English
    # one: a file gets the other at the next sync, a row of a table when the table changes.
    """
    ALTER TABLE failures ADD COLUMN code TEXT NOT NULL DEFAULT '';
    ALTER TABLE failures ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
    """,
    """
    ALTER TABLE articles ADD COLUMN recognized TEXT NOT NULL DEFAULT '[]';
    """,
    # Of what a quote shows of an article: see qa.store.databases.checksums, which fills them in.
    """
    ALTER TABLE articles ADD COLUMN checksum TEXT NOT NULL DEFAULT '';
    """,
    # Syncs, and which one stored and retired each version of an article, 0 being none: see
    # qa.store.history.
    """
    ALTER TABLE articles ADD COLUMN added_by INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE articles ADD COLUMN removed_by INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE articles ADD COLUMN shelved INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX articles_added ON articles (added_by);
    CREATE INDEX articles_removed ON articles (removed_by) WHERE NOT live;
    CREATE TABLE syncs (
        number INTEGER PRIMARY KEY,
        time   INTEGER NOT NULL,
        folder TEXT NOT NULL,
        kept   INTEGER NOT NULL DEFAULT 1,
        undone INTEGER,
        told   TEXT
    );
    CREATE TABLE renames (
        sync     INTEGER NOT NULL,
        version  INTEGER NOT NULL REFERENCES articles (version) ON DELETE CASCADE,
        path     TEXT NOT NULL,
        file     TEXT NOT NULL,
        new_path TEXT NOT NULL,
        PRIMARY KEY (sync, version)
    ) WITHOUT ROWID;
    CREATE INDEX renames_version ON renames (version);
    """,
    # The watchlist, and the state of the store that each answer is of: see qa.watchlist.
    """
    CREATE TABLE saved_questions (
        id       TEXT PRIMARY KEY,
        told     TEXT NOT NULL,
        revision INTEGER NOT NULL,
        token    INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
)
CHECKSUMS = 7  # the number of the step after which checksums are filled in


def _statements(script: str) -> Iterator[str]:
    """Yield a script's statements: ``executescript`` would end the transaction."""
    statement = ""
    for part in script.split(";"):
        statement += part + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n;"):
                yield statement
            statement = ""


@contextmanager
def lenient(connection: sqlite3.Connection) -> Iterator[None]:
    """Read bytes that are no UTF-8, which damage leaves behind, as �."""
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        yield
    finally:
        connection.text_factory = str


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many of the steps a database has gone through."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def require_known(version: int) -> None:
    """See that a database has gone through no step that this version does not know.

    Raises:
        LibraryVersionError: if it is from a newer version of the program.
    """
    if version > len(MIGRATIONS):
        raise LibraryVersionError(
            "library_newer",
            "the library was written by a newer version of yinju (schema {version}, this "
            "version knows {known}); upgrade yinju",
            version=version,
            known=len(MIGRATIONS),
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the current schema, each step in a transaction of its own.

    Foreign keys must not be enforced yet: a step may put a new table in an old one's place.

    Raises:
        LibraryVersionError: if the database is from a newer version of the program.
    """
    version = version_of(connection)
    require_known(version)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        if version_of(connection) >= number:  # another process was quicker
            connection.execute("ROLLBACK")
            continue
        for statement in _statements(script):
            connection.execute(statement)
        if number == CHECKSUMS:
            with lenient(connection):  # what is damaged already shall not keep the rest away
                fill(lambda told, values: connection.execute(told, values).fetchall())
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")

"""The database schema as numbered steps: append only, never edit one that was released."""

from __future__ import annotations

import sqlite3

from qa.errors import LibraryVersionError

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
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the current schema, each step in a transaction of its own.

    Raises:
        LibraryVersionError: if the database is from a newer version of the program.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise LibraryVersionError(
            f"the library was written by a newer version of yinju (schema {version}, this version "
            f"knows {len(MIGRATIONS)}); upgrade yinju"
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")

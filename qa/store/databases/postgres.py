"""PostgreSQL: statements, transactions and locks on connections that threads share.

What is under way when a connection is lost fails: the server rolls its transaction back, and
nothing of it is repeated here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from qa.errors import (
    LibraryBusyError,
    LibraryDamagedError,
    LibraryError,
    LibraryVersionError,
    LibraryWriteError,
)
from qa.store.databases.addresses import parse
from qa.store.databases.checksums import fill
from qa.store.databases.connections import Connection, Connections
from qa.store.databases.postgres_errors import meaning
from qa.store.databases.postgres_migrations import CHECKSUMS, MIGRATIONS
from qa.store.databases.protocol import Database
from qa.store.databases.sqlite import SqliteDatabase
from qa.store.databases.transfer import transfer

_MANY = 50_000  # values in one array
# The upper halves of advisory locks' keys; the lower one is the schema's number.
_WRITING, _TRANSACTION = (int.from_bytes(b"YJ\0" + kind, "big") for kind in (b"\1", b"\2"))
_TABLES = (
    *("meta", "commits", "articles", "passages", "vectors", "sketches", "files", "failures"),
    *("shares", "syncs", "renames", "saved_questions"),
)
_SEQUENCES = {"articles": "articles_version_seq", "passages": "passages_id_seq"}


class PostgresDatabase(Database):
    """A PostgreSQL database, or the schema in it that the address's ``search_path`` names."""

    is_read_only = False

    def __init__(self, url: str) -> None:
        """Open the database at ``url``, and make or migrate the tables as needed.

        Raises:
            LibraryError: as :func:`qa.store.databases.open_database` does.
        """
        self._address = parse(url)
        self._connections = Connections(self._address)
        self._session = self._connections.session
        try:
            with self._session() as connection:
                self._schema = self._checked_schema(connection)
            self._migrate()
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The address without the password."""
        return self._address.name

    def close(self) -> None:
        """Close all connections; those in use, when they are given back."""
        self._connections.close()

    def _checked_schema(self, connection: Connection) -> int:
        """Return the number of the schema in use, of a database that can hold any text."""
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise LibraryDamagedError(
                "database_encoding_wrong",
                "{name} has the encoding {encoding}, which cannot hold every text; make one: "
                "createdb --encoding=UTF8 --template=template0",
                name=self.name,
                encoding=encoding,
            )
        rows = self.execute("SELECT oid FROM pg_namespace WHERE nspname = current_schema()")
        if not rows:
            raise LibraryDamagedError(
                "database_without_schema",
                "{name} has none of the schemas in its search_path; make one: CREATE SCHEMA",
                name=self.name,
            )
        return int(rows[0][0])

    # -- transactions and locks ----------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes inside one step: all of them happen, or none."""
        with self._session() as connection:
            if _is_in_transaction(connection):
                yield
                return
            with self._between(connection, "BEGIN ISOLATION LEVEL READ COMMITTED"):
                # As SQLite has it: what is read here stays true until the commit.
                key = self._key(_TRANSACTION)
                self.execute("SELECT pg_advisory_xact_lock(CAST(? AS BIGINT))", (key,))
                yield

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let this thread's reads inside see one state, whatever others write."""
        with self._session() as connection:
            begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            with self._between(connection, begin):
                yield

    @contextmanager
    def _between(self, connection: Connection, begin: str) -> Iterator[None]:
        """Begin and commit a transaction, or roll it back."""
        self.execute(begin)
        try:
            yield
            with self._errors(connection):
                ended = connection.execute("COMMIT").statusmessage
        except BaseException:
            with suppress(psycopg.Error):  # of a lost connection the server does it
                connection.execute("ROLLBACK")
            raise
        if ended != "COMMIT":  # a statement failed before, and somebody went on
            raise LibraryWriteError(
                "transaction_not_stored",
                "{name} did not store a transaction; try again",
                name=self.name,
            )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep all other machines from writing.

        The lock belongs to this thread's connection, on which all of its statements run until the
        end.  If that is lost, so is the lock, and every further statement fails: nobody writes who
        does not hold it.
        """
        with self._session() as connection:
            key = (self._key(_WRITING),)
            taken = self.execute("SELECT pg_try_advisory_lock(CAST(? AS BIGINT))", key)
            if taken != [(True,)]:
                holders = " and ".join(self._writers()) or "another process"
                raise LibraryBusyError(
                    "database_in_use",
                    "{holders} is writing to {name}; wait for it to finish",
                    holders=holders,
                    name=self.name,
                )
            try:
                yield
            finally:
                try:
                    self.execute("SELECT pg_advisory_unlock(CAST(? AS BIGINT))", key)
                except LibraryError:  # it goes with the connection
                    connection.close()

    def is_being_written(self) -> bool:
        """Tell whether somebody is :meth:`writing`."""
        return bool(self._writers())

    def _writers(self) -> list[str]:
        """Return what the connection that holds the lock says of its process."""
        rows = self.execute(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = CAST(? AS oid) AND objid = CAST(? AS oid)",
            (_WRITING, self._schema),
        )
        return [str(name).replace("yinju", "process", 1) for (name,) in rows]

    def _key(self, kind: int) -> int:
        return kind << 32 | self._schema

    def clock(self) -> int:
        """Return the seconds since 1970 by the server's clock."""
        ((now,),) = self.execute("SELECT CAST(extract(epoch FROM clock_timestamp()) AS BIGINT)")
        return int(now)

    # -- statements ----------------------------------------------------------------------------

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        with self._session() as connection, self._errors(connection):
            cursor = connection.execute(_translated(statement), values, binary=True)
            return cursor.fetchall() if cursor.description else []

    def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of ``rows``."""
        with self._session() as connection, self._errors(connection):
            connection.cursor().executemany(_translated(statement), rows)

    def select(
        self, statement: str, values: Iterable[Any], bound: Sequence[Any] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Run ``statement`` for any number of values, which go there as an array."""
        wanted = list(values)
        for start in range(0, len(wanted), _MANY):
            part = wanted[start : start + _MANY]
            yield from self.execute(statement.replace("IN ({})", "= ANY(?)"), [*bound, part])

    def last_ids(self) -> dict[str, int]:
        """Return the last id that each table gave."""
        found = {}
        for table, sequence in _SEQUENCES.items():
            ((last, is_given),) = self.execute(f"SELECT last_value, is_called FROM {sequence}")
            found[table] = int(last) if is_given else 0
        return found

    def continue_after(self, ids: Mapping[str, int]) -> None:
        """Let the tables give no id again up to those of ``ids``."""
        for table, last in ids.items():
            self.execute(
                f"SELECT setval('{_SEQUENCES[table]}', CAST(? AS BIGINT), CAST(? AS BOOLEAN))",
                (max(1, last), last > 0),
            )

    def size(self) -> int:
        """Return the bytes of the tables and their indexes."""
        ((total,),) = self.execute(
            "SELECT CAST(coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) AS BIGINT)"
            " FROM unnest(CAST(? AS TEXT[])) AS name",
            (list(_TABLES),),
        )
        return int(total)

    def copy_to(self, path: Path) -> None:
        """Write the last committed state to a new SQLite file at ``path``."""
        with closing(SqliteDatabase(path)) as target:
            transfer(self, target)

    # -- schema --------------------------------------------------------------------------------

    def _migrate(self) -> None:
        """Bring the tables to the current schema, each step in a transaction of its own."""
        if self._version() == len(MIGRATIONS):
            return
        with self.transaction():
            self.execute(
                "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)"
            )
        version = self._version()
        if version > len(MIGRATIONS):
            raise LibraryVersionError(
                "library_newer",
                "the library was written by a newer version of yinju (schema {version}, this "
                "version knows {known}); upgrade yinju",
                version=version,
                known=len(MIGRATIONS),
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            with self.transaction():
                if self._version() >= number:  # another process was quicker
                    continue
                for statement in script.split(";"):
                    if statement.strip():
                        self.execute(statement)
                if number == CHECKSUMS:
                    fill(self.execute)
                self.execute("INSERT INTO schema_version VALUES (?)", (number,))

    def _version(self) -> int:
        """Return how many of the steps the database has gone through."""
        ((table,),) = self.execute("SELECT CAST(to_regclass('schema_version') AS TEXT)")
        if table is None:
            return 0
        ((version,),) = self.execute("SELECT coalesce(max(version), 0) FROM schema_version")
        return int(version)

    # -- errors --------------------------------------------------------------------------------

    @contextmanager
    def _errors(self, connection: Connection) -> Iterator[None]:
        """Say what PostgreSQL's errors mean for a library, and what to do."""
        try:
            yield
        except psycopg.Error as error:
            meant = meaning(error, self._address, is_lost=connection.closed)
            if meant is None:  # a mistake of ours, which shall show
                raise
            raise meant from error


@cache
def _translated(statement: str) -> bytes:
    """Return a statement with values marked as psycopg marks them."""
    return statement.replace("%", "%%").replace("?", "%s").encode()


def _is_in_transaction(connection: Connection) -> bool:
    return connection.info.transaction_status in {
        TransactionStatus.INTRANS,
        TransactionStatus.INERROR,
        TransactionStatus.ACTIVE,
    }

"""Connections to a PostgreSQL server, which threads share.

They are made when they are needed and tried before each use, so that a server that was stopped is
found again by the next call.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from qa.errors import LibraryConnectionError
from qa.store.databases.addresses import Address
from qa.store.databases.characters import register

Connection = psycopg.Connection[tuple[Any, ...]]

_CONNECTIONS = 8  # of one process: more threads wait for their turn
# Applied where the address says nothing else: a machine that is gone is noticed within a minute.
_PARAMETERS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
# The same for the server, which else keeps the locks of a machine that is gone for hours; and how
# long to wait for another process's transaction, which takes milliseconds.
_SETTINGS = (
    "SET lock_timeout = '30s'; SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10;"
    " SET tcp_keepalives_count = 3"
)


class Connections:
    """The connections of one process to a database, each with one thread at a time."""

    def __init__(self, address: Address) -> None:
        """Name the database; nothing is connected yet."""
        self._address = address
        self._idle: list[Connection] = []
        self._guard = threading.Lock()  # of the list
        self._room = threading.BoundedSemaphore(_CONNECTIONS)
        self._own = threading.local()  # the connection on which a thread stays
        self._is_closed = False

    def close(self) -> None:
        """Close all connections; those in use, when they are given back."""
        with self._guard:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Keep this thread on one connection, the one on which it is already if there is one."""
        own: Connection | None = getattr(self._own, "connection", None)
        if own is not None:
            yield own
            return
        with self._room:
            connection = self._take()
            self._own.connection = connection
            try:
                yield connection
            finally:
                self._own.connection = None
                self._give_back(connection)

    def _take(self) -> Connection:
        while True:
            with self._guard:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self._connect()
            if _is_alive(connection):
                return connection
            connection.close()

    def _give_back(self, connection: Connection) -> None:
        with self._guard:
            is_kept = not self._is_closed and _is_idle(connection)
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()

    def _connect(self) -> Connection:
        parameters: dict[str, Any] = {
            **_PARAMETERS,
            "application_name": f"yinju {os.getpid()} on {socket.gethostname()}"[:63],
            **self._address.parameters,
            "client_encoding": "UTF8",
        }
        connection: Connection | None = None
        try:
            connection = psycopg.connect(autocommit=True, **parameters)
            connection.execute(_SETTINGS)
            register(connection)
        except psycopg.Error as error:
            if connection is not None:
                connection.close()
            name, said = self._address.name, self._address.without_secrets(str(error))
            raise LibraryConnectionError(
                "database_unreachable",
                "no connection to {name} ({said}); check that the server runs, has this "
                "database, and takes the login (PGPASSWORD or ~/.pgpass hold a password)",
                name=name,
                said=said,
            ) from error
        return connection


def _is_alive(connection: Connection) -> bool:
    """Tell whether an idle connection is still there, without asking the server.

    It has nothing to say to an idle one but that it goes, and then the end.
    """
    try:
        for _ in range(2):
            connection.pgconn.consume_input()
    except psycopg.Error:
        return False
    return _is_idle(connection)


def _is_idle(connection: Connection) -> bool:
    return not connection.closed and connection.info.transaction_status is TransactionStatus.IDLE

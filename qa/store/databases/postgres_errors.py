"""What PostgreSQL's errors mean for a library."""

from __future__ import annotations

import psycopg

from qa.errors import (
    LibraryBusyError,
    LibraryConnectionError,
    LibraryDamagedError,
    LibraryError,
    LibraryWriteError,
)
from qa.store.databases.addresses import Address


def meaning(error: psycopg.Error, address: Address, *, is_lost: bool) -> LibraryError | None:
    """Return what an error means for a library and what to do, None if it is a mistake of ours.

    ``is_lost`` tells that the connection went with it.  States: PostgreSQL's manual, appendix A.
    """
    name = address.name
    said = address.without_secrets(error.diag.message_primary or str(error))
    state = error.sqlstate or ""
    if is_lost or state[:2] == "08" or state in {"57P01", "57P02", "57P03"}:
        return LibraryConnectionError(
            "connection_lost",
            "the connection to {name} was lost ({said}); what was stored is safe: try "
            "again when the server runs",
            name=name,
            said=said,
        )
    if state[:2] == "53" or state[:2] == "58":
        return LibraryWriteError(
            "database_short_of_means",
            "{name} has not the means ({said}); what was stored is safe: free some space "
            "or memory on the server and try again",
            name=name,
            said=said,
        )
    if state in {"25006", "42501"}:
        return LibraryWriteError(
            "database_read_only",
            "{name} cannot be written ({said}); check what its user may do",
            name=name,
            said=said,
        )
    if state in {"55P03", "40001", "40P01", "57014"}:
        return LibraryBusyError(
            "database_busy", "{name} is busy ({said}); try again", name=name, said=said
        )
    if state[:2] == "XX" or state in {"42P01", "42P07", "42703"}:
        return LibraryDamagedError(
            "database_without_library",
            "{name} holds no library that can be read ({said}); name an empty database, "
            "or one that yinju made",
            name=name,
            said=said,
        )
    return None

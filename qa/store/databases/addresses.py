"""Addresses of PostgreSQL databases: what of them may be shown, and what may not."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from qa.errors import LibraryConnectionError

_SECRET = ("password", "sslpassword")


@dataclass(frozen=True, slots=True)
class Address:
    """What a connection is made with, and the name under which messages may tell of it."""

    parameters: dict[str, str] = field(repr=False)
    name: str

    def without_secrets(self, message: str) -> str:
        """Return a message on one line, with any password in it left out."""
        for key in _SECRET:
            if self.parameters.get(key):
                message = message.replace(self.parameters[key], "***")
        return " ".join(message.split())


def parse(url: str) -> Address:
    """Read ``postgresql://user:password@host:port/database?option=value``.

    Raises:
        LibraryConnectionError: if that cannot be understood.  What cannot be may hold a password,
            so it is not repeated, nor chained.
    """
    try:
        found = conninfo_to_dict(url)
    except psycopg.Error:
        raise _not_understood() from None
    parameters = {key: str(value) for key, value in found.items() if value is not None}
    host, port = parameters.get("host", ""), parameters.get("port", "")
    user, database = parameters.get("user", ""), parameters.get("dbname", "")
    # A password with @, / or : in it, not written as %40, %2F or %3A, would be taken for these.
    is_number = not port or port.replace(",", "").isdecimal()
    if "@" in host or "@" in database or not is_number:
        raise _not_understood()
    place = f"{quote(user)}@" if user else ""
    is_socket = host.startswith("/")
    if host and not is_socket:
        place += host + (f":{port}" if port else "")
    name = f"postgresql://{place}/{quote(database)}" + (f"?host={host}" if is_socket else "")
    return Address(parameters, name)


def _not_understood() -> LibraryConnectionError:
    return LibraryConnectionError(
        "store_address_invalid",
        "the address of the store (YINJU_STORE) cannot be understood; it has the "
        "form postgresql://user@host:port/database, and in a password @ is %40, / is "
        "%2F, : is %3A",
    )

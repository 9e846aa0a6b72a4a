"""Characters that PostgreSQL cannot hold: there is one, U+0000, and it must come back.

Texts of articles, their titles and paths may hold it; offsets and quotes count on every character.
So it goes there as U+10FFFF and a letter, and so does that: a code point which Unicode sets aside
for what programs need among themselves, and which no text has.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.adapt import Buffer
from psycopg.pq import Format
from psycopg.types.string import StrBinaryDumper, TextBinaryLoader

_ESCAPE = "\U0010ffff"
_WRITTEN = str.maketrans({"\0": f"{_ESCAPE}n", _ESCAPE: f"{_ESCAPE}e"})


class _Dumper(StrBinaryDumper):
    """Python to PostgreSQL."""

    def dump(self, obj: str) -> Buffer | None:
        if "\0" in obj or _ESCAPE in obj:
            obj = obj.translate(_WRITTEN)
        return super().dump(obj)


class _Loader(TextBinaryLoader):
    """PostgreSQL to Python."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        text = str(data, "utf-8", "replace")  # bytes that damage made invalid: a checksum tells
        if _ESCAPE not in text:
            return text
        first, *parts = text.split(_ESCAPE)
        return first + "".join(("\0" if part[:1] == "n" else _ESCAPE) + part[1:] for part in parts)


def register(connection: psycopg.Connection[Any]) -> None:
    """Let a connection write and read texts so."""
    connection.adapters.register_dumper(str, _Dumper)
    connection.adapters.register_loader("text", _Loader)

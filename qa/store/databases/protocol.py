"""What a store asks of a database: statements that every one of them understands, and locks.

Statements are written once, in the SQL that SQLite and PostgreSQL share: values stand as ``?``,
texts are ordered by code point, and a list of values as ``IN ({})``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

_MANY = 500  # values in one IN (...) list, below SQLite's limit on parameters


class Database(Protocol):
    """A database that several threads may use at the same time.

    Reads see the last committed state; writes are transactions that outlast a power cut.  Every
    method raises a :class:`qa.errors.LibraryError` of the kind that tells what went wrong.
    """

    is_read_only: bool  # whether whatever would write is refused

    @property
    def name(self) -> str:
        """What messages call it: its path, or its address without the password."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Make the writes inside one step: all of them happen, or none.

        There is one at a time, whoever wants to write.  Within another one of the same thread it is
        a part of that.
        """
        ...

    def frozen(self) -> AbstractContextManager[None]:
        """Let this thread's reads inside see one state, whatever others write; it writes nothing.

        Where whoever reads so keeps writers away by the library folder's lock, it does nothing.
        """
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Keep all other machines from writing, until the end or the death of this process.

        Raises:
            LibraryBusyError: if another one is writing; the message tells which.
        """
        ...

    def is_being_written(self) -> bool:
        """Tell whether somebody is :meth:`writing`, on whichever machine."""
        ...

    def clock(self) -> int:
        """Return the seconds since 1970, by the one clock that all who use the database go by."""
        ...

    def execute(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        ...

    def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of ``rows``."""
        ...

    def select(
        self, statement: str, values: Iterable[Any], bound: Sequence[Any] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """Run ``statement``, which has one ``IN ({})``, for any number of values.

        ``bound`` are the values of the statement's other marks, which come before the list.
        """
        wanted = list(values)
        for start in range(0, len(wanted), _MANY):
            part = wanted[start : start + _MANY]
            yield from self.execute(statement.format(",".join("?" * len(part))), [*bound, *part])

    def last_ids(self) -> dict[str, int]:
        """Return the last id that the tables ``articles`` and ``passages`` gave, by their names."""
        ...

    def continue_after(self, ids: Mapping[str, int]) -> None:
        """Let the tables give no id again up to those of ``ids``."""
        ...

    def size(self) -> int:
        """Return the bytes on the disk."""
        ...

    def copy_to(self, path: Path) -> None:
        """Write the last committed state to a new SQLite file at ``path``."""
        ...

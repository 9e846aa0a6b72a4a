"""What is answered of a sheet that is not finished, in a folder beside it.

Each answer is on the disk before the next question is asked: whatever ends the program, the same
command goes on where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from qa.errors import SheetError, refusal
from qa.presenting.answer_rows import AnswerRow
from qa.store.durable import settle_folder

_ANSWERS, _LOCK = "answers.jsonl", "in-use.lock"


class Answered(NamedTuple):
    """What became of a question: whether there was evidence, and the rows to write."""

    has_evidence: bool
    rows: tuple[AnswerRow, ...]


def folder_of(sheet: Path) -> Path:
    """Return the folder that holds what is answered of a sheet to be written.

    It is a hidden one: among articles, no sync takes it for some.
    """
    return sheet.with_name(f".{sheet.name}.unfinished")


class Unfinished:
    """The answers by their questions, each stored as it comes.

    They hold on one ``basis``: what the library held, and how it was asked.  Those on another one
    are dropped, and ``dropped`` is how many.
    """

    def __init__(self, sheet: Path, basis: Mapping[str, Any]) -> None:
        """Keep the answers for ``sheet``, which is to be written; nothing is read yet."""
        self.answers: dict[str, Answered] = {}
        self.dropped = 0
        self._sheet = sheet
        self._basis = dict(basis)
        self._folder = folder_of(sheet)
        self._file: FileIO | None = None  # without a buffer, which a full disk would leave full

    @contextmanager
    def held(self) -> Iterator[None]:
        """Take up what is stored, and let no other process do so; afterwards it stays.

        Raises:
            SheetError: if another process is at it, or the system refuses.
        """
        lock = FileLock(self._folder / _LOCK, timeout=0)
        try:
            with _written(self._sheet):
                self._folder.mkdir(exist_ok=True)
                lock.acquire()
                self._open()
            yield
        finally:
            if self._file is not None:
                self._file.close()
            lock.release()
            if self._file is not None and not self.answers:
                self._clear()

    def add(self, question: str, answered: Answered) -> None:
        """Store what became of a question.

        Raises:
            SheetError: if the system refuses.
        """
        with _written(self._sheet):
            self._append([question, *answered])
        self.answers[question] = answered

    def discard(self) -> None:
        """Keep nothing: what the answers were stored for is done.  The folder goes at the end."""
        self.answers.clear()

    def _clear(self) -> None:
        """Remove the folder.  What somebody else has put there stays, and does no harm."""
        with suppress(OSError):
            (self._folder / _ANSWERS).unlink(missing_ok=True)
            (self._folder / _LOCK).unlink(missing_ok=True)
            self._folder.rmdir()

    def _open(self) -> None:
        """Read what is stored, as far as it is whole, and open the file to go on from there."""
        path = self._folder / _ANSWERS
        self._file = file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        entries, end = _whole(file.readall())
        if entries[:1] == [self._basis]:
            for question, has_evidence, rows in entries[1:]:
                self.answers[question] = Answered(has_evidence, tuple(AnswerRow(*r) for r in rows))
        else:
            self.dropped, end = max(0, len(entries) - 1), 0
        file.seek(end)
        file.truncate()
        if not end:
            self._append(self._basis)
            settle_folder(self._folder)
            settle_folder(self._folder.parent)

    def _append(self, entry: object) -> None:
        if self._file is None:
            raise AssertionError("answers are added while they are held")
        left = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        while left:
            left = left[self._file.write(left) :]
        os.fsync(self._file.fileno())


def _whole(data: bytes) -> tuple[list[Any], int]:
    """Return the entries before the one that a kill cut off, and where they end."""
    entries, end = [], 0
    for line in data.split(b"\n")[:-1]:
        try:
            entries.append(json.loads(line))
        except ValueError:
            break
        end += len(line) + 1
    return entries, end


@contextmanager
def _written(sheet: Path) -> Iterator[None]:
    try:
        yield
    except Timeout as error:
        raise SheetError(
            "sheet_in_use",
            "another process is writing {path}; wait until it has finished",
            path=sheet,
        ) from error
    except OSError as error:
        raise SheetError(
            "sheet_not_begun",
            "what is answered cannot be kept beside {path}: {why}",
            path=sheet,
            why=refusal(error),
        ) from error

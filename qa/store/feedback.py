"""What people said of answers: kept in the library folder, made into questions for an evaluation.

Each is a line of JSON in ``feedback.jsonl``, appended under a lock of its own and forced to the
disk: several processes may write, and a crash costs at most the line that was being written.
Nothing is sent anywhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal, get_args

from filelock import FileLock, Timeout

from qa.errors import FeedbackError, LibraryBusyError, LibraryWriteError, refusal
from qa.representation import as_json
from qa.store.durable import put_in_place, scratch_folder
from qa.types import Answer, Filters, Status

Vote = Literal["up", "down"]
# Why an answer is bad: it is wrong; the articles do not say it at all; they do say what was asked,
# but it was not found; anything else.
Reason = Literal["", "wrong", "unfounded", "missed", "other"]

LONGEST = 2_000  # characters kept of a question, an answer, a quote or a comment
MOST_QUESTIONS = 6  # earlier questions kept
MOST_QUOTES = 5
FEEDBACK = "feedback.jsonl"  # in the library's folder
MAX_BYTES = 64 << 20  # of the file: a page that is open to all must not fill the disk
_WAIT = 10.0  # seconds for others to finish their line


@dataclass(frozen=True, slots=True)
class FeedbackEntry:
    """What somebody said of an answer.

    ``time`` is in ISO 8601, UTC; ``history`` are the questions before, oldest first; ``path`` is
    of the first article cited, empty where none was; ``expected`` is the right answer, if told;
    ``filters`` are those of the answer.
    """

    time: str
    verdict: Vote
    reason: Reason
    comment: str
    expected: str
    question: str
    reading: str
    history: tuple[str, ...]
    status: Status
    text: str
    quotes: tuple[str, ...]
    path: str
    filters: Filters = field(default_factory=Filters)


class Feedback:
    """The feedback on the answers of one library."""

    def __init__(self, folder: Path) -> None:
        """Keep it in the library's ``folder``."""
        self.path = folder / FEEDBACK
        self._lock = FileLock(folder / "feedback.lock", timeout=_WAIT)

    def add(
        self,
        answer: Answer,
        verdict: Vote,
        reason: Reason = "",
        *,
        comment: str = "",
        expected: str = "",
        history: Sequence[str] = (),
    ) -> FeedbackEntry:
        """Store what somebody said of ``answer``; what is too long is cut.

        Raises:
            FeedbackError: if ``verdict`` or ``reason`` is not one of those known, or there is no
                more room.
            LibraryBusyError: if other processes do not finish writing.
            LibraryWriteError: if the file cannot be written.
        """
        if verdict not in get_args(Vote) or reason not in get_args(Reason):
            raise FeedbackError(
                "feedback_unknown",
                "there is no feedback {verdict!r} with the reason {reason!r}",
                verdict=verdict,
                reason=reason,
            )
        quotes = [citation.quote for citation in answer.citations[:MOST_QUOTES]]
        entry = FeedbackEntry(
            time=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            verdict=verdict,
            reason=reason,
            comment=_cut(comment),
            expected=_cut(expected),
            question=_cut(answer.question),
            reading=_cut(answer.reading),
            history=tuple(map(_cut, history[-MOST_QUESTIONS:])),
            status=answer.status,
            text=_cut(answer.text),
            quotes=tuple(map(_cut, quotes)),
            path=_cut(answer.citations[0].article.path) if answer.citations else "",
            filters=answer.filters,
        )
        self._append(json.dumps(as_json(entry), ensure_ascii=False).encode("utf-8"))
        return entry

    def read(self) -> tuple[list[FeedbackEntry], int]:
        """Return all entries, oldest first, and how many lines cannot be read.

        Raises:
            FeedbackError: if the file cannot be read.
        """
        from pydantic import TypeAdapter, ValidationError

        try:
            lines = self.path.read_bytes().split(b"\n") if self.path.exists() else []
        except OSError as error:
            raise FeedbackError(
                "feedback_unreadable",
                "{path} cannot be read: {why}",
                path=self.path,
                why=refusal(error),
            ) from error
        adapter = TypeAdapter(FeedbackEntry)
        entries, damaged = [], 0
        for line in filter(None, lines):
            try:
                entries.append(adapter.validate_json(line))
            except ValidationError:
                damaged += 1
        return entries, damaged

    def _append(self, line: bytes) -> None:
        try:
            with self._lock, self.path.open("a+b") as file:
                size = file.seek(0, os.SEEK_END)
                if size + len(line) > MAX_BYTES:
                    raise FeedbackError(
                        "feedback_full",
                        "{path} is full; export it and move it away",
                        path=self.path,
                    )
                file.seek(max(0, size - 1))
                torn = file.read(1) not in {b"", b"\n"}  # a line that a crash cut short
                file.write((b"\n" if torn else b"") + line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except Timeout as error:
            raise LibraryBusyError(
                "feedback_busy", "others are writing to {path}; try again", path=self.path
            ) from error
        except OSError as error:
            raise LibraryWriteError(
                "feedback_not_written",
                "{path} cannot be written ({why}); check its permissions and the space on the disk",
                path=self.path,
                why=refusal(error),
            ) from error


def cases(entries: Sequence[FeedbackEntry]) -> list[dict[str, Any]]:
    """Return what ``yinju eval`` can ask again, in the form of its question files.

    Of several entries on one question in one conversation and within the same filters the last
    counts.  A good answer is to be
    given again, a rightly missing one to be missing, an unfounded one to be missing from now on;
    of a wrong or missed one only what was told to be right can be asked for, so that without it
    there is no case.
    """
    last = {(entry.question, entry.history, entry.filters): entry for entry in entries}
    found = []
    for entry in last.values():
        answers = _expected(entry)
        if answers is None:
            continue
        found.append(
            {
                "question": entry.question,
                "answers": answers,
                "kind": "feedback",
                "history": list(entry.history),
                "doc": entry.path or None,
            }
            | ({"filters": as_json(entry.filters)} if entry.filters != Filters() else {})
        )
    return found


def write_cases(made: Sequence[dict[str, Any]], path: Path) -> None:
    """Write cases to a file that ``yinju eval`` reads, whole or not at all.

    Raises:
        FeedbackError: if the file cannot be written.
    """
    try:
        with scratch_folder(path.parent, ".yinju-cases-") as scratch:
            beside = scratch / "cases"
            beside.write_text(
                json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
            put_in_place(beside, path)
    except OSError as error:
        raise FeedbackError(
            "feedback_not_exported",
            "{path} cannot be written: {why}",
            path=path,
            why=refusal(error),
        ) from error


def _expected(entry: FeedbackEntry) -> list[str] | None:
    """Return the accepted answers, none if there is to be no answer, None if nobody knows."""
    if entry.expected.strip():
        return [entry.expected.strip()]
    if entry.verdict == "up":
        lines = [line for line in entry.text.split("\n") if line]
        return lines if entry.status == "answered" else []
    return [] if entry.reason == "unfounded" else None


def _cut(text: str) -> str:
    """Return the beginning of a text, as UTF-8 can hold it."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")

"""Files of formats that can do harm, read by a process of their own.

A PDF that crashes native code, a page that nests a million deep, a document that grows without
end: each costs that process, which is bounded in time and memory, and never the sync.
"""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import IO, Any

from qa.articles import formats
from qa.articles.drawing import draw_page
from qa.articles.formats import (
    READERS,
    Cell,
    Document,
    Unreadable,
    read_cells,
    read_documents,
    reader_of,
)
from qa.articles.processes import start_module
from qa.errors import ArticleUnreadableError

SANDBOXED = frozenset(READERS.values()) - {"plain", "jsonl", "csv"}
SECONDS = 120.0  # for one file, or for one page of it that is a picture
GOES_ON = b"\n"  # written after such a page
_GRACE = 10.0  # seconds after which a process ends by itself that is not ended
MEMORY = 3 << 30  # bytes of address space, where the system can limit it


class Sandbox:
    """Reads files, the risky ones in another process, which is started when the first comes."""

    def __init__(self, seconds: float = SECONDS, articles: Path | None = None) -> None:
        """Allow ``seconds`` for each risky file.

        ``articles`` is the folder that the files lie in: no program is taken from there.
        """
        self.seconds = seconds
        self._articles = articles
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None  # its temporary files

    def __enter__(self) -> Sandbox:
        """Return the sandbox itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the other process."""
        self.stop()

    @property
    def pid(self) -> int | None:
        """The other process's number; None while there is none."""
        return None if self._process is None else self._process.pid

    def read(self, path: Path) -> Iterator[Document | Unreadable]:
        """Yield what the file at ``path`` holds.

        Raises:
            ArticleUnreadableError: if it cannot be read, takes too long or too much memory.
        """
        if reader_of(path) in SANDBOXED:
            yield from _received(self._ask({"read": str(path), "seconds": self.seconds}))
        else:
            yield from read_documents(path)

    def cells(self, path: Path) -> list[list[Cell]]:
        """Return the rows of a workbook as :func:`qa.articles.formats.spreadsheet.first_sheet`.

        Raises:
            ArticleUnreadableError: as there, or if it takes too long or too much memory.
        """
        answer = self._ask({"cells": str(path), "seconds": self.seconds})
        if "error" in answer:
            raise ArticleUnreadableError.restored(**answer["error"])
        rows: list[list[Cell]] = answer["rows"]
        return rows

    def draw(self, path: Path, page: int) -> bytes:
        """Return a page of the file at ``path``, counted from 1, as a JPEG image.

        Raises:
            ArticleUnreadableError: as :func:`qa.articles.drawing.draw_page`, or if it takes too
                long or too much memory.
        """
        answer = self._ask({"draw": str(path), "page": page, "seconds": self.seconds})
        if "error" in answer:
            raise ArticleUnreadableError.restored(**answer["error"])
        return base64.b64decode(answer["image"])

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._process is not None and self._process.poll() is not None:
            self.stop()  # it died after the last file; its pipes are still open
        process = self._process = self._process or self._start()
        requests, answers = process.stdin, process.stdout
        if requests is None or answers is None:
            raise AssertionError("the process was started with pipes")
        late = threading.Event()

        def stop() -> None:
            late.set()
            _kill(process)

        answer = GOES_ON
        try:
            requests.write(json.dumps(request).encode() + b"\n")
            requests.flush()
            while answer == GOES_ON:
                timer = threading.Timer(self.seconds, stop)
                timer.start()
                try:
                    answer = answers.readline()
                finally:
                    timer.cancel()
        except OSError:
            answer = b""
        if not answer.endswith(b"\n"):
            self.stop()
            if late.is_set():
                raise ArticleUnreadableError(
                    "reading_too_slow",
                    "reading the file took more than {seconds:.0f} s; it may be damaged",
                    seconds=self.seconds,
                )
            raise ArticleUnreadableError(
                "reader_broken", "the file broke its reader; it may be damaged, or made to do harm"
            )
        received: dict[str, Any] = json.loads(answer)
        return received

    def _start(self) -> subprocess.Popen[bytes]:
        self._scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        return start_module(
            "qa.articles.sandbox",
            dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._scratch.name),
            articles=self._articles,
            silent=True,
        )

    def stop(self) -> None:
        """End the other process, and leave nothing of it; it is started again when it is needed."""
        process, self._process = self._process, None
        if process is not None:
            _kill(process)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what was not written is of no use any more
                        pipe.close()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process, and whatever it has started: it leads a group of its own."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:  # Windows
        process.kill()


def _received(answer: dict[str, Any]) -> list[Document | Unreadable]:
    if "error" in answer:
        raise ArticleUnreadableError.restored(**answer["error"])
    found: list[Document | Unreadable] = []
    for fields in answer["documents"]:
        if "error" in fields:
            error = ArticleUnreadableError.restored(**fields["error"])
            found.append(Unreadable(fields["key"], error))
            continue
        published = fields["published"]
        fields["published"] = date.fromisoformat(published) if published else None
        fields["pages"] = tuple(fields["pages"])
        fields["recognized"] = tuple(map(tuple, fields["recognized"]))
        found.append(Document(**fields))
    return found


# -- the other side ----------------------------------------------------------------------------


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests, a line of JSON each, with such lines, until there are no more."""
    seconds = 0.0

    def go_on() -> None:
        _allow(seconds)
        answers.write(GOES_ON)
        answers.flush()

    formats.on_page = go_on
    for line in requests:
        request = json.loads(line)
        seconds = request["seconds"]
        _allow(seconds)
        answers.write(_answer(request) + b"\n")
        answers.flush()
        _allow(0)


def _allow(seconds: float) -> None:
    """Have the system end this process some time after those ``seconds``; 0 allows any time.

    Who asked ends it sooner, unless that process was killed; and then a thread of this one does,
    unless native code lets no thread run.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds and seconds + _GRACE)


def _end_with(requests: IO[bytes]) -> None:
    """End this process, and what it has started, when nobody is left to ask it."""
    hung_up = select.poll()
    hung_up.register(requests, 0)  # for nothing, and so for the end, which is always told
    hung_up.poll()
    os.killpg(0, signal.SIGKILL)


def _answer(request: dict[str, Any]) -> bytes:
    try:
        if "draw" in request:
            image = draw_page(Path(request["draw"]), request["page"])
            return json.dumps({"image": base64.b64encode(image).decode()}).encode()
        if "cells" in request:
            return json.dumps({"rows": read_cells(Path(request["cells"]))}).encode()
        documents = [_sent(item) for item in read_documents(Path(request["read"]))]
        return json.dumps({"documents": documents}, default=date.isoformat).encode()
    except ArticleUnreadableError as error:
        return json.dumps({"error": error.as_json()}).encode()
    except MemoryError:
        too_much = ArticleUnreadableError(
            "memory_bounded",
            "reading takes more than {limit} GiB of memory",
            limit=MEMORY >> 30,
        )
        return json.dumps({"error": too_much.as_json()}).encode()


def _sent(item: Document | Unreadable) -> dict[str, Any]:
    if isinstance(item, Unreadable):
        return {"key": item.key, "error": item.error.as_json()}
    return asdict(item)


def _main() -> None:
    try:
        import resource
    except ImportError:  # Windows: time is bounded, memory is not
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Libraries may print; answers go where only they are written.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if hasattr(select, "poll"):
        threading.Thread(target=_end_with, args=(sys.stdin.buffer,), daemon=True).start()
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()

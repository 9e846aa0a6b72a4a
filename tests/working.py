"""Encoders that workers, being processes of their own, can have: importable and picklable."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from embeddings import ModelError, Progress, Vectors
from tests.conftest import HashEncoder


class NotingEncoder(HashEncoder):
    """Notes in a file which process encodes what; each text takes ``seconds``."""

    def __init__(self, notes: Path, seconds: float = 0.0) -> None:
        super().__init__()
        self.notes = notes
        self.seconds = seconds

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        time.sleep(self.seconds * len(texts))
        lines = "".join(f"{os.getpid()}\t{text.encode().hex()}\n" for text in texts)
        with self.notes.open("a", encoding="ascii") as file:
            file.write(lines)
        return super().encode_documents(texts, progress)


def noted(notes: Path) -> list[tuple[int, str]]:
    """Return which process encoded which text, in their order."""
    lines = notes.read_text(encoding="ascii").splitlines() if notes.exists() else []
    return [(int(pid), bytes.fromhex(text).decode()) for pid, text in map(str.split, lines)]


class BrokenEncoder(HashEncoder):
    """A model that cannot be used."""

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        raise ModelError("broken", "no usable model in /models/broken: it lacks weights")


class StubbornEncoder(HashEncoder):
    """A model that stays in the process that has it."""

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("cannot pickle 'device' object")


class PacedEncoder(HashEncoder):
    """Waits as long as a model computes, and gives vectors of the built-in one's length."""

    def __init__(self, seconds: float) -> None:
        super().__init__("paced384")
        self.dimension = 384
        self.seconds = seconds

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        time.sleep(self.seconds * len(texts))
        return super().encode_documents(texts, progress)

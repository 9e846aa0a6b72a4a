"""The public question sets, as JSON lines packed with xz."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from embeddings.training.datasets import read_lines

DEFAULT_FOLDER = Path(__file__).parents[3] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Row:
    """A question with the text that answers it."""

    id: str
    context: str
    question: str
    answers: tuple[str, ...]


def read_rows(folder: Path, name: str, limit: int | None = None) -> list[Row]:
    """Read a question set, at most ``limit`` rows of it."""
    rows = []
    for row in read_lines(folder / f"{name}.jsonl.xz", limit):
        answers = tuple(answer["text"] for answer in row["answers"])
        rows.append(Row(row["id"], row["context"], row["question"], answers))
    return rows


def read_news(folder: Path, limit: int) -> list[str]:
    """Read the texts of the first ``limit`` news articles."""
    return [row["text"] for row in read_lines(folder / "crud_news.jsonl.xz", limit)]

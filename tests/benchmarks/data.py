"""The public question sets, as JSON lines packed with xz."""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

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
    with lzma.open(folder / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            answers = tuple(answer["text"] for answer in row["answers"])
            rows.append(Row(row["id"], row["context"], row["question"], answers))
            if limit is not None and len(rows) >= limit:
                break
    return rows


def read_news(folder: Path, limit: int) -> list[str]:
    """Read the texts of the first ``limit`` news articles."""
    with lzma.open(folder / "crud_news.jsonl.xz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in islice(lines, limit)]

"""The development questions as they are asked of a whole folder, and what answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa.text import fold, sentences


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its answers as they may be said, and the sentences that they stand in.

    A question that its passage does not answer has neither.
    """

    question: str
    kind: str
    text: str  # the kind of text that it was asked of
    answers: tuple[str, ...]
    evidence: tuple[str, ...]

    def has(self, quote: str) -> bool:
        """Tell whether a quote, folded, has a sentence that answers, or a part with an answer."""
        if not quote:
            return False
        return any(sentence in quote for sentence in self.evidence) or any(
            quote.strip() in sentence and any(fold(said) in quote for said in self.answers)
            for sentence in self.evidence
        )


def read_cases(data: Path) -> list[Case]:
    """Read the development items that are questions."""
    passages = {row["id"]: row for row in read_lines(data / "authored" / "passages_dev.jsonl.xz")}
    return [
        _case(row, passages[row["passage"]])
        for row in read_lines(data / "authored" / "dev.jsonl.xz")
        if row["type"] in {"question", "unanswerable"}
    ]


def _case(row: Mapping[str, Any], passage: Mapping[str, str]) -> Case:
    if row["type"] == "unanswerable":
        return Case(row["question"], f"not: {row['trap']}", passage["kind"], (), ())
    text = passage["text"]
    starts = [answer["start"] for answer in row["answers"]]
    evidence = tuple(
        fold(text[start:end]).strip()
        for start, end in sentences(fold(text))
        if any(start <= at < end for at in starts)
    )
    answers = tuple(answer["text"] for answer in row["answers"])
    return Case(row["question"], row["kind"], passage["kind"], answers, evidence)

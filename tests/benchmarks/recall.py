"""Whether search finds the passage that answers, in a folder where much else looks like it.

One command (the library is built once, and kept for the next run)::

    python -m tests.benchmarks.recall build/folder [--questions 400] [--news 500] [--official 0]

The questions are the development items that people wrote over passages of these documents, and 180
of them again in words far from the passages' (``tests/questions/far.json``); no model has learnt
from either.  A passage answers if it has the answer with the twelve characters on either side.
Dates and places are mostly left out of the questions, so that some cannot be found.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa import Library
from qa.training.questions.retrieved import AROUND
from tests.benchmarks.data import DEFAULT_FOLDER
from tests.benchmarks.folder import write_folder

FAR = Path(__file__).parents[1] / "questions" / "far.json"
CUTS = (1, 3, 5, 10, 20, 30, 50, 100)


def read_questions(data: Path, number: int) -> dict[str, list[tuple[str, str]]]:
    """Return questions, each with the text by which the passage that answers is known, by kind."""
    folder = data / "authored"
    passages = {row["id"]: row["text"] for row in read_lines(folder / "passages_dev.jsonl.xz")}
    rows = list(read_lines(folder / "dev.jsonl.xz"))

    def around(row: Mapping[str, Any]) -> str:
        start = int(row["answers"][0]["start"])
        end = start + len(row["answers"][0]["text"])
        return str(passages[row["passage"]][max(0, start - AROUND) : end + AROUND])

    plain = [(row["question"], around(row)) for row in rows if row["type"] == "question"]
    far = json.loads(FAR.read_text(encoding="utf-8"))
    return {
        "ordinary": random.Random(5).sample(plain, min(number, len(plain))),  # noqa: S311
        "far": [(item["question"], around(rows[item["of"]])) for item in far],
    }


def ranks(library: Library, questions: Sequence[tuple[str, str]]) -> list[int]:
    """Return for each question the rank of the passage that answers; 0 is the first."""
    found = []
    for question, around in questions:
        hits = library.retrieve(question, CUTS[-1])
        places = (rank for rank, hit in enumerate(hits) if around in hit.text)
        found.append(next(places, CUTS[-1]))
    return found


def main() -> None:
    """Build the library if there is none, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="for documents and library; made if not there")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--news", type=int, default=500)
    parser.add_argument("--official", type=int, default=0)
    arguments = parser.parse_args()
    documents = arguments.folder / "documents"
    if not documents.exists():
        write_folder(arguments.data, documents, arguments.news, arguments.official)
    with Library.open(arguments.folder / "library") as library:
        library.sync(documents)
        for kind, questions in read_questions(arguments.data, arguments.questions).items():
            found = ranks(library, questions)
            shares = (sum(rank < cut for rank in found) / len(found) for cut in CUTS)
            told = " ".join(f"@{cut} {share:.3f}" for cut, share in zip(CUTS, shares, strict=True))
            print(f"{kind}, {len(found)} questions: {told}")


if __name__ == "__main__":
    main()

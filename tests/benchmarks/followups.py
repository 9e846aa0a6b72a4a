"""How follow-ups are understood, by class.

One command::

    python -m tests.benchmarks.followups [--quiet]        # conversations that people wrote as tests
    python -m tests.benchmarks.followups --folder FOLDER  # the same answer from a folder

No weight was fitted on any of these conversations.  A reading counts as right if it is one of those
that a person accepted, words of grammar aside (“鹤山的总投资多少” is “鹤山总投资是多少”).  How many
of the authored development items are rewritten word for word, ``qa.training.rewriting`` prints.

With ``--folder``, which ``tests.benchmarks.folder`` makes, the authored development follow-ups are
asked of all its documents after their turns, and so are their written rewritings: what counts is
whether both quote the same sentence first, or both are refused.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa import Library
from qa.reading.rewriter import Rewriter, Rewriting
from qa.text import fold
from qa.types import Answer, Exchange
from tests.benchmarks.data import DEFAULT_FOLDER

QUESTIONS = Path(__file__).parents[1] / "questions"
SETS = ("followups", "followups_heldout", "followups_second", "followups_third")
SETS += ("followups_slots", "followups_fourth")


@dataclass(frozen=True, slots=True)
class Conversation:
    """Earlier questions, a follow-up, and the readings of it that are accepted."""

    kind: str
    history: tuple[Exchange, ...]
    question: str
    readings: tuple[str, ...]


def conversations(path: Path) -> list[Conversation]:
    """Read a set of conversations."""
    return [
        Conversation(
            row["kind"],
            tuple(_exchange(item) for item in row["history"]),
            row["question"],
            tuple(row["readings"]),
        )
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]


def _exchange(item: str | dict[str, Any]) -> Exchange:
    if isinstance(item, str):
        return Exchange(item)
    return Exchange(item["question"], text=item["answer"])


def plain(reading: str) -> str:
    """Return a reading without words of grammar, quotation marks and spaces."""
    return re.sub(r"[的了是有呢\"'?。, ]", "", fold(reading))


def place(conversation: Conversation, found: list[Rewriting]) -> int | None:
    """Return the place of the first right reading, from 0; None if none is right."""
    wanted = {plain(reading) for reading in conversation.readings}
    return next((n for n, reading in enumerate(found) if plain(reading.text) in wanted), None)


def by_class(rewriter: Rewriter, *, quiet: bool) -> Iterator[str]:
    """Yield the figures, and before them what was not understood."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for name in SETS:
        for conversation in conversations(QUESTIONS / f"{name}.json"):
            found = rewriter.rewrite(conversation.question, conversation.history)
            at = place(conversation, found)
            for kind in (conversation.kind, "all"):
                counts[kind][0] += 1
                counts[kind][1] += at == 0
                counts[kind][2] += at is not None
            if at != 0 and not quiet:
                said = [f"{past.question}({past.text})" for past in conversation.history]
                yield f"{conversation.kind}: {said} {conversation.question}"
                yield f"    {[reading.text for reading in found]}"
    yield "| class | conversations | first reading | any reading |\n|---|---|---|---|"
    for kind, (total, first, some) in sorted(counts.items()):
        yield f"| {kind} | {total} | {first} | {some} |"


def from_folder(library: Library, data: Path, number: int) -> Iterator[str]:
    """Yield how many follow-ups are answered as their written rewritings are."""
    from qa.training.rewriting import authored

    drawn = random.Random("follow-ups").sample(authored(data, "dev"), number)  # noqa: S311
    same = 0
    for one in drawn:
        asked, meant = library.ask(one.text, one.history), library.ask(one.rewrite)
        same += _said(asked) == _said(meant)
        if _said(asked) != _said(meant):
            yield f"{one.text}: {asked.reading}, not {one.rewrite}"
    yield f"the same answer: {same / number:.3f} of {number}"


def _said(answer: Answer) -> tuple[int, int] | None:
    first = answer.citations[0] if answer.citations else None
    return (first.article.id, first.start) if first else None


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="print the figures alone")
    parser.add_argument("--folder", type=Path, help="that tests.benchmarks.folder made")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--questions", type=int, default=150, help="a draw, asked of the folder")
    arguments = parser.parse_args()
    if arguments.folder is None:
        lines = by_class(Rewriter.load(), quiet=arguments.quiet)
        print("\n".join(lines))
        return
    with Library.open(arguments.folder / "library") as library:
        for line in from_folder(library, arguments.data, arguments.questions):
            if not (arguments.quiet and ": " in line and not line.startswith("the same")):
                print(line)


if __name__ == "__main__":
    main()

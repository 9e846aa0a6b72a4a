"""What the heads say of the development items, each with its passage given.

Call::

    python -m qa.training.measure ../shared/data [--run RUN_FOLDER] [--items 600]

Without a run it measures the shipped reader, whose span head is the only one.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from qa.reading.reader import BUILTIN_FOLDER, best_tokens
from qa.reading.windows import Windower
from qa.text import sentences
from qa.training.heads import ReadingModel, Said, continued
from qa.training.lessons import Authored, Lesson
from qa.training.scoring import area_under_curve, exact
from qa.training.spans.recipe import reader_tokenizer
from qa.training.targets import Target, Targets, batches, collate
from qa.types import Span

TOKENS = 8192


class Figures:
    """Collects what was right, by kind."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._shares: dict[str, list[float]] = defaultdict(list)
        self._scores: dict[str, list[float]] = defaultdict(list)

    def share(self, name: str, value: float) -> None:
        """Add one case, right (1) or wrong (0)."""
        self._shares[name].append(float(value))

    def score(self, name: str, value: float) -> None:
        """Add a score of one of two kinds that should be told apart."""
        self._scores[name].append(float(value))

    def table(self) -> str:
        """Return the shares, and the areas under the curve of “name +” against “name -”."""
        lines = [
            f"{name}: {np.mean(values):.3f} of {len(values)}"
            for name, values in sorted(self._shares.items())
        ]
        for name in sorted({name[:-2] for name in self._scores}):
            high, low = (np.array(self._scores[f"{name} {sign}"]) for sign in "+-")
            if len(high) and len(low):
                auc = area_under_curve(high, low)
                lines.append(f"AUC, {name}: {auc:.3f} of {len(high)} + {len(low)}")
        return "\n".join(lines)


def measure(model: ReadingModel, targets: Sequence[Target], *, heads: bool) -> Figures:
    """Read every target's window, and hold what the heads say against it."""
    figures = Figures()
    model.eval()
    for group in batches(targets, TOKENS, random.Random(0)):
        with torch.inference_mode():
            said = model(collate(group))
        for row, target in enumerate(group):
            _judge(figures, target, _row(said, row), heads=heads)
    return figures


def _row(said: Said, row: int) -> Said:
    return Said(*(part[row].float() for part in said))


def _judge(figures: Figures, target: Target, said: Said, *, heads: bool) -> None:
    lesson = target.lesson
    kind = lesson.kind.split(" ")[0]
    whole = float(said.support[0].sigmoid())
    support = said.support[slice(*target.left)].sigmoid().numpy()
    if target.span is not None:
        span, margin = _span(target, said)
        sign = "+" if lesson.answers else "-"
        figures.score(f"answerable by span {sign}", margin)
        if heads:
            figures.score(f"answerable by support {sign}", whole)
            figures.score(f"answerable by least word {sign}", float(support.min()))
            both = margin / 4 + float(said.support[0])
            figures.score(f"answerable by both {sign}", both)
        if lesson.answers:
            _judge_span(figures, lesson, span)
    if kind == "claim" and heads:
        sign = "+" if lesson.supported else "-"
        figures.score(f"claim {sign}", whole)
        figures.score(f"claim by least word {sign}", float(support.min()))
    if lesson.unsupported and heads:
        for value, wanted in zip(support, target.support, strict=True):
            figures.score(f"word, {kind} {'+' if wanted else '-'}", float(value))
        figures.share(f"least word is marked, {kind}", target.support[int(support.argmin())] == 0)


def _span(target: Target, said: Said) -> tuple[Span, float]:
    ends = said.ends[slice(*target.right)].numpy()
    size = len(ends)
    total, start, end, _, _ = best_tokens(ends[:, 0], ends[:, 1], 0, size)
    spans = target.spans[1]
    return (spans[start][0], spans[end][1]), total - float(said.ends[0].sum())


def _judge_span(figures: Figures, lesson: Lesson, span: Span) -> None:
    answers = lesson.answers or ()
    if lesson.is_list:
        wanted = [lesson.right[answers[0][0] : max(end for _, end in answers)]]
    else:
        wanted = [lesson.right[a:b] for a, b in answers]
    name = "list" if lesson.is_list else "span"
    figures.share(f"{name} exact", exact(wanted, lesson.right[slice(*span)]))
    stands = [
        (a, b)
        for a, b in sentences(lesson.right)
        if any(a < end and start < b for start, end in answers)
    ]
    figures.share(f"{name} in the right sentence", any(a <= span[0] < b for a, b in stands))


def load(run: Path | None) -> ReadingModel:
    """Return the shipped reader, or the mean of a run's weights."""
    model = continued(BUILTIN_FOLDER, 0)
    if run is not None:
        saved = torch.load(run / "checkpoint.pt", weights_only=True)
        print("step", saved["step"])
        model.load_state_dict(saved["model"] | saved["mean"])
    return model


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--items", type=int)
    parser.add_argument("--focused", action="store_true", help="short windows near the question")
    arguments = parser.parse_args()
    dice = random.Random(0)
    lessons = list(Authored(arguments.data / "authored", "dev").lessons(dice))
    if arguments.items:
        lessons = dice.sample(lessons, arguments.items)
    windower = Windower(reader_tokenizer())
    targets = Targets(windower, dice, focused=arguments.focused).make(lessons)
    found = measure(load(arguments.run), targets, heads=arguments.run is not None)
    print(found.table())


if __name__ == "__main__":
    main()

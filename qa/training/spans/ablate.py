"""What each part of the recipe brings, and what depth costs, by short runs.

Call::

    python -m qa.training.spans.ablate ../shared/data RUNS_FOLDER

Every variant gets a fifth of the data once, at a rate that falls to nothing, and is measured on
CMRC2018 trial and on questions made from news that no run has seen.  The figures are below those
of the whole recipe; what counts is how they differ.  A variant that leaves something out also
takes fewer steps.  ``ablation.md`` beside this file has them.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.training.datasets import read_lines
from qa.reading.reader import Calibration, Reader
from qa.training.questions.examples import DEVELOPMENT, Example, WrongContexts, read_examples
from qa.training.questions.news import News
from qa.training.saving import save_reader
from qa.training.scoring import area_under_curve, exact, f1
from qa.training.spans.recipe import KEPT_BACK, NEWS, Lessons, Recipe
from qa.training.spans.train import Run, Stage, new_model

SHARE = 0.2
QUESTIONS = 400  # of each kind, for measuring
VARIANTS = {
    "12 layers": Recipe(share=SHARE),
    "8 layers": Recipe(share=SHARE, layers=8),
    "6 layers": Recipe(share=SHARE, layers=6),
    "without news": Recipe(share=SHARE, articles=0),
    "without wrong contexts": Recipe(share=SHARE, wrong_contexts=0.0),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """EM and F1 where there is an answer, AUC against where there is none, all in [0, 1]."""

    exact: float
    f1: float
    auc: float


def measure(reader: Reader, examples: Sequence[Example]) -> Figures:
    """Read every example; those without answers are the others' opposites."""
    exacts: list[float] = []
    f1s: list[float] = []
    founds: list[float] = []
    nots: list[float] = []
    for example in examples:
        (reading,) = reader.read(example.question, [example.passage])
        answers = [example.passage[start:end] for start, end in example.answers]
        (founds if answers else nots).append(reading.score)
        if answers:
            exacts.append(exact(answers, reading.text))
            f1s.append(f1(answers, reading.text))
    auc = area_under_curve(np.array(founds), np.array(nots))
    return Figures(float(np.mean(exacts)), float(np.mean(f1s)), auc)


def development(data: Path) -> dict[str, list[Example]]:
    """Return the examples to measure on: Wikipedia with wrong contexts, and unseen news."""
    dice = random.Random(0)
    trial = read_examples(data / f"{DEVELOPMENT}.jsonl.xz")
    wrong = WrongContexts(trial)
    asked = dice.sample(trial, QUESTIONS)
    opposites = [found for example in asked if (found := wrong.find(example, dice))]
    texts = [str(row["text"]) for row in read_lines(data / NEWS)][KEPT_BACK:]
    news = list(News(dice.sample(texts, 2 * QUESTIONS), dice).examples(1))
    return {"Wikipedia": [*asked, *opposites], "news": news[: 2 * QUESTIONS]}


def milliseconds(reader: Reader) -> float:
    """Return the median time of reading ten passages of the program's own length."""
    passages = ["1月至9月引进亿元以上项目60个，计划总投资209亿元，均创近五年新高。" * 9] * 10
    times = []
    for _ in range(9):
        started = time.perf_counter()
        reader.read("鹤山引进了多少亿元以上项目", [passage[:300] for passage in passages])
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times))


def main() -> None:
    """Train and measure the variants, each continued from its checkpoint if it has one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("variants", nargs="*", default=list(VARIANTS))
    arguments = parser.parse_args()
    sets = development(arguments.data)
    print("| variant | EM | F1 | AUC | EM, news | F1, news | AUC, news | ms for ten passages |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.variants:
        recipe = VARIANTS[name]
        folder = arguments.runs / name.replace(" ", "-")
        lessons = Lessons(arguments.data, recipe)
        run = Run(new_model(recipe.layers), folder)
        run.train([Stage("mixed", lessons.mixed, passes=1, last=0.0, warm_up=50)])
        model = run.model
        save_reader(
            model.state_dict(), model.config, lessons.tokenizer, Calibration(), folder / "reader"
        )
        reader = Reader.load(folder / "reader")
        cells = []
        for examples in sets.values():
            found = measure(reader, examples)
            cells += [f"{100 * found.exact:.1f}", f"{100 * found.f1:.1f}", f"{found.auc:.3f}"]
        print(f"| {name} | {' | '.join(cells)} | {milliseconds(reader):.0f} |", flush=True)


if __name__ == "__main__":
    main()

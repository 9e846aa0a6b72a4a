"""Teach the shipped reader what words are borne out, and which items a list has.

Call::

    python -m qa.training.continue_reader ../shared/data RUN_FOLDER --steps 1700

It begins as the built-in reader, or, with ``--after OTHER_RUN``, as the mean of another run's
weights.  The run can be stopped at any time and called again; checkpoints and the log lie in
``RUN_FOLDER``, and at the end the mean of the weights as a reader in ``RUN_FOLDER/reader``, for
``qa.training.calibrate``.

The built-in reader learnt 250 steps of ``--questions``; then, with ``--retrieved`` of the two files
that ``qa.training.questions.retrieved`` writes, 550, 1,200, the 84 of ``--share 0.03 --often 8``,
the 500 of ``--share 0.28 --resting 4``, 340 of ``--share 0.12 --resting 4`` once there were
``WORDINGS``, and 280 of ``--share 0.04 --often 1 --resting 4`` once there were ``TYPED`` and
``TABLES`` (``continue_reader.log``; until then ``THRESHOLDS`` came as often as ``GENRES``).
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch

from embeddings.precision import best_precision
from embeddings.training.datasets import read_lines
from qa.reading.reader import BUILTIN_FOLDER, Calibration
from qa.reading.windows import Windower
from qa.training.heads import WEIGHTS, ReadingModel, continued, losses
from qa.training.learner import Learner, mean_of
from qa.training.lessons import (
    PARAPHRASES,
    Authored,
    Lesson,
    followup_answers,
    from_claim,
    from_example,
    with_short_years,
)
from qa.training.questions.claims import claim_of
from qa.training.questions.contrasts import (
    CONTRASTS,
    GENRES,
    PERIODS,
    QUANTITIES,
    SIBLINGS,
    THRESHOLDS,
    TYPED,
    WORDINGS,
    contrast_lessons,
    read_passages,
    sibling_lessons,
)
from qa.training.questions.examples import HUMAN, Example, WrongContexts, read_examples
from qa.training.questions.news import News
from qa.training.questions.retrieved import read_lessons
from qa.training.questions.swaps import swapped
from qa.training.questions.tables import TABLES, read_sets, retqa_sets, table_lessons
from qa.training.saving import save_reader
from qa.training.spans.recipe import KEPT_BACK, NEWS, reader_tokenizer
from qa.training.targets import Batch, Target, Targets, batches, collate

TOKENS = 6144  # padded tokens in a batch
PEAK = 1e-4  # of the rate of learning
# Heads that the shipped reader lacks begin as noise, and learn next to nothing at the trunk's rate.
HEADS_PEAK = 1e-3
RESTING = 6  # lowest layers that learn nothing
HUMAN_QUESTIONS, WRONG = 2000, 0.3  # of people's questions, and negatives for each
ELSEWHERE = 0.2  # of the authored questions are put to a passage that does not answer them too
CLAIMS = {"authored": 0.1, "human": 0.03}  # share of these questions of which a claim is made
SWAPPED = {"authored": 0.5, "human": 0.1}  # share of these of which another question is made
TRUE = 0.5  # of the claims, where either can be made
ARTICLES = {"news": 400, "official": 600}  # two questions each are made of
PLAIN = 4_000  # people's questions among questions only
PLAIN_ARTICLES = {"news": 150, "official": 250}
FEW = 4  # times come the lessons of which there are a few hundred
TWICE = 2  # so often each question of a contrast
SHORT_YEARS = 0.3  # of the questions that name a year
FOUND_WRONG = 0.5  # share of the siblings, and of what search finds, that do not answer
RETQA = 400  # questions of that set for one cell
NEAR_MISSES = 0.6  # share of the questions of a contrast that are not answered
_BITS = 16  # in the passes, where the processor multiplies them; weights have 32
SAVED_EVERY, LOGGED_EVERY = 50, 10


def lessons(data: Path, dice: random.Random) -> Iterator[Lesson]:
    """Yield one pass over the authored items, with a like number of others."""
    authored = Authored(data / "authored", "train")
    yield from authored.lessons(dice)
    yield from authored.elsewhere(dice, ELSEWHERE)
    yield from followup_answers(authored, dice)
    examples = _human(data)
    yield from _claims(list(authored.examples()), CLAIMS["authored"], dice)
    yield from _claims(examples, CLAIMS["human"], dice)
    yield from _swapped(list(authored.examples()), examples, dice)
    yield from _people(examples, HUMAN_QUESTIONS, dice)
    yield from _made(data, dice, ARTICLES)


def authored_lessons(data: Path, dice: random.Random) -> Iterator[Lesson]:
    """Yield the authored items but for the claims.

    To end with.  A reader that told the authored development questions from their near misses with
    an AUC of .864 did so with .939 after 400 steps more of :func:`lessons`, 100 of these and 400 of
    these in focused windows; what each of the three brought was not measured.
    """
    authored = Authored(data / "authored", "train")
    for lesson in authored.lessons(dice):
        if not lesson.kind.startswith("claim"):
            yield lesson
    yield from authored.elsewhere(dice, ELSEWHERE)


def _made(data: Path, dice: random.Random, articles: Mapping[str, int]) -> Iterator[Lesson]:
    """Yield two questions each over so many articles of a kind, which a grammar makes."""
    held = {row["doc"] for row in read_lines(data / "authored" / "passages_dev.jsonl.xz")}
    for name, texts in (
        ("news", [row["text"] for row in read_lines(data / NEWS)][:KEPT_BACK]),
        (
            "official",
            [
                row["text"]
                for row in read_lines(data / "official.jsonl.xz")
                if row["id"] not in held
            ],
        ),
    ):
        chosen = dice.choices(texts, k=articles[name])
        for example in News([text[:60_000] for text in chosen], dice).examples(2):
            yield from_example(example, titled=False)


def question_lessons(
    data: Path,
    dice: random.Random,
    retrieved: Sequence[Path] = (),
    share: float = 1.0,
    often: int = TWICE,
) -> Iterator[Lesson]:
    """Yield what :func:`_of_questions` does, a share of it with years as people type them."""
    for lesson in _of_questions(data, dice, retrieved, share, often):
        yield with_short_years(lesson) if dice.random() < SHORT_YEARS else lesson


def _of_questions(
    data: Path, dice: random.Random, retrieved: Sequence[Path], share: float, often: int
) -> Iterator[Lesson]:
    """Yield questions only, two that are answered for one that is not.

    Each of ``THRESHOLDS`` comes ``FEW`` times and of ``TYPED`` ``TWICE``, of ``GENRES`` and
    ``WORDINGS`` so ``often``, of ``SIBLINGS``, ``PERIODS`` and ``TABLES`` once, and of all others a
    ``share``, whole groups of passages together.
    ``retrieved`` are files of ``qa.training.questions.retrieved``: what a folder's search finds.

    Claims left out, all of a run's time goes into what an answer stands on.  Where
    half of the questions are near misses, the reader comes to refuse the plainest ones.
    """
    for path, times in ((THRESHOLDS, FEW), (TYPED, TWICE), (GENRES, often), (WORDINGS, often)):
        passages = [passage for passage in read_passages(data, path) if not passage.held_back]
        yield from contrast_lessons(times * passages, dice)
    for path in (SIBLINGS, PERIODS):
        for lesson in sibling_lessons(path, held_back=False):
            if lesson.answers or dice.random() < FOUND_WRONG:
                yield lesson
    yield from table_lessons(read_sets(TABLES, held_back=False), "tables", dice)
    yield from table_lessons(retqa_sets(data, dice, RETQA), "retqa", dice)
    drawn: dict[str, float] = {}
    for lesson in _questions(data, dice, retrieved):
        draw = dice.random()
        if (drawn.setdefault(lesson.group, draw) if lesson.group else draw) < share:
            yield lesson


def _questions(data: Path, dice: random.Random, retrieved: Sequence[Path]) -> Iterator[Lesson]:
    authored = Authored(data / "authored", "train")
    for rows in (authored, authored.paraphrased(PARAPHRASES)):
        for lesson in rows.lessons(dice):
            if lesson.answers is not None:
                yield lesson
    for path in retrieved:
        for lesson in read_lessons(path):
            if lesson.answers or dice.random() < FOUND_WRONG:
                yield lesson
    yield from followup_answers(authored, dice)
    for path in (CONTRASTS, QUANTITIES):
        passages = [passage for passage in read_passages(data, path) if not passage.held_back]
        for lesson in contrast_lessons(TWICE * passages, dice):
            if lesson.answers or dice.random() < NEAR_MISSES:
                yield lesson
    human = _human(data)
    yield from _swapped(list(authored.examples()), human, dice)
    yield from _people(human, PLAIN, dice)
    yield from _made(data, dice, PLAIN_ARTICLES)


def _swapped(
    authored: list[Example], human: list[Example], dice: random.Random
) -> Iterator[Lesson]:
    for name, questions in (("authored", authored), ("human", human)):
        for example in swapped(questions, SWAPPED[name], dice):
            yield from_example(example, titled=True)


def _people(examples: list[Example], number: int, dice: random.Random) -> Iterator[Lesson]:
    """Yield so many of people's questions, some put to a passage that does not answer them too."""
    wrong = WrongContexts(examples)
    for example in dice.sample(examples, number):
        yield from_example(example, titled=dice.random() < 0.4)
        other = wrong.find(example, dice) if dice.random() < WRONG else None
        if other is not None:
            yield from_example(other, titled=dice.random() < 0.4)


def _human(data: Path) -> list[Example]:
    return [example for name in HUMAN for example in read_examples(data / f"{name}.jsonl.xz")]


def _claims(questions: list[Example], share: float, dice: random.Random) -> Iterator[Lesson]:
    for example in questions:
        if dice.random() < share:
            claim = claim_of(example, dice, true=dice.random() < TRUE)
            if claim is not None:
                yield from_claim(claim, titled=dice.random() < 0.6)


class Run:
    """A reader in training, with its checkpoint in a folder."""

    def __init__(self, model: ReadingModel, folder: Path, steps: int) -> None:
        """Begin, or continue from the checkpoint in ``folder`` if there is one."""
        self.model = model.train()
        self._halved = best_precision(_BITS).dtype is torch.bfloat16
        taught = ("bert.", "qa_outputs.")
        peaks = (PEAK, HEADS_PEAK)
        self.learner = Learner(model, folder, steps, peaks, lambda name: name.startswith(taught))

    def train(self, planned: list[list[Target]]) -> None:
        """Learn the batches that are not learnt yet."""
        learner, sums = self.learner, defaultdict[str, list[float]](list)
        last = min(learner.steps, len(planned))
        while learner.step < last:
            for name, value in self._learn(collate(planned[learner.step])).items():
                sums[name].append(value)
            if learner.step % LOGGED_EVERY == 0:
                learner.log(**{name: round(sum(v) / len(v), 4) for name, v in sums.items()})
                sums.clear()
            if learner.step % SAVED_EVERY == 0 or learner.step == last:
                learner.save()

    def _learn(self, batch: Batch) -> dict[str, float]:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._halved):
            said = self.model(batch)
        found = losses(said, batch)
        self.learner.learn(sum((WEIGHTS[n] * part for n, part in found.items()), torch.zeros(())))
        return {name: float(value.detach()) for name, value in found.items()}


def main() -> None:
    """Train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the public data sets")
    parser.add_argument("run", type=Path, help="folder for checkpoints and the log")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--after", type=Path, metavar="OTHER_RUN", help="begin as its mean")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--authored", action="store_true", help="authored items only, to end with")
    which.add_argument("--questions", action="store_true", help="no claims")
    parser.add_argument("--retrieved", type=Path, nargs="*", default=[], help="for --questions")
    parser.add_argument("--share", type=float, default=1.0, help="of the questions, to end with")
    parser.add_argument("--often", type=int, default=TWICE, help="GENRES, WORDINGS")
    parser.add_argument("--resting", type=int, default=RESTING, help="layers that learn nothing")
    parser.add_argument("--focused", action="store_true", help="short windows near the question")
    parser.add_argument("--seed", default="first")
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    make: Callable[[Path, random.Random], Iterator[Lesson]] = lessons
    if arguments.authored:
        make = authored_lessons
    elif arguments.questions:
        make = partial(
            question_lessons,
            retrieved=arguments.retrieved,
            share=arguments.share,
            often=arguments.often,
        )
    targets = Targets(Windower(reader_tokenizer()), dice, focused=arguments.focused).make(
        make(arguments.data, dice)
    )
    planned = batches(targets, TOKENS, dice)
    print(len(targets), "windows in", len(planned), "batches", flush=True)
    model = continued(BUILTIN_FOLDER, arguments.resting)
    if arguments.after is not None:
        model.load_state_dict(mean_of(arguments.after), strict=False)
    run = Run(model, arguments.run, arguments.steps)
    run.train(planned)
    save_reader(
        model.state_dict() | run.learner.mean,
        model.bert.config,
        reader_tokenizer(),
        Calibration(),
        arguments.run / "reader",
    )


if __name__ == "__main__":
    main()

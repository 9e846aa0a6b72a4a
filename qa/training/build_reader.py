"""Make the built-in reader.

Call::

    python -m qa.training.build_reader ../shared/data RUN_FOLDER

It can be stopped at any time and called again.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer

from embeddings.encoder import BUILTIN_FOLDER as ENCODER
from qa.reader import BUILTIN_FOLDER, Calibration
from qa.training.examples import HUMAN, Example, WrongContexts, read_examples, read_lines
from qa.training.features import Feature, feature, other_window
from qa.training.news import News
from qa.training.saving import save_reader
from qa.training.train import Run, Stage, new_model
from qa.windows import Tokens, Windower, with_boundaries

LAYERS = 12
ARTICLES, QUESTIONS_EACH = 12_000, 2  # of news, for generated questions
OTHER_WINDOWS = 0.3  # negatives for each human question: elsewhere in the same passage …
WRONG_CONTEXTS = 0.4  # … and passages that look right
TITLED = 0.3  # passages that begin with their title, as the program reads them


class Human:
    """Draws windows of the questions that people asked."""

    def __init__(self, windower: Windower, examples: Sequence[Example]) -> None:
        """Take the examples."""
        self._windower = windower
        self._examples = examples
        self._wrong = WrongContexts(examples)
        self._tokens: dict[str, Tokens] = {}

    def __call__(self, dice: random.Random) -> list[Feature]:
        """Return one pass over the questions, with negatives."""
        return list(self._features(dice))

    def _features(self, dice: random.Random) -> Iterator[Feature]:
        for example in self._examples:
            yield self._feature(example, dice)
            if dice.random() < OTHER_WINDOWS:
                other = other_window(
                    self._windower,
                    example,
                    self._tokenise(example.passage),
                    self._tokenise(example.question),
                    dice,
                )
                if other is not None:
                    yield other
            if dice.random() < WRONG_CONTEXTS:
                wrong = self._wrong.find(example, dice)
                if wrong is not None:
                    yield self._feature(wrong, dice)

    def _feature(self, example: Example, dice: random.Random) -> Feature:
        if example.title and dice.random() < TITLED:
            example = titled(example)
        passage, question = self._tokenise(example.passage), self._tokenise(example.question)
        return feature(self._windower, example, passage, question, dice)

    def _tokenise(self, text: str) -> Tokens:
        if text not in self._tokens:
            self._tokens[text] = self._windower.tokens([text])[0]
        return self._tokens[text]


def titled(example: Example) -> Example:
    """Put the title in a line before the passage."""
    head = f"{example.title}\n"
    answers = tuple((start + len(head), end + len(head)) for start, end in example.answers)
    return replace(example, passage=head + example.passage, answers=answers)


class Generated:
    """Draws windows of the questions that are made from news."""

    def __init__(self, windower: Windower, path: Path) -> None:
        """Name the file of news articles."""
        self._windower = windower
        self._path = path

    def __call__(self, dice: random.Random) -> list[Feature]:
        """Return new questions over ``ARTICLES`` of the articles, drawn by ``dice``."""
        texts = [str(row["text"]) for row in read_lines(self._path)]
        features = []
        for example in News(dice.sample(texts, ARTICLES), dice).examples(QUESTIONS_EACH):
            passage, question = self._windower.tokens([example.passage, example.question])
            features.append(feature(self._windower, example, passage, question, dice))
        return features


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the public data sets")
    parser.add_argument("run", type=Path, help="folder for checkpoints and the log")
    parser.add_argument("--layers", type=int, default=LAYERS)
    parser.add_argument("--target", type=Path, default=BUILTIN_FOLDER)
    arguments = parser.parse_args()
    tokenizer = with_boundaries(Tokenizer.from_file(str(ENCODER / "tokenizer.json")))
    windower = Windower(tokenizer)
    examples = [
        example for name in HUMAN for example in read_examples(arguments.data / f"{name}.jsonl.xz")
    ]
    human = Human(windower, examples)
    generated = Generated(windower, arguments.data / "crud_news.jsonl.xz")
    run = Run(new_model(arguments.layers), arguments.run)
    run.train(
        [
            Stage("human", human, passes=1),
            Stage("mixed", lambda dice: human(dice) + generated(dice), passes=1, last=0.0),
        ]
    )
    save_reader(run.model, tokenizer, Calibration(), arguments.target)


if __name__ == "__main__":
    main()

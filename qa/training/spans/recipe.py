"""Of what the reader's lessons are made; ``ablation.md`` tells what each part brings."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from embeddings.encoder import BUILTIN_FOLDER as ENCODER
from embeddings.training.datasets import read_lines
from qa.reading.windows import Tokens, Windower, with_boundaries
from qa.training.questions.examples import HUMAN, Example, WrongContexts, read_examples
from qa.training.questions.news import News
from qa.training.spans.features import Feature, feature, other_window
from qa.training.spans.train import Stage

NEWS = "crud_news.jsonl.xz"
KEPT_BACK = 60_000  # articles from there on are for development: no question is made of them
TITLED = 0.3  # passages that begin with their title, as the program reads them
FEWER = 0.4  # of the negatives and of the news, at last


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run is made of; the defaults are the built-in reader's."""

    layers: int = 12
    share: float = 1.0  # of everything, in each stage
    articles: int = 12_000  # of news, two questions each
    other_windows: float = 0.3  # negatives for each human question: elsewhere in its passage …
    wrong_contexts: float = 0.4  # … and passages that look right


class Lessons:
    """Draws features from the data sets as a recipe says."""

    def __init__(self, data: Path, recipe: Recipe) -> None:
        """Read the questions that people asked; news is read when it is drawn from."""
        self.tokenizer = reader_tokenizer()
        self._windower = Windower(self.tokenizer)
        self._recipe = recipe
        self._news = data / NEWS
        self._examples = [
            example for name in HUMAN for example in read_examples(data / f"{name}.jsonl.xz")
        ]
        self._wrong = WrongContexts(self._examples)
        self._tokens: dict[str, Tokens] = {}

    def human(self, dice: random.Random, negatives: float = 1.0) -> list[Feature]:
        """Return one pass over people's questions, with that part of the recipe's negatives."""
        size = round(len(self._examples) * self._recipe.share)
        chosen = self._examples if self._recipe.share == 1 else dice.sample(self._examples, size)
        return list(self._human(chosen, dice, negatives))

    def generated(self, dice: random.Random, part: float = 1.0) -> list[Feature]:
        """Return new questions made from that part of the recipe's news articles."""
        texts = [str(row["text"]) for row in read_lines(self._news)][:KEPT_BACK]
        size = round(self._recipe.articles * self._recipe.share * part)
        chosen = dice.sample(texts, size)
        return [self._feature(example, dice) for example in News(chosen, dice).examples(2)]

    def mixed(self, dice: random.Random) -> list[Feature]:
        """Return one pass of both."""
        return self.human(dice) + self.generated(dice)

    def longer(self, dice: random.Random) -> list[Feature]:
        """Return two passes over people's questions, with little else.

        What is left to learn after a mixed pass is where answers begin and end, not whether there
        is one: on CMRC2018 trial the AUC was .995 then and the exact matches 36 %.  By itself this
        learns its questions by heart; the mean of the weights before and after it reads better
        than either (F1 on 400 questions of trial: 70.9 before, 71.8 after, 72.7 the mean).
        """
        passes = self.human(dice, FEWER) + self.human(dice, FEWER)
        return passes + self.generated(dice, FEWER)

    def _human(
        self, examples: Sequence[Example], dice: random.Random, negatives: float
    ) -> Iterator[Feature]:
        for example in examples:
            yield self._feature(_titled(example) if dice.random() < TITLED else example, dice)
            if dice.random() < self._recipe.other_windows * negatives:
                passage, question = self._tokenise(example)
                other = other_window(self._windower, example, passage, question, dice)
                if other is not None:
                    yield other
            if dice.random() < self._recipe.wrong_contexts * negatives:
                wrong = self._wrong.find(example, dice)
                if wrong is not None:
                    yield self._feature(wrong, dice)

    def _feature(self, example: Example, dice: random.Random) -> Feature:
        passage, question = self._tokenise(example)
        return feature(self._windower, example, passage, question, dice)

    def _tokenise(self, example: Example) -> tuple[Tokens, Tokens]:
        """Return the tokens of passage and question."""
        for text in (example.passage, example.question):
            if text not in self._tokens:
                self._tokens[text] = self._windower.tokens([text])[0]
        return self._tokens[example.passage], self._tokens[example.question]


def reader_tokenizer() -> Tokenizer:
    """Return the encoder's tokenizer, made to end its pieces where answers end."""
    return with_boundaries(Tokenizer.from_file(str(ENCODER / "tokenizer.json")))


def built_in(lessons: Lessons) -> list[Stage]:
    """Return the stages of the built-in reader.

    ``train.log`` beside this file is its log: 4,865 steps, 3 hours on two cores.  Its first two
    stages were drawn when the tokenizer kept marks before an answer in the answer's first piece
    and questions on news had no headlines (commit fd34b3b), the last one as they are drawn now.
    """
    return [
        Stage("human", lessons.human, passes=1, warm_up=100),
        Stage("mixed", lessons.mixed, passes=1, last=0.0),
        Stage("longer", lessons.longer, passes=1, first=1.2e-4, last=0.0, warm_up=50),
    ]


def _titled(example: Example) -> Example:
    """Put the title in a line before the passage."""
    head = f"{example.title}\n" if example.title else ""
    answers = tuple((start + len(head), end + len(head)) for start, end in example.answers)
    return replace(example, passage=head + example.passage, answers=answers)

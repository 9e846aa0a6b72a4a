"""Teach the rewriting head: upper layers of its own over the lower ones of the shipped reader.

Call::

    python -m qa.training.rewriting ../shared/data RUN_FOLDER --steps 900   # learn
    python -m qa.training.rewriting ../shared/data RUN_FOLDER --store       # put it into the reader
    python -m qa.training.rewriting ../shared/data --measure                # the shipped one

It learns from the authored follow-ups, from ``followups.jsonl.xz`` (conversations that 25 writers
made for this), from ``parts.jsonl.xz`` (questions of several parts, each part a follow-up to the
whole question), and from follow-ups made of people's questions.  It is measured on the authored
development items, equal after folding.  The run can be stopped at any time and called again;
checkpoint and log lie in ``RUN_FOLDER``.

The shipped head learnt in eight runs, each ``--after`` the one before (``rewriting.log``): 2,800
steps of 2,250 conversations, without ``DROPOUT`` and the edges of words; 2,200 of 5,368 in three
runs; 500 of 10,588; then 2,000 and 1,000 with the parts as well, and 400 with those over tables.
Shipped is the mean of the weights before and after these last ones.
"""

from __future__ import annotations

import argparse
import copy
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertModel
from transformers.models.bert.modeling_bert import BertLayer

from embeddings.training.datasets import read_lines
from qa.reading.reader import BUILTIN_FOLDER
from qa.reading.rewriter import EDGES, IN_PIECE, PREFIX, Rewriter, Source, Sources, history_text
from qa.reading.windows import PAD, Windower
from qa.text import fold
from qa.training.learner import Learner, mean_of
from qa.training.lessons import Authored
from qa.training.paths import path_of
from qa.training.questions.contrasts import (
    CONTRASTS,
    GENRES,
    PERIODS,
    QUANTITIES,
    SIBLINGS,
    THRESHOLDS,
    WORDINGS,
)
from qa.training.questions.examples import HUMAN, read_examples
from qa.training.questions.followups import follow_ups, parallels
from qa.training.saving import STORED
from qa.training.spans.recipe import reader_tokenizer
from qa.types import Exchange

WRITTEN = Path(__file__).parent / "questions" / "followups.jsonl.xz"
PARTS = WRITTEN.with_name("parts.jsonl.xz")
OWN_LAYERS = 6  # of the head, over the reader's lower ones
POINTERS = 128  # dimensions in which a node finds what is written next
BATCH = 16
DROPOUT = 0.1  # without, 2,800 steps rewrote fewer of the development items than 1,100
PEAK, HEAD_PEAK = 2e-4, 1e-3  # rates of learning, of the layers and of what lies over them
MADE = 2_000  # follow-ups of people's questions in a pass
PARALLEL = 1_500  # of pairs of questions that differ in one stretch
NEW = 300  # complete questions after another conversation in a pass
RENUMBERED = 0.5  # share of the follow-ups with figures that have other ones
UNRELATED = 0.15  # share that comes after a turn about something else
UNANSWERED = 0.2  # share whose last turn was not answered
SAVED_EVERY = 100
_MARKS = frozenset("?,。 !、")


@dataclass(frozen=True, slots=True)
class Conversation:
    """A follow-up, the turns before it, and the question that it means."""

    text: str
    history: tuple[Exchange, ...]
    rewrite: str

    @property
    def is_new(self) -> bool:
        """Tell whether it leans on nothing."""
        return bare(self.text) == bare(self.rewrite)


@dataclass(frozen=True, slots=True)
class Item:
    """A conversation as what a path runs through, with the path that writes its rewriting."""

    conversation: Conversation
    source: Source
    path: tuple[int, ...]


def bare(text: str) -> str:
    """Return a question as rewritings are compared: folded, without marks."""
    return "".join(character for character in fold(text) if character not in _MARKS)


def conversation(row: dict[str, Any]) -> Conversation:
    """Return a conversation as the data sets have it."""
    turns = (Exchange(turn["question"], text=turn["answer"] or "") for turn in row["history"])
    return Conversation(row["followup"], tuple(turns), row["rewrite"])


def authored(data: Path, part: str) -> list[Conversation]:
    """Return the authored follow-ups, ``train`` or ``dev``."""
    rows = read_lines(data / "authored" / f"{part}.jsonl.xz")
    return [conversation(row) for row in rows if row["type"] == "followup"]


def written(*, held_back: bool) -> list[Conversation]:
    """Return the conversations that were written for this; 20 of every 200 are held back.

    Neighbours begin alike at times, so that they are held back together.
    """
    rows = enumerate(read_lines(WRITTEN))
    return [conversation(row) for at, row in rows if (at % 200 < 20) == held_back]


def of_parts(*, held_back: bool) -> list[Conversation]:
    """Return the parts of questions of several, as follow-ups to these; one in ten held back."""
    rows = [row for at, row in enumerate(read_lines(PARTS)) if (at % 10 == 0) == held_back]
    return [
        Conversation(part["part"], (Exchange(row["question"]),), part["single"])
        for row in rows
        for part in row["parts"]
    ]


def asked_together(data: Path) -> list[list[str]]:
    """Return the questions that were asked of one passage, or of one set of siblings."""
    groups: dict[str, list[str]] = {}
    for row in read_lines(data / "authored" / "train.jsonl.xz"):
        if row["type"] in {"question", "unanswerable"}:
            groups.setdefault(row["passage"], []).append(row["question"])
    for path in (CONTRASTS, QUANTITIES, THRESHOLDS, GENRES, WORDINGS, SIBLINGS, PERIODS):
        for number, row in enumerate(read_lines(path)):
            groups[f"{path.name} {number}"] = [item["question"] for item in row["items"]]
    for name in HUMAN:
        for example in read_examples(data / f"{name}.jsonl.xz"):
            groups.setdefault(example.passage, []).append(example.question)
    return list(groups.values())


class Varied:
    """One pass after another over the conversations, each time in other figures and settings."""

    def __init__(self, data: Path) -> None:
        """Read all that is learnt from."""
        self._said = [*authored(data, "train"), *written(held_back=False)]
        self._said += of_parts(held_back=False)
        people = [one for name in HUMAN for one in read_examples(data / f"{name}.jsonl.xz")]
        self._questions = [*people, *Authored(data / "authored", "train").examples()]
        self._parallels = list(parallels(asked_together(data)))

    def conversations(self, dice: random.Random) -> Iterator[Conversation]:
        """Yield the conversations of a pass."""
        people = list(follow_ups(self._questions, dice))
        pairs = dice.sample(self._parallels, min(PARALLEL, len(self._parallels)))
        made = dice.sample(people, min(MADE, len(people)))
        made += [pair.follow_up(dice) for pair in pairs]
        told = [Conversation(one.text, one.history, one.rewrite) for one in made]
        for one in [*self._said, *told]:
            yield self._varied(one, dice)
        for _ in range(NEW):
            asked = dice.choice(self._said).history[0].question
            yield Conversation(asked, dice.choice(self._said).history, asked)

    def _varied(self, one: Conversation, dice: random.Random) -> Conversation:
        if dice.random() < RENUMBERED:
            one = _renumbered(one, dice)
        if dice.random() < UNRELATED:
            before = dice.choice(self._said).history[:1]
            one = replace(one, history=(*before, *one.history))
        if dice.random() < UNANSWERED:
            last = one.history[-1]
            others = replace(one, history=(*one.history[:-1], replace(last, text="")))
            said = {*others.text, *history_text(others.history)}
            if {*one.rewrite} & {*last.text} <= said:
                one = others
        return one


def _renumbered(one: Conversation, dice: random.Random) -> Conversation:
    """Return a conversation with every digit replaced by another one, the same everywhere."""
    digits = "0123456789"
    other = str.maketrans(digits, "".join(dice.sample(digits, len(digits))))
    history = tuple(
        replace(turn, question=turn.question.translate(other), text=turn.text.translate(other))
        for turn in one.history
    )
    return Conversation(one.text.translate(other), history, one.rewrite.translate(other))


class Head(nn.Module):
    """The head in training; ``qa.reading.rewriter`` runs what is learnt here."""

    def __init__(self, config: BertConfig) -> None:
        """Make the head of a trunk that ``config`` describes, untrained."""
        super().__init__()
        config = copy.deepcopy(config)
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = DROPOUT
        size, depth = config.hidden_size, config.num_hidden_layers
        own: dict[str, nn.Module] = {
            str(number): BertLayer(config)  # type: ignore[no-untyped-call]
            for number in range(depth - OWN_LAYERS, depth)
        }
        self._own = list(own.values())
        self.encoder = nn.ModuleDict({"layer": nn.ModuleDict(own)})
        self.offset = nn.Embedding(IN_PIECE, size)
        self.edge = nn.Embedding(EDGES, size)
        for embedding in (self.offset, self.edge):
            nn.init.normal_(embedding.weight, std=config.initializer_range)
        self.written, self.next, self.across, self.resumed = (
            nn.Linear(size, POINTERS) for _ in range(4)
        )
        self.neighbour = nn.Parameter(torch.tensor(3.0))

    def forward(
        self, below: Tensor, mask: Tensor, tokens: Tensor, offsets: Tensor, edges: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the scores of each node's next, by itself and by the other text's last node.

        ``below`` ``(n, length, dimension)`` is what the lower layers say, ``mask`` ``(n, length)``
        tells tokens from padding, the others ``(n, nodes)`` are those of :class:`Source`.  Both
        results have the shape ``(n, nodes, nodes)``.
        """
        for layer in self._own:
            below = layer(below, mask[:, None, None, :])
        places = tokens[..., None].expand(-1, -1, below.shape[-1])
        nodes = below.gather(1, places) + self.offset(offsets) + self.edge(edges)
        own = self.written(nodes) @ self.next(nodes).transpose(1, 2) / POINTERS**0.5
        other = self.across(nodes) @ self.resumed(nodes).transpose(1, 2) / POINTERS**0.5
        beside = torch.diag(torch.ones(nodes.shape[1] - 1), 1)
        return own + self.neighbour * beside, other


class Below:
    """The lower layers of a reader, which rest."""

    def __init__(self, folder: Path) -> None:
        """Load them."""
        self.config = BertConfig.from_pretrained(folder)
        self.config._attn_implementation = "sdpa"
        self.weights = {
            name.removeprefix("bert."): weight.float()
            for name, weight in load_file(folder / "model.safetensors").items()
            if name.startswith("bert.")
        }
        self._trunk = BertModel(self.config, add_pooling_layer=False)
        self._trunk.train(mode=False)
        self._trunk.load_state_dict(self.weights)

    def head(self) -> Head:
        """Return a head whose layers are those of the reader."""
        head = Head(self.config)
        upper = {n: w for n, w in self.weights.items() if n in head.state_dict()}
        head.load_state_dict(head.state_dict() | upper)
        return head

    def __call__(self, ids: Tensor) -> Tensor:
        """Return what the lower layers say of ``ids``, shape ``(n, length, dimension)``."""
        mask = (ids != PAD)[:, None, None, :]
        with torch.inference_mode():
            found: Tensor = self._trunk.embeddings(ids)
            for layer in self._trunk.encoder.layer[:-OWN_LAYERS]:
                found = layer(found, mask)
        return found.clone()


def items(conversations: Iterable[Conversation], sources: Sources) -> list[Item]:
    """Return the conversations with paths; those are left out that no path writes."""
    found: list[Item] = []
    for one in conversations:
        source = sources.source(one.text, one.history)
        path = path_of(source, one.rewrite) if source else None
        if source and path and bare(_text(source, path)) == bare(one.rewrite):
            found.append(Item(one, source, tuple(path)))
    return found


def _text(source: Source, path: Sequence[int]) -> str:
    return "".join(source.characters[node] for node in path)


def batches(found: Sequence[Item], dice: random.Random) -> list[list[Item]]:
    """Group items of like length, in random order."""
    ordered = sorted(found, key=lambda item: len(item.source.ids) + 8 * dice.random())
    planned = [ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH)]
    dice.shuffle(planned)
    return planned


def padded(rows: Sequence[Sequence[int]], filling: int) -> Tensor:
    """Return rows as one tensor, filled up at their ends to a multiple of 16."""
    length = -(-max(map(len, rows)) // 16) * 16
    return torch.tensor([[*row, *[filling] * (length - len(row))] for row in rows])


def scores(head: Head, below: Below, sources: Sequence[Source]) -> tuple[Tensor, Tensor]:
    """Return the head's scores for the sources, padded."""
    ids = padded([source.ids for source in sources], PAD)
    parts = ([s.tokens for s in sources], [s.offsets for s in sources], [s.edges for s in sources])
    own, other = head(below(ids), ids != PAD, *(padded(part, 0) for part in parts))
    return own, other


def loss(head: Head, below: Below, batch: Sequence[Item]) -> Tensor:
    """Return how improbable the paths of a batch are, in nats a path."""
    own, other = scores(head, below, [item.source for item in batch])
    steps = [
        (row, node, across, after)
        for row, item in enumerate(batch)
        for node, across, after in zip(
            item.path[:-1], item.source.others(item.path[:-1]), item.path[1:], strict=True
        )
    ]
    rows, nodes, across, after = torch.tensor(steps).T
    sizes = torch.tensor([len(item.source.characters) for item in batch])
    said = own[rows, nodes] + other[rows, across]
    places = torch.arange(said.shape[1])
    absent = (places[None] == 0) | (places[None] >= sizes[rows, None])
    return cross_entropy(said.masked_fill(absent, -1e4), after, reduction="sum") / len(batch)


class Run:
    """A head in training, with its checkpoint in a folder."""

    def __init__(self, below: Below, folder: Path, steps: int, after: Path | None = None) -> None:
        """Begin, or continue from the checkpoint in ``folder`` if there is one.

        It begins as the reader's layers, or as the mean of the run ``after``.
        """
        torch.manual_seed(0)
        self._below, self.head = below, below.head()
        if after is not None:
            self.head.load_state_dict(mean_of(after), strict=False)
        peaks = (PEAK, HEAD_PEAK)
        self.learner = Learner(
            self.head, folder, steps, peaks, lambda name: name.startswith("encoder.")
        )

    def train(self, varied: Varied, sources: Sources, seed: str) -> None:
        """Learn what is not learnt yet, pass after pass."""
        learner, sums, before = self.learner, list[float](), 0
        for number in range(learner.steps):
            dice = random.Random(f"{seed} {number}")
            planned = batches(items(varied.conversations(dice), sources), dice)
            for batch in planned[max(0, learner.step - before) : learner.steps - before]:
                found = loss(self.head.train(), self._below, batch)
                learner.learn(found)
                sums.append(float(found.detach()))
                if learner.step % SAVED_EVERY == 0 or learner.step == learner.steps:
                    learner.log(**{"pass": number, "loss": round(sum(sums) / len(sums), 3)})
                    sums.clear()
                    learner.save()
            before += len(planned)
            if before >= learner.steps:
                return


def store(mean: dict[str, Tensor], folder: Path) -> None:
    """Put a head's weights into a reader's file: matrices of its layers as the trunk's are."""
    path = folder / "model.safetensors"
    kept = {n: w.clone() for n, w in load_file(path).items() if not n.startswith(PREFIX)}
    for name, weight in mean.items():
        is_matrix = weight.dim() > 1 and name.startswith("encoder.")
        kept[PREFIX + name] = weight.to(STORED if is_matrix else torch.float16).contiguous()
    save_file(kept, path, metadata={"format": "pt"})


def measure(conversations: Sequence[Conversation], rewrite: Rewriter) -> str:
    """Return the shares of rewritings that are a person's, marks aside, by kind."""
    counts: Counter[str] = Counter()
    for one in conversations:
        found = [bare(item.text) for item in rewrite.rewrite(one.text, one.history)]
        for kind in ("all", "new" if one.is_new else "leaning"):
            counts[kind] += 1
            counts[f"{kind}, first"] += found[0] == bare(one.rewrite)
            counts[f"{kind}, any"] += bare(one.rewrite) in found
    return "; ".join(
        f"{kind} {counts[f'{kind}, first'] / counts[kind]:.3f}"
        f" (among {counts[f'{kind}, any'] / counts[kind]:.3f}) of {counts[kind]}"
        for kind in ("all", "leaning", "new")
        if counts[kind]
    )


def main() -> None:
    """Train, store or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the public data sets")
    parser.add_argument("run", type=Path, nargs="?", help="folder for checkpoints and the log")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seed", default="first")
    parser.add_argument("--after", type=Path, metavar="OTHER_RUN", help="begin as its mean")
    parser.add_argument("--store", action="store_true", help="put it into the shipped reader")
    parser.add_argument("--measure", action="store_true", help="the shipped reader's")
    arguments = parser.parse_args()
    if arguments.steps:
        run = Run(Below(BUILTIN_FOLDER), arguments.run, arguments.steps, arguments.after)
        sources = Sources(Windower(reader_tokenizer()))
        run.train(Varied(arguments.data), sources, arguments.seed)
    if arguments.store:
        store(mean_of(arguments.run), BUILTIN_FOLDER)
    if arguments.measure:
        rewriter = Rewriter.load()
        print("authored dev:", measure(authored(arguments.data, "dev"), rewriter))
        print("written, held back:", measure(written(held_back=True), rewriter))
        print("parts, held back:", measure(of_parts(held_back=True), rewriter))


if __name__ == "__main__":
    main()

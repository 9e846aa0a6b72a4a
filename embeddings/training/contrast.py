r"""Teach the built-in encoder to find passages for questions in other words than theirs.

Call::

    python -m embeddings.training.contrast ../shared/data PAIRS RUN_FOLDER --steps 260

``PAIRS`` are what ``qa.training.questions.pairs`` wrote.  Of the passages in a batch the one that
answers a question shall be nearest to it (InfoNCE, van den Oord et al. 2018, arXiv:1807.03748), one
that search took for it and that does not answer among them; people's questions of the training
sets are mixed in.  The run can be stopped at any time and called again; with ``--save`` it writes
``embeddings/builtin`` and its vectors into ``tests/golden/encoder.npz`` at the end.  The built-in
encoder is that of step 200 of 260; ``contrast.log`` is what the run printed.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertModel

from embeddings.encoder import BUILTIN_FOLDER
from embeddings.training import GOLDEN
from embeddings.training.datasets import read_lines
from embeddings.training.distil import LONGEST, PAD, PASSAGE, QUERY, SETS, STEP, figures, pooled
from embeddings.training.vocabulary import simplify

PAIRS = 32  # in a step
HUMAN = 3_000  # people's questions beside the pairs
WARMTH = 0.03  # what cosines are divided by
RATE, WARM = 3e-5, 20  # peak, and steps until it
SAVED_EVERY, LOGGED_EVERY = 25, 5


class Pair(NamedTuple):
    """A question, the passage that answers it, and others that do not, as they are embedded."""

    question: str
    right: str
    wrong: Sequence[str]


def read_pairs(data: Path, path: Path, draw: random.Random) -> list[Pair]:
    """Return the pairs of a file with people's questions among them, shuffled."""
    with path.open(encoding="utf-8") as file:
        pairs = [Pair(row["question"], row["right"], row["wrong"]) for row in map(json.loads, file)]
    human = [_around(row) for name in SETS for row in read_lines(data / f"{name}.jsonl.xz")]
    pairs += draw.sample(human, HUMAN)
    draw.shuffle(pairs)
    return pairs


def _around(row: dict[str, object]) -> Pair:
    """Return a data set's question with the part of its context in which the answer stands."""
    context, answers = str(row["context"]), row["answers"]
    at = int(answers[0]["start"])  # type: ignore[index]
    first = max(0, min(at - LONGEST // 2, len(context) - LONGEST))
    return Pair(str(row["question"]), context[first : first + LONGEST], ())


def steps(pairs: Sequence[Pair], draw: random.Random) -> Iterator[tuple[list[str], list[str]]]:
    """Yield questions and passages of a step: the right ones in the questions' order come first."""
    for start in range(0, len(pairs) - PAIRS + 1, PAIRS):
        chosen = pairs[start : start + PAIRS]
        wrong = [draw.choice(pair.wrong) for pair in chosen if pair.wrong]
        yield [pair.question for pair in chosen], [pair.right for pair in chosen] + wrong


def loss_of(questions: Tensor, passages: Tensor, texts: Sequence[str]) -> Tensor:
    """Return the loss of ``n`` questions' vectors against those of ``m`` passages.

    Shapes: ``(n, width)`` and ``(m, width)``, the first ``n`` passages being the right ones.  A
    passage that stands there twice is no wrong one.
    """
    scores = questions @ passages.T / WARMTH
    same = [
        [texts[row] == text and row != at for at, text in enumerate(texts)]
        for row in range(len(questions))
    ]
    scores = scores.masked_fill(torch.tensor(same), -torch.inf)
    return functional.cross_entropy(scores, torch.arange(len(questions)))


class Run:
    """The encoder in training, with its checkpoint in a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        """Begin with the built-in encoder, or go on from the checkpoint in ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._count, self._step = folder / "checkpoint.pt", count, 0
        self.tokenizer = Tokenizer.from_file(str(BUILTIN_FOLDER / "tokenizer.json"))
        self.tokenizer.enable_truncation(512)
        self.model = BertModel(BertConfig.from_pretrained(BUILTIN_FOLDER))
        self.model.load_state_dict(load_file(BUILTIN_FOLDER / "model.safetensors"))
        self.model.embeddings.requires_grad_(False)
        self.model.train(False)  # no dropout: a small step from where it stands
        parts = [p for n, p in self.model.named_parameters() if n.startswith("encoder.")]
        self._optimizer = torch.optim.AdamW(parts, lr=RATE, weight_decay=0.01)
        if self._path.exists():
            kept = torch.load(self._path, weights_only=True)
            self._step = kept["step"]
            self.model.load_state_dict(kept["model"])
            self._optimizer.load_state_dict(kept["optimizer"])

    def learn(self, rows: Iterator[tuple[list[str], list[str]]]) -> None:
        """Take the steps that are not taken yet."""
        started, losses = time.perf_counter(), []
        for step, (questions, passages) in zip(range(1, self._count + 1), rows, strict=False):
            if step <= self._step:
                continue
            rate = min(1.0, step / WARM) * (1 - (step - 1) / self._count)
            for group in self._optimizer.param_groups:
                group["lr"] = RATE * rate
            loss = loss_of(
                self._vectors([QUERY + simplify(text) for text in questions]),
                self._vectors([PASSAGE + simplify(text) for text in passages]),
                passages,
            )
            self._optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self._optimizer.step()
            losses.append(float(loss.detach()))
            if step % LOGGED_EVERY == 0:
                spent = time.perf_counter() - started
                print(f"{step}/{self._count} loss {np.mean(losses):.4f} {spent:.0f} s", flush=True)
                losses = []
            if step % SAVED_EVERY == 0 or step == self._count:
                self._save(step)

    def _vectors(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors; texts of like lengths go through together."""
        rows = [row.ids for row in self.tokenizer.encode_batch_fast(list(texts))]
        order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
        found: dict[int, Tensor] = {}
        for start in range(0, len(order), PAIRS // 2):
            part = order[start : start + PAIRS // 2]
            length = -(-len(rows[part[-1]]) // STEP) * STEP
            ids = torch.full((len(part), length), PAD)
            for number, at in enumerate(part):
                ids[number, : len(rows[at])] = torch.tensor(rows[at])
            seen = ids != PAD
            states = self.model(ids, attention_mask=seen.long()).last_hidden_state
            found |= dict(zip(part, pooled(states, seen.unsqueeze(-1)), strict=True))
        return torch.stack([found[at] for at in range(len(rows))])

    def _save(self, step: int) -> None:
        scratch = self._path.with_suffix(".new")
        state = {"step": step, "model": self.model.state_dict()}
        torch.save(state | {"optimizer": self._optimizer.state_dict()}, scratch)
        scratch.replace(self._path)


def save(model: BertModel) -> None:
    """Put the weights into the built-in encoder's folder, and its vectors among the golden ones."""
    state = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(state, BUILTIN_FOLDER / "model.safetensors", {"format": "pt"})
    golden = dict(np.load(GOLDEN))
    made = SentenceTransformer(str(BUILTIN_FOLDER), device="cpu", local_files_only=True)
    golden["vectors"] = made.encode([str(text) for text in golden["texts"]])
    np.savez(GOLDEN, **golden)


def main() -> None:
    """Learn, measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("run", type=Path, help="folder for the checkpoint")
    parser.add_argument("--steps", type=int, default=260)
    parser.add_argument("--save", action="store_true", help="make it the built-in one")
    arguments = parser.parse_args()
    draw = random.Random(0)
    run = Run(arguments.run, arguments.steps)
    pairs = read_pairs(arguments.data, arguments.pairs, draw)
    run.learn(steps(pairs, draw))
    print(figures(run.model, run.tokenizer, arguments.data), flush=True)
    if arguments.save:
        save(run.model)


if __name__ == "__main__":
    main()

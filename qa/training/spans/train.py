"""Train the reader: the teacher of the built-in encoder, made to find answers in a passage.

Everything that is random is drawn from one seed, stage by stage, so a run that is stopped and
continued sees the same batches as one that is not.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.progress import Progress
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BertForQuestionAnswering

from embeddings.training import TEACHER
from qa.training.spans.attention import NAME as ATTENTION
from qa.training.spans.features import Batch, Feature, batches, collate

TOKENS = 6144  # padded tokens in a batch
PEAK = 1.5e-4  # learning rate
SAVED_EVERY = 100  # steps
LOGGED_EVERY = 50


@dataclass(frozen=True, slots=True)
class Stage:
    """Some steps on features that ``make`` draws; the rate goes from ``first`` to ``last``."""

    name: str
    make: Callable[[random.Random], list[Feature]]
    passes: int
    first: float = PEAK
    last: float = PEAK
    warm_up: int = 0  # steps over which the rate rises from nothing


def new_model(layers: int) -> BertForQuestionAnswering:
    """Return the teacher's first ``layers`` layers with an untrained span head, in float32."""
    torch.manual_seed(0)
    model: BertForQuestionAnswering = BertForQuestionAnswering.from_pretrained(
        str(TEACHER),
        dtype=torch.float32,
        num_hidden_layers=layers,
        attn_implementation=ATTENTION,
        # Passes are few, and the mean over the last two stages does what dropout is for.
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


class Run:
    """A model in training, with its checkpoint in a folder."""

    def __init__(self, model: BertForQuestionAnswering, folder: Path, seed: int = 0) -> None:
        """Begin, or continue from the checkpoint in ``folder`` if there is one."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._seed = seed
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if self._device.type == "cuda":
            model.config._attn_implementation = "sdpa"
        torch.nn.Module.to(model, self._device).train()
        self.model = model
        self._optimizer = torch.optim.AdamW(_groups(model), lr=PEAK, betas=(0.9, 0.98), fused=True)
        self._stage = self._step = 0
        self._load()

    def train(self, stages: Sequence[Stage]) -> None:
        """Run the stages that are not done yet."""
        for number in range(self._stage, len(stages)):
            stage = stages[number]
            dice = random.Random(f"{self._seed} {stage.name}")
            planned: list[list[Feature]] = []
            for _ in range(stage.passes):
                planned += batches(stage.make(dice), TOKENS, dice)
            self._run(stage, planned)
            self._stage, self._step = number + 1, 0
            torch.save(self.model.state_dict(), self._end(stage))
            self._save()

    def mean(self, stages: Sequence[Stage]) -> dict[str, Tensor]:
        """Return the mean of the weights with which the stages ended (Izmailov et al., 2018)."""
        ends = [torch.load(self._end(stage), weights_only=True) for stage in stages]
        return {name: torch.stack([end[name].float() for end in ends]).mean(0) for name in ends[0]}

    def _end(self, stage: Stage) -> Path:
        return self._folder / f"{stage.name}.pt"

    def _run(self, stage: Stage, planned: Sequence[list[Feature]]) -> None:
        losses: list[float] = []
        started = time.perf_counter()
        with Progress() as progress:
            task = progress.add_task(stage.name, total=len(planned), completed=self._step)
            while self._step < len(planned):
                rate = self._rate(stage, len(planned))
                losses.append(self._learn(collate(planned[self._step]), rate))
                self._step += 1
                progress.advance(task)
                if self._step % LOGGED_EVERY == 0:
                    line = {
                        "stage": stage.name,
                        "step": self._step,
                        "of": len(planned),
                        "loss": round(sum(losses) / len(losses), 4),
                        "rate": round(rate, 8),
                        "seconds": round(time.perf_counter() - started),
                    }
                    losses.clear()
                    with (self._folder / "train.log").open("a", encoding="utf-8") as log:
                        print(json.dumps(line), file=log)
                if self._step % SAVED_EVERY == 0:
                    self._save()

    def _rate(self, stage: Stage, steps: int) -> float:
        rate = stage.first + (stage.last - stage.first) * self._step / steps
        return rate * min(1.0, (self._step + 1) / stage.warm_up) if stage.warm_up else rate

    def _learn(self, batch: Batch, rate: float) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(self._device.type, dtype=torch.bfloat16):
            found = self.model(
                input_ids=batch.ids.to(self._device), attention_mask=batch.mask.to(self._device)
            )
        loss = span_loss(found.start_logits, found.end_logits, batch)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        return float(loss.detach())

    def _load(self) -> None:
        path = self._folder / "checkpoint.pt"
        if path.exists():
            saved = torch.load(path, weights_only=True, map_location=self._device)
            self.model.load_state_dict(saved["model"])
            self._optimizer.load_state_dict(saved["optimizer"])
            self._stage, self._step = saved["state"]["stage"], saved["state"]["step"]

    def _save(self) -> None:
        """Write the checkpoint beside the last one and put it in its place."""
        fresh = self._folder / "checkpoint.new"
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "state": {"stage": self._stage, "step": self._step},
            },
            fresh,
        )
        fresh.replace(self._folder / "checkpoint.pt")


def span_loss(start: Tensor, end: Tensor, batch: Batch) -> Tensor:
    """Return the mean cross entropy of start and end among the passage's tokens and token 0."""
    hidden = ~batch.allowed.to(start.device)
    parts = [
        cross_entropy(logits.float().masked_fill(hidden, -1e4), target.to(logits.device))
        for logits, target in ((start, batch.start), (end, batch.end))
    ]
    return (parts[0] + parts[1]) / 2


def _groups(model: BertForQuestionAnswering) -> list[dict[str, object]]:
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in learnt if p.dim() > 1], "weight_decay": 0.01},
        {"params": [p for p in learnt if p.dim() == 1], "weight_decay": 0.0},
    ]

"""The reading model in training: one trunk, and a head for each thing it says of two texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import BertConfig, BertModel

from qa.reading.rewriter import PREFIX
from qa.training.targets import IGNORED, Batch

_FAR = -1e4
# What the losses count for; spans and words are what answers stand on.
WEIGHTS = {
    "span": 1.0,
    "among": 0.5,
    "items": 0.3,
    "support": 1.0,
    "whole": 0.5,
}


class Said(NamedTuple):
    """What the heads say, for ``n`` windows of ``length`` tokens.

    ``ends`` ``(n, length, 2)``: scores for being an answer's first and last token; ``items``
    ``(n, length, 3)``: for being outside, first in, or inside an item; ``support`` ``(n, length)``:
    for being borne out, the first token standing for all of the left text.
    """

    ends: Tensor
    items: Tensor
    support: Tensor


class ReadingModel(nn.Module):
    """A trunk with heads for spans, items and support."""

    def __init__(self, config: BertConfig) -> None:
        """Make the model that ``config`` describes, untrained."""
        super().__init__()
        size = config.hidden_size
        self.bert = BertModel(config, add_pooling_layer=False)
        self.qa_outputs = nn.Linear(size, 2)
        self.items = nn.Linear(size, 3)
        self.support = nn.Linear(size, 1)

    def forward(self, batch: Batch) -> Said:
        """Return what the heads say."""
        found = self.bert(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state
        return Said(self.qa_outputs(found), self.items(found), self.support(found)[..., 0])


def continued(folder: Path, resting: int) -> ReadingModel:
    """Return the model of a reader's folder, with untrained heads where it has none.

    Word embeddings and the ``resting`` lowest layers learn nothing.
    """
    torch.manual_seed(0)
    config = BertConfig.from_pretrained(folder)
    config._attn_implementation = "sdpa"
    model = ReadingModel(config)
    weights = {
        name: value.float()
        for name, value in load_file(folder / "model.safetensors").items()
        if not name.startswith(PREFIX)
    }
    missing, unexpected = model.load_state_dict(weights, strict=False)
    if unexpected or any(name.startswith("bert.") for name in missing):
        raise ValueError(f"{folder} holds no reader: {unexpected}, {missing}")
    still = [model.bert.embeddings, *model.bert.encoder.layer[:resting]]
    for part in still:
        part.requires_grad_(False)
    return model


def losses(said: Said, batch: Batch) -> dict[str, Tensor]:
    """Return the loss of each head; those that no lesson of the batch asks for are left out."""
    found: dict[str, Tensor] = {}
    asked = batch.span[:, 0] != IGNORED
    if bool(asked.any()):
        hidden = ~batch.readable[asked]
        ends = said.ends[asked].float()
        found["span"] = torch.stack(
            [
                cross_entropy(ends[..., side].masked_fill(hidden, _FAR), batch.span[asked, side])
                for side in (0, 1)
            ]
        ).mean()
        found["items"] = _each(
            cross_entropy(
                said.items.float().flatten(0, 1),
                batch.items.flatten(),
                ignore_index=IGNORED,
                reduction="none",
            ).view_as(batch.items),
            batch.items,
            10,
        )
        among = list(_among(said, batch))
        if among:
            found["among"] = torch.stack(among).mean()
    support = batch.support.clone()
    whole, support[:, 0] = support[:, 0].clone(), IGNORED
    for name, scores, wanted in (
        ("support", said.support, support),
        ("whole", said.support[:, :1], whole[:, None]),
    ):
        if bool((wanted != IGNORED).any()):
            found[name] = _each(_binary(scores, wanted), wanted, 1)
    return found


def _among(said: Said, batch: Batch) -> Iterator[Tensor]:
    """Yield how far the right window of each group is from standing out among its group.

    One distribution over all of a question's passages (“shared normalisation”, Clark and Gardner
    2018) of what the reader compares passages by: a span's ends less those of no answer, and
    whether the whole question is borne out.
    """
    for group in sorted({*batch.groups.tolist()} - {IGNORED}):
        rows = (batch.groups == group).nonzero()[:, 0]
        right = (batch.span[rows] > 0).all(1).nonzero()[:, 0]
        if len(right) == 0 or len(rows) == 1:
            continue
        ends = said.ends[rows].float()
        hidden = ~batch.readable[rows]
        hidden[:, 0] = True
        beside = (ends - ends[:, :1]).masked_fill(hidden[..., None], _FAR)
        row, length = int(right[0]), beside.shape[1]
        for side in (0, 1):
            place = row * length + batch.span[rows[row], side]
            yield cross_entropy(beside[..., side].flatten(), place)
        yield cross_entropy(said.support[rows, 0].float(), right[0])


def _binary(scores: Tensor, wanted: Tensor) -> Tensor:
    return binary_cross_entropy_with_logits(
        scores.float(), wanted.clamp(min=0).float(), reduction="none"
    )


def _each(loss: Tensor, wanted: Tensor, weight: float) -> Tensor:
    """Return the mean over tokens of a window, then over the windows that are asked."""
    asked = wanted != IGNORED
    counts = asked.sum(1)
    sums = (loss * asked).sum(1)
    rows = counts > 0
    return weight * (sums[rows] / counts[rows]).mean()

"""Examples as tensors: windows with the tokens where the answer begins and ends, in batches."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from qa.reading.windows import PAD, Tokens, Window, Windower
from qa.training.questions.examples import Example
from qa.types import Span

STEP = 64  # lengths are padded to multiples of it: oneDNN compiles a kernel for every length
LENGTHS = (256, 256, 384)  # tokens in a window, drawn for each example


@dataclass(frozen=True, slots=True)
class Feature:
    """A window with its target; token 0 is the target where the answer is not in it."""

    ids: list[int]
    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step; ``allowed`` are the passage's tokens and token 0."""

    ids: Tensor
    mask: Tensor
    allowed: Tensor
    start: Tensor
    end: Tensor


def feature(
    windower: Windower, example: Example, passage: Tokens, question: Tokens, dice: random.Random
) -> Feature:
    """Cut a random window that holds the answer; any window if there is none."""
    room = windower.room(question, dice.choice(LENGTHS))
    target = _answer_tokens(passage, example.answers)
    size = len(passage.ids)
    low, high = 0, max(0, size - room)
    if target is not None:
        low = max(0, min(target[1] + 1 - room, target[0], high))
        high = min(high, max(low, target[0]))
    start = dice.randint(low, high)
    window = windower.window(question, passage, start, start + room)
    return _feature(window, target, start)


def other_window(
    windower: Windower, example: Example, passage: Tokens, question: Tokens, dice: random.Random
) -> Feature | None:
    """Cut a window of the same passage beside the answer, if the passage is long enough."""
    target = _answer_tokens(passage, example.answers)
    if target is None:
        return None
    room = windower.room(question, min(LENGTHS))
    sides = [(0, target[0]), (target[1] + 1, len(passage.ids))]
    wide = [side for side in sides if side[1] - side[0] >= room // 3]
    said = [example.passage[start:end] for start, end in example.answers]
    if not wide:
        return None
    low, high = dice.choice(wide)
    start = dice.randint(low, max(low, high - room))
    stop = min(high, start + room)
    text = example.passage[passage.spans[start][0] : passage.spans[stop - 1][1]]
    if any(answer in text for answer in said):
        return None
    return _feature(windower.window(question, passage, start, stop), None, start)


def _feature(window: Window, target: Span | None, offset: int) -> Feature:
    start = end = 0
    last = window.first + len(window.spans)
    if target is not None:
        start = window.first + target[0] - offset
        end = window.first + target[1] - offset
        if end >= last:  # an answer longer than the window
            end = last - 1
    return Feature(window.ids, window.first, last, start, end)


def _answer_tokens(passage: Tokens, answers: Sequence[Span]) -> Span | None:
    """Return the first and last token that overlap the first answer."""
    if not answers:
        return None
    start, end = answers[0]
    inside = [i for i, (left, right) in enumerate(passage.spans) if left < end and start < right]
    return (inside[0], inside[-1]) if inside else None


def batches(features: Iterable[Feature], tokens: int, dice: random.Random) -> list[list[Feature]]:
    """Group features of like length, at most ``tokens`` padded tokens a batch, in random order."""
    ordered = sorted(features, key=lambda item: (len(item.ids), dice.random()))
    groups: list[list[Feature]] = []
    for item in reversed(ordered):
        if not groups or (len(groups[-1]) + 1) * padded(len(groups[-1][0].ids)) > tokens:
            groups.append([])
        groups[-1].append(item)
    dice.shuffle(groups)
    return groups


def padded(length: int) -> int:
    """Round a length up to a multiple of ``STEP``."""
    return -(-length // STEP) * STEP


def collate(features: Sequence[Feature]) -> Batch:
    """Pad features into tensors of shape ``(len(features), length)``."""
    length = padded(max(len(item.ids) for item in features))
    ids = torch.full((len(features), length), PAD)
    allowed = torch.zeros(len(features), length, dtype=torch.bool)
    for row, item in enumerate(features):
        ids[row, : len(item.ids)] = torch.tensor(item.ids)
        allowed[row, item.first : item.last] = True
    allowed[:, 0] = True
    return Batch(
        ids,
        (ids != PAD).long(),
        allowed,
        torch.tensor([item.start for item in features]),
        torch.tensor([item.end for item in features]),
    )

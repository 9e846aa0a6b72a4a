"""The trained reader: a transformer that marks where in a passage the answer stands.

Question and passage go through it together; it gives every token a score for being the answer's
first and one for being its last, and the first token of all stands for “no answer here”.  Another
score of that token tells whether the passage bears out the whole of the question, and the same
score of the question's own tokens, which of its words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings import ModelError
from embeddings.direct import load_tokenizer
from embeddings.precision import best_precision
from embeddings.trunk import Trunk, load_trunk, read_weights
from qa.reading.boundaries import tidy
from qa.reading.reading import Reading
from qa.reading.windows import PAD, Window, Windower
from qa.text import unmarked
from qa.types import Span

if TYPE_CHECKING:
    from torch import Tensor

BUILTIN_FOLDER = Path(__file__).parent / "builtin"
LENGTH = 512  # tokens in a window, the model's most
OVERLAP = 128  # tokens that two windows of one passage share
MAX_ANSWER = 96  # tokens
ALTERNATIVES = 4  # readings of a passage
_BATCH = 8192  # padded tokens in one forward pass
_BITS = 16  # with fewer, spans begin and end a little off
_STEP = 32  # lengths are padded to multiples of it, so that kernels are made for few shapes
_CALIBRATION = "calibration.json"
_HEADS = "qa_outputs", "support"  # as the weights' names begin

Scores = NDArray[np.float32]


class Calibration(NamedTuple):
    """How scores become probabilities, by Platt's method (1999), fitted on development questions.

    The odds' logarithm is ``scale * margin + support * borne + shift``: the margin is the best
    span's score less that of no answer, and ``borne`` what the passage says of the whole question.
    From ``threshold`` on, a passage counts as one that answers.
    """

    scale: float = 1.0
    support: float = 0.0
    shift: float = 0.0
    threshold: float = 0.5

    def probability(self, margin: float, borne: float = 0.0) -> float:
        """Return the probability that a span with these scores is the answer."""
        odds = self.scale * margin + self.support * borne + self.shift
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, odds))))


class Scored(NamedTuple):
    """A span of a passage, and what the model says of it and of the passage around it."""

    start: int
    end: int
    margin: float  # the span's score less that of no answer
    borne: float  # log odds that the passage bears out the whole question
    lacking: tuple[Span, ...] = ()  # of the question, what it does not bear out


class ReadingModel:
    """The trunk, and the layers that score its tokens."""

    def __init__(self, trunk: Trunk, weight: Tensor, bias: Tensor) -> None:
        """Take the trunk and three rows of weights, shapes (3, dimension) and (3).

        They score a token as the answer's first, as its last, and as one that is borne out.
        """
        self._trunk = trunk
        self._rows = weight, bias

    def __call__(self, ids: NDArray[np.int64]) -> tuple[Scores, Scores, Scores]:
        """Return the scores of every token of ``ids``, each of the shape of that."""
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            found = functional.linear(self._trunk(torch.from_numpy(ids)), *self._rows).float()
        first, last, borne = found.unbind(-1)
        return first.numpy(), last.numpy(), borne.numpy()


class Reader:
    """Reads passages with the built-in model, or another of its kind."""

    def __init__(self, model: ReadingModel, windower: Windower, calibration: Calibration) -> None:
        """Take the parts, which :meth:`load` makes; ``calibration`` stays readable."""
        self._model = model
        self._windower = windower
        self.calibration = calibration

    @classmethod
    def load(cls, folder: Path | str = BUILTIN_FOLDER) -> Reader:
        """Load the built-in reader, or one that this project's recipe wrote to ``folder``.

        Raises:
            ModelError: if the folder holds no usable reader.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise ModelError(
                "reader_not_found",
                "no usable reader in {folder}: there is no such folder; name another, or "
                "install yinju again",
                folder=folder,
            )
        import torch

        precision = best_precision(_BITS)
        trunk = load_trunk(folder, precision, "bert.")
        weights = {
            f"{head}.{name}": weight
            for head in _HEADS
            for name, weight in read_weights(folder, precision, f"{head}.").items()
        }
        try:
            rows = [
                torch.cat([weights[f"{head}.{part}"] for head in _HEADS])
                for part in ("weight", "bias")
            ]
            fitted = json.loads((folder / _CALIBRATION).read_text(encoding="utf-8"))
            calibration = Calibration(**fitted)
        except KeyError as error:
            raise ModelError(
                "reader_incomplete",
                "no usable reader in {folder}: it lacks {said}",
                folder=folder,
                said=error,
            ) from error
        except (OSError, ValueError, TypeError) as error:
            raise ModelError(
                "reader_unusable", "no usable reader in {folder}: {said}", folder=folder, said=error
            ) from error
        model = ReadingModel(trunk, *rows)
        return cls(model, Windower(load_tokenizer(folder)), calibration)

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return one reading for each passage, in the passages' order.

        ``score`` is the calibrated probability, in [0, 1], that the passage answers the question
        with that span, so scores can be compared between passages and between questions.
        """
        return [found[0] for found in self._read(question, passages, 1)]

    def alternatives(self, question: str, passages: Sequence[str]) -> list[list[Reading]]:
        """Return for each passage up to ``ALTERNATIVES`` readings, best first, none overlapping."""
        return self._read(question, passages, ALTERNATIVES)

    def margins(self, question: str, passages: Sequence[str], n: int = 1) -> list[list[Scored]]:
        """Return the ``n`` best spans of each passage with their margins over “no answer”.

        A mark at the question's end would raise them: it is not read.
        """
        asked, *read = self._windower.tokens([unmarked(question), *passages])
        windows = [
            (number, window)
            for number, tokens in enumerate(read)
            for window in self._windower.windows(asked, tokens, LENGTH, OVERLAP)
        ]
        found: list[list[Scored]] = [[] for _ in passages]
        for number, spans in self._spans(windows, n):
            found[number].extend(spans)
        return [_apart(sorted(spans, key=self._odds, reverse=True), n) for spans in found]

    def _odds(self, span: Scored) -> float:
        return self.calibration.scale * span.margin + self.calibration.support * span.borne

    def _read(self, question: str, passages: Sequence[str], n: int) -> list[list[Reading]]:
        return [
            [self._reading(passage, span) for span in spans]
            for passage, spans in zip(passages, self.margins(question, passages, n), strict=True)
        ]

    def _reading(self, passage: str, span: Scored) -> Reading:
        start, end = tidy(passage, span.start, span.end)
        score = self.calibration.probability(span.margin, span.borne)
        answerable = start < end and score >= self.calibration.threshold
        return Reading(passage[start:end], start, end, score, answerable, span.lacking)

    def _spans(
        self, windows: Sequence[tuple[int, Window]], n: int
    ) -> Iterator[tuple[int, list[Scored]]]:
        """Yield the ``n`` best spans of every window, longest windows first."""
        order = sorted(windows, key=lambda pair: -len(pair[1].ids))
        at = 0
        while at < len(order):
            length = -(-len(order[at][1].ids) // _STEP) * _STEP
            batch = order[at : at + max(1, _BATCH // length)]
            at += len(batch)
            starts, ends, borne = self._forward([window for _, window in batch], length)
            for row, (number, window) in enumerate(batch):
                lacking = _lacking(window, borne[row])
                spans = _best_spans(window, starts[row], ends[row], n, float(borne[row, 0]))
                yield number, [span._replace(lacking=lacking) for span in spans]

    def _forward(self, windows: Sequence[Window], length: int) -> tuple[Scores, Scores, Scores]:
        """Return the scores of every token, shape ``(len(windows), length)`` each."""
        ids = np.full((len(windows), length), PAD)
        for row, window in enumerate(windows):
            ids[row, : len(window.ids)] = window.ids
        return self._model(ids)


def _best_spans(
    window: Window, starts: Scores, ends: Scores, n: int, borne: float = 0.0
) -> list[Scored]:
    """Return the ``n`` best spans, each the best of what those before it have left.

    One at least: an empty one where the window has no passage.
    """
    null = float(starts[0] + ends[0])
    size = len(window.spans)
    if not size:
        return [Scored(0, 0, -math.inf, borne)]
    here = slice(window.first, window.first + size)
    starts, ends = starts[here], ends[here]
    waiting = [best_tokens(starts, ends, 0, size)]
    found: list[Scored] = []
    while waiting and len(found) < n:
        waiting.sort()
        total, start, end, first, last = waiting.pop()
        found.append(Scored(window.spans[start][0], window.spans[end][1], total - null, borne))
        for left, right in ((first, start), (end + 1, last)):
            if left < right:
                waiting.append(best_tokens(starts, ends, left, right))
    return found


def _lacking(window: Window, borne: Scores) -> tuple[Span, ...]:
    """Return the stretches of the question whose tokens are likelier not borne out than borne out.

    Tokens that touch make one stretch.
    """
    found: list[Span] = []
    scores = borne[window.asked_first : window.asked_first + len(window.asked)]
    for (start, end), score in zip(window.asked, scores, strict=True):
        if score >= 0 or start == end:
            continue
        touches = bool(found) and found[-1][1] == start
        found.append((found.pop()[0] if touches else start, end))
    return tuple(found)


def best_tokens(
    starts: Scores, ends: Scores, first: int, last: int
) -> tuple[float, int, int, int, int]:
    """Return the best sum of a start's and an end's score, both tokens, ``first`` and ``last``.

    The span has at most ``MAX_ANSWER`` tokens, all from ``first`` to before ``last``.
    """
    padded = np.full(last - first + MAX_ANSWER - 1, -np.inf, dtype=np.float32)
    padded[: last - first] = ends[first:last]
    reach = np.lib.stride_tricks.sliding_window_view(padded, MAX_ANSWER)
    nearest = reach.argmax(axis=1)
    total = starts[first:last] + reach[np.arange(last - first), nearest]
    start = int(total.argmax())
    return float(total[start]), first + start, first + start + int(nearest[start]), first, last


def _apart(spans: Sequence[Scored], n: int) -> list[Scored]:
    """Return the first ``n`` of the spans that overlap none before them: windows share tokens."""
    kept: list[Scored] = []
    for span in spans:
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return kept[:n] or list(spans[:1])

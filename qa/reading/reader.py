"""The trained reader: a transformer that marks where in a passage the answer stands.

Question and passage go through it together; it gives every token a score for being the answer's
first and one for being its last, and the first token of all stands for “no answer here”.
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
from embeddings.trunk import Trunk, load_trunk
from qa.reading.boundaries import tidy
from qa.reading.reading import Reading
from qa.reading.windows import PAD, Window, Windower

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

Scores = NDArray[np.float32]


class Calibration(NamedTuple):
    """How margins become probabilities: ``1 / (1 + exp(-(scale * margin + shift)))``.

    The margin is the best span's score less that of no answer; Platt's method (1999), fitted on
    the development set.  From ``threshold`` on, a passage counts as one that answers.
    """

    scale: float = 1.0
    shift: float = 0.0
    threshold: float = 0.5

    def probability(self, margin: float) -> float:
        """Return the probability that a span with this margin is the answer."""
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, self.scale * margin + self.shift))))


class _Span(NamedTuple):
    start: int
    end: int
    margin: float


class SpanModel:
    """The trunk, and the layer that gives every token its two scores."""

    def __init__(self, trunk: Trunk, weight: Tensor, bias: Tensor) -> None:
        """Take the trunk, and the layer's weights: shapes (2, dimension) and (2)."""
        self._trunk = trunk
        self._ends = weight, bias

    def __call__(self, ids: NDArray[np.int64]) -> tuple[Scores, Scores]:
        """Return the scores of every token of ``ids``, each of the shape of that."""
        import torch
        from torch.nn import functional

        with torch.inference_mode():
            found = functional.linear(self._trunk(torch.from_numpy(ids)), *self._ends).float()
        return found[..., 0].numpy(), found[..., 1].numpy()


class Reader:
    """Reads passages with the built-in model, or another of its kind."""

    def __init__(self, model: SpanModel, windower: Windower, calibration: Calibration) -> None:
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
        trunk, weights = load_trunk(folder, best_precision(_BITS), "bert.")
        try:
            ends = weights["qa_outputs.weight"], weights["qa_outputs.bias"]
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
        model = SpanModel(trunk, *ends)
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

    def margins(self, question: str, passages: Sequence[str], n: int = 1) -> list[list[_Span]]:
        """Return the ``n`` best spans of each passage with their margins over “no answer”."""
        asked, *read = self._windower.tokens([question, *passages])
        windows = [
            (number, window)
            for number, tokens in enumerate(read)
            for window in self._windower.windows(asked, tokens, LENGTH, OVERLAP)
        ]
        found: list[list[_Span]] = [[] for _ in passages]
        for number, spans in self._spans(windows, n):
            found[number].extend(spans)
        return [_apart(sorted(spans, key=lambda span: -span.margin), n) for spans in found]

    def _read(self, question: str, passages: Sequence[str], n: int) -> list[list[Reading]]:
        return [
            [self._reading(passage, span) for span in spans]
            for passage, spans in zip(passages, self.margins(question, passages, n), strict=True)
        ]

    def _reading(self, passage: str, span: _Span) -> Reading:
        start, end = tidy(passage, span.start, span.end)
        score = self.calibration.probability(span.margin)
        answerable = start < end and score >= self.calibration.threshold
        return Reading(passage[start:end], start, end, score, answerable)

    def _spans(
        self, windows: Sequence[tuple[int, Window]], n: int
    ) -> Iterator[tuple[int, list[_Span]]]:
        """Yield the ``n`` best spans of every window, longest windows first."""
        order = sorted(windows, key=lambda pair: -len(pair[1].ids))
        at = 0
        while at < len(order):
            length = -(-len(order[at][1].ids) // _STEP) * _STEP
            batch = order[at : at + max(1, _BATCH // length)]
            at += len(batch)
            starts, ends = self._forward([window for _, window in batch], length)
            for row, (number, window) in enumerate(batch):
                yield number, _best_spans(window, starts[row], ends[row], n)

    def _forward(self, windows: Sequence[Window], length: int) -> tuple[Scores, Scores]:
        """Return the scores of every token, shape ``(len(windows), length)`` each."""
        ids = np.full((len(windows), length), PAD)
        for row, window in enumerate(windows):
            ids[row, : len(window.ids)] = window.ids
        return self._model(ids)


def _best_spans(window: Window, starts: Scores, ends: Scores, n: int) -> list[_Span]:
    """Return the ``n`` best spans, each the best of what those before it have left.

    One at least: an empty one where the window has no passage.
    """
    null = float(starts[0] + ends[0])
    size = len(window.spans)
    if not size:
        return [_Span(0, 0, -math.inf)]
    here = slice(window.first, window.first + size)
    starts, ends = starts[here], ends[here]
    waiting = [best_tokens(starts, ends, 0, size)]
    found: list[_Span] = []
    while waiting and len(found) < n:
        waiting.sort()
        total, start, end, first, last = waiting.pop()
        found.append(_Span(window.spans[start][0], window.spans[end][1], total - null))
        for left, right in ((first, start), (end + 1, last)):
            if left < right:
                waiting.append(best_tokens(starts, ends, left, right))
    return found


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


def _apart(spans: Sequence[_Span], n: int) -> list[_Span]:
    """Return the first ``n`` of the spans that overlap none before them: windows share tokens."""
    kept: list[_Span] = []
    for span in spans:
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return kept[:n] or list(spans[:1])

"""The trained reader: a transformer that marks where in a passage the answer stands.

Question and passage go through it together; it gives every token a score for being the answer's
first and one for being its last, and the first token of all stands for “no answer here”.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings import ModelError
from qa.reading import Reading
from qa.spelling import tidy
from qa.windows import PAD, Window, Windower

if TYPE_CHECKING:
    from transformers import BertForQuestionAnswering

BUILTIN_FOLDER = Path(__file__).parent / "builtin" / "reader"
LENGTH = 512  # tokens in a window, the model's most
OVERLAP = 128  # tokens that two windows of one passage share
MAX_ANSWER = 96  # tokens
_BATCH = 8192  # padded tokens in one forward pass
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


class Reader:
    """Reads passages with the built-in model, or another of its kind."""

    def __init__(
        self, model: BertForQuestionAnswering, windower: Windower, calibration: Calibration
    ) -> None:
        """Take the parts; :meth:`load` makes them."""
        self._model = model
        self._windower = windower
        self._calibration = calibration

    @classmethod
    def load(cls, folder: Path | str = BUILTIN_FOLDER) -> Reader:
        """Load the built-in reader, or one that this project's recipe wrote to ``folder``.

        Raises:
            ModelError: if the folder holds no usable reader.
        """
        folder = Path(folder)
        os.environ["HF_HUB_OFFLINE"] = "1"  # read at import: a model is local or it is an error
        from tokenizers import Tokenizer
        from transformers import BertForQuestionAnswering
        from transformers.utils import logging

        from embeddings.encoder import best_dtype

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            loaded: Any = BertForQuestionAnswering.from_pretrained(
                str(folder),
                dtype=best_dtype(),
                local_files_only=True,
                attn_implementation="sdpa",
                output_loading_info=True,
            )
            model, report = loaded
            windower = Windower(Tokenizer.from_file(str(folder / "tokenizer.json")))
            fitted = json.loads((folder / _CALIBRATION).read_text(encoding="utf-8"))
            calibration = Calibration(**fitted)
        except Exception as error:  # tokenizers raises plain Exception
            raise ModelError(f"no usable reader in {folder}: {error}") from error
        if report["missing_keys"]:
            missing = ", ".join(sorted(report["missing_keys"]))
            raise ModelError(f"the reader in {folder} is incomplete: it lacks {missing}")
        model.train(False)
        return cls(model, windower, calibration)

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Return one reading for each passage, in the passages' order.

        ``score`` is the calibrated probability, in [0, 1], that the passage answers the question
        with that span, so scores can be compared between passages and between questions.
        """
        return [
            self._reading(passage, span)
            for passage, span in zip(passages, self.margins(question, passages), strict=True)
        ]

    def margins(self, question: str, passages: Sequence[str]) -> list[_Span]:
        """Return the best span of each passage with its margin over “no answer”."""
        asked, *read = self._windower.tokens([question, *passages])
        windows = [
            (number, window)
            for number, tokens in enumerate(read)
            for window in self._windower.windows(asked, tokens, LENGTH, OVERLAP)
        ]
        best = [_Span(0, 0, -math.inf)] * len(passages)
        for number, span in self._spans(windows):
            if span.margin > best[number].margin:
                best[number] = span
        return best

    def _reading(self, passage: str, span: _Span) -> Reading:
        start, end = tidy(passage, span.start, span.end)
        score = self._calibration.probability(span.margin)
        answerable = start < end and score >= self._calibration.threshold
        return Reading(passage[start:end], start, end, score, answerable)

    def _spans(self, windows: Sequence[tuple[int, Window]]) -> Iterator[tuple[int, _Span]]:
        """Yield the best span of every window, longest windows first."""
        order = sorted(windows, key=lambda pair: -len(pair[1].ids))
        at = 0
        while at < len(order):
            length = -(-len(order[at][1].ids) // _STEP) * _STEP
            batch = order[at : at + max(1, _BATCH // length)]
            at += len(batch)
            starts, ends = self._forward([window for _, window in batch], length)
            for row, (number, window) in enumerate(batch):
                yield number, _best_span(window, starts[row], ends[row])

    def _forward(self, windows: Sequence[Window], length: int) -> tuple[Scores, Scores]:
        """Return the scores of every token, shape ``(len(windows), length)`` each."""
        import torch

        ids = torch.full((len(windows), length), PAD)
        for row, window in enumerate(windows):
            ids[row, : len(window.ids)] = torch.tensor(window.ids)
        with torch.inference_mode():
            found: Any = self._model(input_ids=ids, attention_mask=(ids != PAD).long())
        return found.start_logits.float().numpy(), found.end_logits.float().numpy()


def _best_span(window: Window, starts: Scores, ends: Scores) -> _Span:
    """Return the span of at most ``MAX_ANSWER`` tokens with the highest sum of scores."""
    size = len(window.spans)
    if not size:
        return _Span(0, 0, -math.inf)
    first, last = window.first, window.first + size
    best_end = np.full(size, -np.inf, dtype=np.float32)
    ending = np.zeros(size, dtype=np.int64)
    padded = np.full(size + MAX_ANSWER, -np.inf, dtype=np.float32)
    padded[:size] = ends[first:last]
    reach = np.lib.stride_tricks.sliding_window_view(padded, MAX_ANSWER)[:size]
    ending = reach.argmax(axis=1)
    best_end = reach[np.arange(size), ending]
    total = starts[first:last] + best_end
    start = int(total.argmax())
    end = start + int(ending[start])
    margin = float(total[start] - starts[0] - ends[0])
    return _Span(window.spans[start][0], window.spans[end][1], margin)

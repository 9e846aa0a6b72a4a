"""CMRC2018's scoring rules: exact match, and F1 by the longest common stretch.

After ``cmrc2018_evaluate.py`` of ymcui/cmrc2018 (Cui et al. 2019, "A span-extraction dataset for
Chinese machine reading comprehension"): case and punctuation are dropped, every Han character is a
unit, Latin words are whole, and the best of the references counts.  What the authors call longest
common subsequence is computed as the longest common *substring* of units, here as there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MARKS = frozenset("-:_*^/\\~`+=，。：？！“”；’《》…·、「」（）－～『』")
_UNIT = re.compile(r"[\u4e00-\u9fa5]|[^\W\u4e00-\u9fa5]+(?:[.,'][^\W\u4e00-\u9fa5]+)*|\S")


def bare(text: str) -> str:
    """Return ``text`` in lower case without the marks that do not count."""
    return "".join(character for character in text.lower().strip() if character not in _MARKS)


def units(text: str) -> list[str]:
    """Split a text into Han characters and other words."""
    return _UNIT.findall(bare(text))


def exact(answers: Sequence[str], prediction: str) -> float:
    """Return 1 if the prediction is one of the answers, else 0."""
    return float(any(bare(answer) == bare(prediction) for answer in answers))


def f1(answers: Sequence[str], prediction: str) -> float:
    """Return the best F1 over the answers, in [0, 1]."""
    said = units(prediction)
    return max((_f1(units(answer), said) for answer in answers), default=0.0)


def _f1(wanted: Sequence[str], said: Sequence[str]) -> float:
    common = _longest_common(wanted, said)
    if not common:
        return 0.0
    precision, recall = common / len(said), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def _longest_common(left: Sequence[str], right: Sequence[str]) -> int:
    best = 0
    row = [0] * (len(right) + 1)
    for unit in left:
        row = [0, *(row[at] + 1 if unit == other else 0 for at, other in enumerate(right))]
        best = max(best, *row)
    return best


def area_under_curve(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Return the chance that a positive score is above a negative one, ties counted half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left")
    up_to = np.searchsorted(ordered, positive, "right")
    return float((below + up_to).mean() / 2 / len(negative))

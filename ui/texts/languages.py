"""The texts of the interface: which language a reader gets, and the questions to begin with."""

from __future__ import annotations

import re

from ui.texts.chinese import CHINESE
from ui.texts.english import ENGLISH
from ui.texts.messages import Messages

__all__ = ["CHINESE", "ENGLISH", "EXAMPLES", "SAMPLE", "SAMPLES", "Messages", "choose"]

# Questions about the sample articles, offered where these are the library: SAMPLE is one of them.
SAMPLE = "004_d6bc51ccf7696407.txt"
SAMPLES = 5
EXAMPLES = (
    "鹤山引进了多少亿元以上项目",
    "潮州有多少个省级农业产业园",
    "区委书记是谁",
    "长沙镇发展什么养殖模式",
    "开平引进了多少亿元以上项目",
)

_RANGE = re.compile(r"\s*([A-Za-z]+)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([0-9.]+)\s*)?")


def choose(accept_language: str | None) -> Messages:
    """Return the texts for an ``Accept-Language`` header: English if it prefers that to Chinese."""
    best = {"zh": 0.0, "en": 0.0}
    for part in (accept_language or "").split(","):
        match = _RANGE.fullmatch(part)
        if match and match[1].lower() in best:
            try:
                quality = float(match[2] or 1)
            except ValueError:
                continue
            best[match[1].lower()] = max(best[match[1].lower()], quality)
    return ENGLISH if best["en"] > best["zh"] else CHINESE

"""Whether a written sentence is one of a quote, but for its punctuation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.text import fold, sentences
from qa.types import Citation
from qa.writing.amounts import SIGNS
from qa.writing.clauses import clauses
from qa.writing.qualifiers import undone


def bare(folded: str) -> str:
    """Return the letters and digits of a text, with what tells numbers, and questions, apart."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", folded)
    text = re.sub(r"(?<![\d-])-(?=\d)", "−", text)  # a sign is no dash
    text = re.sub(rf"(?<=\d)[^\w%‰.−{SIGNS}]+(?=\d)", "/", text)  # 1-6 and 1、6 are not 16
    return re.sub(rf"[^\w%‰./?−{SIGNS}]|(?<!\d)\.|\.(?!\d)|_", "", text)


def is_copied(said: str, citations: Sequence[Citation]) -> bool:
    """Tell whether the whole sentence is one, or some in a row, of a quote, or how these begin."""
    wanted = bare(said)
    for citation in citations:
        quote = fold(citation.quote)
        spans = list(sentences(quote))
        ends = [
            (first + end, last) for first, last in spans for _, end in clauses(quote[first:last])
        ]
        for start, _ in spans:
            if any(
                bare(quote[start:end]) == wanted and not undone(said, quote[end:last])
                for end, last in ends
                if end > start
            ):
                return True
    return False

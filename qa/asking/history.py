"""What was asked before in a conversation, in whatever form a caller has it."""

from __future__ import annotations

from collections.abc import Sequence

from qa.types import Answer, Exchange

Past = str | Exchange | Answer
MAX_CHARACTERS = 2_000  # of an earlier question or answer that are looked at


def exchanges(history: Sequence[Past]) -> list[Exchange]:
    """Return the turns of a conversation, oldest first, without those that asked nothing."""
    found = map(_exchange, history)
    return [exchange for exchange in found if exchange.question.strip()]


def _exchange(item: Past) -> Exchange:
    if isinstance(item, Answer):
        said = item.text if item.status == "answered" else ""
        item = Exchange(item.question, item.reading, said)
    elif isinstance(item, str):
        item = Exchange(item)
    parts = (item.question, item.reading, item.text)
    return Exchange(*(part[:MAX_CHARACTERS] for part in parts))

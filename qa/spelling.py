"""Where an answer's text properly begins and ends."""

from __future__ import annotations

from qa.types import Span

_PAIRS = {"“": "”", "‘": "’", "《": "》", "（": "）", "(": ")", "「": "」", "『": "』", "【": "】"}
_LEFT = " \t\r\n　，。、；：！？,;:!?·…—）)》”’」』】"
_RIGHT = " \t\r\n　，。、；：！？,;:!?…—（(《“‘「『【"


def tidy(text: str, start: int, end: int) -> Span:
    """Shrink a span by marks that belong to the sentence, and complete a pair it cuts in two.

    The result may be empty where the span held nothing but marks.
    """
    while start < end and text[start] in _LEFT:
        start += 1
    while end > start and text[end - 1] in _RIGHT:
        end -= 1
    for opening, closing in _PAIRS.items():
        opened, closed = text.count(opening, start, end), text.count(closing, start, end)
        if opened == closed + 1:
            if text[end : end + 1] == closing:
                end += 1
            elif text[start] == opening:
                start += 1
        elif closed == opened + 1:
            if text[start - 1 : start] == opening:
                start -= 1
            elif text[end - 1 : end] == closing:
                end -= 1
    return start, end

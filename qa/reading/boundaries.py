"""Where an answer's text properly begins and ends."""

from __future__ import annotations

from qa.types import Span

_PAIRS = {"“": "”", "‘": "’", "《": "》", "（": "）", "(": ")", "「": "」", "『": "』", "【": "】"}
_BREAKS = frozenset("\n。！？；!?;，,")
NEAR = 16  # characters
_STEPS = 100  # completing one pair may cut another; some nesting of marks could go on for ever
_LEFT = " \t\r\n　，。、；：！？,;:!?·…—）)》”’」』】"
_RIGHT = " \t\r\n　，。、；：！？,;:!?…—（(《“‘「『【"


def tidy(text: str, start: int, end: int) -> Span:
    """Shrink a span by marks that belong to the sentence, and complete pairs that it cuts in two.

    The result may be empty where the span held nothing but marks.
    """
    for _ in range(_STEPS):
        before = start, end
        start, end = _complete(text, *_strip(text, start, end))
        if (start, end) == before:
            start, end = _drop_halves(text, start, end)
            if (start, end) == before:
                break
    return start, end


def _strip(text: str, start: int, end: int) -> Span:
    while start < end and text[start] in _LEFT:
        start += 1
    while end > start and text[end - 1] in _RIGHT:
        end -= 1
    return start, end


def _complete(text: str, start: int, end: int) -> Span:
    """Take in the other half of a pair where it stands near, in the same line."""
    for opening, closing in _PAIRS.items():
        unopened, unclosed = _halves(text[start:end], opening, closing)
        if unclosed:
            at = text.find(closing, end, end + NEAR)
            if at >= 0 and not _BREAKS & set(text[end:at]):
                return start, at + 1
        if unopened:
            at = text.rfind(opening, max(0, start - NEAR), start)
            if at >= 0 and not _BREAKS & set(text[at + 1 : start]):
                return at, end
    return start, end


def _drop_halves(text: str, start: int, end: int) -> Span:
    """Leave out half a pair at the span's edge, and a pair with nothing between."""
    for opening, closing in _PAIRS.items():
        unopened, unclosed = _halves(text[start:end], opening, closing)
        if unclosed[:1] == [0]:
            return start + 1, end
        if unopened[-1:] == [end - start - 1]:
            return start, end - 1
        if text[start:end] == opening + closing:
            return start, start
    return start, end


def _halves(text: str, opening: str, closing: str) -> tuple[list[int], list[int]]:
    """Return where closing marks stand that nothing opened, and opening ones nothing closed."""
    unopened: list[int] = []
    unclosed: list[int] = []
    for at, character in enumerate(text):
        if character == opening:
            unclosed.append(at)
        elif character == closing and unclosed:
            unclosed.pop()
        elif character == closing:
            unopened.append(at)
    return unopened, unclosed

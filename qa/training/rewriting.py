"""A follow-up's rewriting as edits: which of its tokens stay, and what of the history goes where.

After Liu et al. 2020, “Incomplete utterance rewriting as semantic segmentation” (RUN), whose cells
of history and follow-up are the same edits; here every token of the history is inserted before one
token of the follow-up at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.text import fold
from qa.types import Span

_TOGETHER = 1.0  # what two neighbours that stay neighbours count for beside their characters


@dataclass(frozen=True, slots=True)
class Edit:
    """For a follow-up's tokens which stay, and for a history's before which of them each goes.

    A place equal to the number of the follow-up's tokens is its end; ``None`` is nowhere.
    """

    kept: list[bool]
    inserted: list[int | None]


def edits(
    follow_up: str, history: str, rewrite: str, left: Sequence[Span], right: Sequence[Span]
) -> Edit:
    """Return the edits that come nearest to ``rewrite``; tokens as spans of the first two texts."""
    follow_up, history, rewrite = fold(follow_up), fold(history), fold(rewrite)
    stays = dict(common(rewrite, follow_up))
    kept_characters = set(stays.values())
    gap_of: dict[int, int] = {}
    for start, end, gap in _stretches(rewrite, stays):
        for _, at in common(rewrite[start:end], history):
            gap_of.setdefault(at, gap)
    left = apart(left)
    kept = [_most(span, kept_characters) for span in left]
    inserted: list[int | None] = []
    for start, end in apart(right):
        places = [gap_of[at] for at in range(start, end) if at in gap_of]
        whole = 2 * len(places) > end - start
        inserted.append(_token_at(left, max(places, key=places.count)) if whole else None)
    return Edit(kept, inserted)


def apply(
    edit: Edit, follow_up: str, history: str, left: Sequence[Span], right: Sequence[Span]
) -> str:
    """Return what the edits make of the follow-up."""
    parts: list[str] = []
    left, right = apart(left), apart(right)
    for number in range(len(left) + 1):
        parts += [
            history[start:end]
            for (start, end), at in zip(right, edit.inserted, strict=True)
            if at == number
        ]
        if number < len(left) and edit.kept[number]:
            parts.append(follow_up[slice(*left[number])])
    return "".join(parts)


def apart(tokens: Sequence[Span]) -> list[Span]:
    """Return the tokens' spans without what the next token covers too.

    The mark of a word's beginning can be a token of its own, whose span is the first character.
    """
    following = [start for start, _ in tokens[1:]] + [end for _, end in tokens[-1:]]
    return [
        (start, max(start, min(end, after)))
        for (start, end), after in zip(tokens, following, strict=True)
    ]


def common(first: str, second: str) -> list[tuple[int, int]]:
    """Return pairs of places of a longest common subsequence, of as few stretches as may be."""
    rows, columns = len(first), len(second)
    ends = [[float("-inf")] * (columns + 1) for _ in range(rows + 1)]  # with the pair (i, j) last
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            if first[i - 1] == second[j - 1]:
                ends[i][j] = 1 + max(ends[i - 1][j - 1] + _TOGETHER, best[i - 1][j - 1])
            best[i][j] = max(ends[i][j], best[i - 1][j], best[i][j - 1])
    pairs: list[tuple[int, int]] = []
    i, j, inside = rows, columns, False
    while i and j:
        if inside or best[i][j] == ends[i][j]:
            pairs.append((i - 1, j - 1))
            inside = ends[i][j] == 1 + ends[i - 1][j - 1] + _TOGETHER
            i, j = i - 1, j - 1
        elif best[i - 1][j] == best[i][j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _stretches(rewrite: str, stays: dict[int, int]) -> list[tuple[int, int, int]]:
    """Return what the rewriting adds: stretches, and before which character of the follow-up."""
    found: list[tuple[int, int, int]] = []
    start, gap = 0, 0
    for at in [*sorted(stays), len(rewrite)]:
        if at > start:
            found.append((start, at, gap))
        if at < len(rewrite):
            start, gap = at + 1, stays[at] + 1
    return found


def _most(span: Span, characters: set[int]) -> bool:
    return 2 * sum(at in characters for at in range(*span)) > span[1] - span[0]


def _token_at(tokens: Sequence[Span], character: int) -> int:
    """Return the token before which a text goes that belongs before a character."""
    return sum(start < character for start, _ in tokens)

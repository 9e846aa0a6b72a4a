"""Lessons as tensors: what each head should say of every token, ``IGNORED`` where nothing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import torch
from torch import Tensor

from qa.reading.windows import BOS, EOS, MAX_QUESTION, PAD, Tokens, Windower
from qa.training.lessons import Lesson
from qa.types import Span

STEP = 16  # lengths are padded to multiples of it
LONGEST = 448  # tokens of a window
FOCUSED = 192  # tokens of a window of the part of a passage that is nearest to the question
WINDOWS = (224, 256, 320)  # of a passage of a question set, drawn for each lesson
LONGEST_SPAN = 96  # tokens; of a list that is longer the span head learns the first item
MOST = 40  # windows in a batch
IGNORED = -100
OUTSIDE, BEGINS, INSIDE = 0, 1, 2  # classes of the item head


@dataclass(frozen=True, slots=True)
class Target:
    """One window of a lesson, with what the heads should say.

    ``spans`` are those of the two texts' tokens, each in its text; ``left`` and ``right`` are the
    half-open ranges of those tokens in ``ids``.  ``span`` are the answer's first and last token,
    (0, 0) for “not here”, or nothing where it is not asked for.  The other targets have a class for
    each token of their range, or are empty.
    """

    lesson: Lesson
    spans: tuple[list[Span], list[Span]]
    ids: list[int]
    left: tuple[int, int]
    right: tuple[int, int]
    span: tuple[int, int] | None = None
    items: list[int] = field(default_factory=list)
    support: list[int] = field(default_factory=list)
    whole: int = IGNORED


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step, for ``n`` windows padded to ``length`` tokens.

    Shapes: ``ids``, ``mask``, ``readable``, ``items``, ``support`` ``(n, length)``; ``span``
    ``(n, 2)``; ``groups`` ``(n,)``: the number of a window's group in this batch, ``IGNORED`` where
    it has none.
    """

    ids: Tensor
    mask: Tensor
    readable: Tensor
    span: Tensor
    items: Tensor
    support: Tensor
    groups: Tensor


class Targets:
    """Makes targets of lessons."""

    def __init__(self, windower: Windower, dice: random.Random, *, focused: bool = False) -> None:
        """Take what tokenises, and what windows are drawn with.

        ``focused`` windows of a passage hold the part that is nearest to what is on the left: they
        are half as long, and a word that the part left out bore out is a mistake in them.
        """
        self._focused = focused
        self._windower = windower
        self._dice = dice
        self._prompts: dict[str, list[int]] = {}
        self._passage = self._prompt("passage: ")
        self._known: dict[str, Tokens] = {}

    def make(self, lessons: Iterable[Lesson]) -> list[Target]:
        """Return the targets of the lessons; what no token can express is left out."""
        made = (self._make(lesson) for lesson in lessons)
        return [target for target in made if target is not None]

    def _prompt(self, prompt: str) -> list[int]:
        if prompt not in self._prompts:
            self._prompts[prompt] = self._windower.prompt(prompt)
        return self._prompts[prompt]

    def _tokens(self, text: str) -> Tokens:
        if text not in self._known:
            self._known[text] = self._windower.tokens([text])[0]
        return self._known[text]

    def _make(self, lesson: Lesson) -> Target | None:
        left, right = self._tokens(lesson.left), self._tokens(lesson.right)
        head = [BOS, *self._prompt(lesson.prompt)]
        asked = left.ids[:MAX_QUESTION]
        opening = [*head, *asked, EOS, EOS, *self._passage]
        heading = sum(start < lesson.heading for start, _ in right.spans)
        longest = FOCUSED if self._focused else LONGEST
        longest = self._dice.choice(WINDOWS) if lesson.is_cut else longest
        room = longest - len(opening) - 1 - heading
        wanted = _covered(right, lesson.answers[0]) if lesson.answers else None
        low, high = _window_starts(wanted, heading, len(right.ids), room)
        start = (
            _closest(lesson, right, low, high, room)
            if self._focused and not lesson.is_cut
            else self._dice.randint(low, high)
        )
        chosen = [*range(heading), *range(start, min(len(right.ids), start + room))]
        ids = [*opening, *(right.ids[i] for i in chosen), EOS]
        place = {token: len(opening) + i for i, token in enumerate(chosen)}
        items = [(place[a], place[b]) for a, b in _answers(lesson, right) if {a, b} <= {*place}]
        if lesson.answers and not items:
            return None
        first, last = len(head), len(head) + len(asked)
        begin, end = len(opening), len(ids) - 1
        return Target(
            lesson,
            (left.spans[:MAX_QUESTION], [right.spans[i] for i in chosen]),
            ids,
            (first, last),
            (begin, end),
            span=None if lesson.answers is None else _span(items),
            items=[] if lesson.answers is None else _classes(items, begin, end),
            support=[]
            if lesson.unsupported is None
            else [_bears(token, lesson.unsupported) for token in left.spans[:MAX_QUESTION]],
            whole=IGNORED if lesson.supported is None else int(lesson.supported),
        )


def _window_starts(wanted: Span | None, heading: int, size: int, room: int) -> Span:
    """Return between where a window of ``room`` tokens that holds the wanted ones may begin."""
    low, high = heading, max(heading, size - room)
    if wanted is not None and wanted[0] >= heading:
        low = max(heading, min(wanted[1] + 1 - room, wanted[0], high))
        high = min(high, max(low, wanted[0]))
    return low, high


def _closest(lesson: Lesson, right: Tokens, low: int, high: int, room: int) -> int:
    """Return where the window begins that has most pairs of characters of the left text."""
    pairs = {lesson.left[at : at + 2] for at in range(len(lesson.left) - 1)}
    shared = [lesson.right[start : start + 2] in pairs for start, _ in right.spans]
    sums = [0, *accumulate(shared)]
    last = len(sums) - 1
    return max(range(low, high + 1), key=lambda at: sums[min(last, at + room)] - sums[at])


def _covered(text: Tokens, span: Span) -> Span | None:
    """Return the first and last token that overlap a span."""
    inside = [i for i, (a, b) in enumerate(text.spans) if a < span[1] and span[0] < b]
    return (inside[0], inside[-1]) if inside else None


def _answers(lesson: Lesson, right: Tokens) -> list[Span]:
    """Return first and last token of every item of a list, of the first answer otherwise."""
    answers = lesson.answers or ()
    found = [_covered(right, span) for span in (answers if lesson.is_list else answers[:1])]
    return [tokens for tokens in found if tokens is not None]


def _span(items: Sequence[Span]) -> Span:
    """Return the stretch over all items, if it is not too long, and token 0 for none."""
    if not items:
        return 0, 0
    first, last = min(a for a, _ in items), max(b for _, b in items)
    return (first, last) if last - first < LONGEST_SPAN else min(items)


def _classes(items: Sequence[Span], begin: int, end: int) -> list[int]:
    classes = [OUTSIDE] * (end - begin)
    for first, last in sorted(items):
        classes[first - begin : last + 1 - begin] = [INSIDE] * (last + 1 - first)
        classes[first - begin] = BEGINS
    return classes


def _bears(token: Span, unsupported: Sequence[Span]) -> int:
    start, end = token
    return int(not any(start < right and left < end for left, right in unsupported))


def batches(targets: Iterable[Target], tokens: int, dice: random.Random) -> list[list[Target]]:
    """Group windows of like length, at most ``tokens`` padded tokens a batch, in random order.

    Windows of one group come together.  Nor has a batch more than :data:`MOST` windows: short ones
    in hundreds would have few of the steps.
    """
    ordered = sorted(_groups(targets), key=lambda group: (_length(group), dice.random()))
    planned: list[list[Target]] = []
    for group in reversed(ordered):
        most = min(MOST, tokens // _length(planned[-1])) if planned else 0
        if not planned or len(planned[-1]) + len(group) > most:
            planned.append([])
        planned[-1] += group
    dice.shuffle(planned)
    return planned


def _groups(targets: Iterable[Target]) -> Iterable[list[Target]]:
    found: dict[tuple[str, int], list[Target]] = {}
    for number, target in enumerate(targets):
        name = target.lesson.group
        found.setdefault((name, 0) if name else ("", number), []).append(target)
    return found.values()


def _length(targets: Iterable[Target]) -> int:
    return max(_padded(len(target.ids)) for target in targets)


def _padded(length: int) -> int:
    return -(-length // STEP) * STEP


def collate(targets: Sequence[Target]) -> Batch:
    """Pad windows into tensors."""
    shape = len(targets), _padded(max(len(item.ids) for item in targets))
    ids = torch.full(shape, PAD)
    readable = torch.zeros(shape, dtype=torch.bool)
    span = torch.full((len(targets), 2), IGNORED)
    items, support = (torch.full(shape, IGNORED) for _ in range(2))
    groups = torch.full((len(targets),), IGNORED)
    names = {item.lesson.group: number for number, item in enumerate(targets)}
    for row, item in enumerate(targets):
        left, right = slice(*item.left), slice(*item.right)
        ids[row, : len(item.ids)] = torch.tensor(item.ids)
        readable[row, right] = True
        readable[row, 0] = True
        support[row, 0] = item.whole
        if item.span is not None:
            span[row] = torch.tensor(item.span)
            items[row, right] = torch.tensor(item.items)
        if item.lesson.group:
            groups[row] = names[item.lesson.group]
        if item.support:
            support[row, left] = torch.tensor(item.support)
    return Batch(ids, (ids != PAD).long(), readable, span, items, support, groups)

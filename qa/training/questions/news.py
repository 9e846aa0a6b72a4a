"""Questions generated from news, with passages that answer them and passages that nearly do.

Giving one place's, year's or indicator's figure for another's is the worst error there is, so for
every question that is answered there is one that looks the same and is not: the question names
something else, or the sentence that answers is missing, or stands beside its like.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from qa.language.asking import find_asked
from qa.language.names import places
from qa.language.tokens import tag
from qa.text import fold, sentences, simplify
from qa.training.questions.asking import Askable, ask, statements
from qa.training.questions.examples import Example

PASSAGE = (90, 330)  # characters; the program's own passages have up to 300
HEADED, MAX_HEADLINE = 0.4, 40  # share of passages under a headline, and its characters
KINDS = {"number": 55, "date": 14, "person": 9, "place": 8, "list": 6, "organisation": 5, "name": 3}
# What becomes of a question, and how often.
SHARES = {"plain": 40, "beside": 22, "swapped": 24, "removed": 10, "elsewhere": 4}
_TIME = re.compile(
    r"(?:19|20)\d{2}(?= ?年)|(?<!\d)\d{1,2}(?= ?月)|上半年|下半年|前?[一二三四]季度|去年|今年|明年"
)
# Lines about the page and the company's boilerplate, of which nobody asks.
_FURNITURE = re.compile(
    "记者|编辑|来源|搜狐|责编|作者|审核|摄[)）]|声明|投资建议|www|http|证券之星|扫码|客户端"
)
_LATIN = re.compile(r"[a-z][a-z0-9\-+.]{2,}", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


@dataclass
class Names:
    """What there is to swap: names by their sort."""

    by_sort: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, text: str) -> None:
        """Collect the names of a sentence."""
        for sort, name, _ in _names(text):
            self.by_sort[sort].append(name)

    def other(self, sort: str, name: str, text: str, dice: random.Random) -> str | None:
        """Return another name of that sort that ``text`` does not have."""
        pool = self.by_sort[sort]
        for _ in range(8):
            other = dice.choice(pool) if pool else name
            if other not in text and name not in other and other not in name:
                return other
        return None


def _names(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (sort, name, place) of what a question can be about."""
    for place in places(text):
        start = place.end - len(place.name)
        suffix = place.name[-1] if place.name[-1] in "省市县区镇乡村州" else ""
        yield f"place{suffix}", place.name, start
    for word in tag(text):
        if word.flag in {"nt", "nz"} and len(word.text) > 2:
            yield "organisation", word.text, word.start
        elif word.flag == "nr" and 2 <= len(word.text) <= 4:
            yield "person", word.text, word.start
    for match in _LATIN.finditer(text):
        yield "latin", match[0], match.start()
    asked = find_asked(text)
    if asked.kind == "number" and len(asked.focus) > 1 and asked.focus in text:
        yield f"indicator {asked.units}", asked.focus, text.rfind(asked.focus)


class Swap(NamedTuple):
    """A question about something else: which name became which, and where the new one stands."""

    question: str
    name: str
    other: str
    at: int


class News:
    """Makes examples from news articles."""

    def __init__(self, articles: Sequence[str], dice: random.Random) -> None:
        """Take the articles; names are collected as questions are made."""
        self._articles = [simplify(article) for article in articles]
        self._dice = dice
        self._pool = Names()

    def examples(self, each: int) -> Iterator[Example]:
        """Yield up to ``each`` examples an article."""
        for article in self._articles:
            spans = list(sentences(article))
            for _ in range(each):
                example = self._example(article, spans) if spans else None
                if example is not None:
                    yield example

    def _example(self, article: str, spans: Sequence[tuple[int, int]]) -> Example | None:
        at = self._pick(article, spans)
        start, end = spans[at]
        sentence = article[start:end]
        target = self._choose(sentence)
        question = ask(sentence, target, self._dice) if target else None
        if target is None or question is None:
            return None
        first, last = _passage(spans, at, self._dice)
        head = _headline(article, spans) if first and self._dice.random() < HEADED else ""
        passage = head + article[spans[first][0] : spans[last][1]]
        offset = len(head) + start - spans[first][0]
        question = self._about(passage[:offset], sentence[target.start : target.end]) + question
        self._pool.add(question)
        answer = (offset + target.start, offset + target.end)
        plain = Example(question, passage, (answer,), kind=f"news {target.kind}")
        share = self._dice.choices(list(SHARES), list(SHARES.values()))[0]
        if share == "plain":
            return plain
        if share == "elsewhere":
            return self._elsewhere(plain, article, spans, (first, last))
        if share == "removed":
            return _without(plain, (offset, offset + len(sentence)))
        swapped = self._swap(question, passage)
        if swapped is None:
            return plain
        if share == "swapped":
            return _unanswered(plain, swapped)
        return self._beside(plain, swapped, (offset, offset + len(sentence)))

    def _pick(self, article: str, spans: Sequence[tuple[int, int]]) -> int:
        """Pick a sentence, rather one with figures and none about the page."""
        for wants_figure in (self._dice.random() < 0.75, False):
            fit = [
                number
                for number, (start, end) in enumerate(spans)
                if 15 < end - start < 260
                and not _FURNITURE.search(article, start, end)
                and (not wants_figure or _DIGIT.search(article, start, end))
            ]
            if fit:
                return self._dice.choice(fit)
        return self._dice.randrange(len(spans))

    def _about(self, before: str, answer: str) -> str:
        """Return at times the place that the text before the sentence speaks of."""
        if self._dice.random() < 0.5:
            return ""
        found = places(fold(before)[-120:])
        name = found[-1].name if found else ""
        return "" if name in answer or answer in name else name

    def _choose(self, sentence: str) -> Askable | None:
        found = statements(sentence)
        kinds = sorted({item.kind for item in found})
        if not kinds:
            return None
        kind = self._dice.choices(kinds, [KINDS[kind] for kind in kinds])[0]
        return self._dice.choice([item for item in found if item.kind == kind])

    def _swap(self, question: str, passage: str) -> Swap | None:
        """Return the question about something else, and which name became which."""
        folded = fold(passage)
        times = [("time", match[0], match.start()) for match in _TIME.finditer(question)]
        names = [item for item in (*_names(question), *times) if item[1] in folded]
        self._dice.shuffle(names)
        for sort, name, at in names:
            if sort == "time":
                other = _other_time(name, folded, self._dice)
            else:
                other = self._pool.other(sort, name, folded, self._dice)
            if other is not None:
                return Swap(question[:at] + other + question[at + len(name) :], name, other, at)
        return None

    def _beside(self, plain: Example, swapped: Swap, sentence: tuple[int, int]) -> Example:
        """Put a sentence that says the like of something else beside the one that answers."""
        question, name, other, _ = swapped
        start, end = sentence
        said = plain.passage[start:end]
        (first, last) = plain.answers[0]
        folded = fold(said)
        if name not in folded or folded.find(name) + len(name) > first - start >= folded.find(name):
            return _unanswered(plain, swapped)
        answer = said[first - start : last - start]
        changed = _DIGIT.sub(lambda _: str(self._dice.randint(1, 9)), answer)
        like, at = _rewrite(said, (first - start, last - start), changed, name, other)
        if changed == answer or said == like or plain.kind != "news number":
            return plain
        before = self._dice.random() < 0.5
        insert = start if before else end
        passage = plain.passage[:insert] + like + plain.passage[insert:]
        if self._dice.random() < 0.4:  # ask for the new one
            span = (insert + at, insert + at + len(changed))
            return Example(question, passage, (span,), kind="news beside")
        shift = len(like) if before else 0
        return replace(
            plain, passage=passage, answers=((first + shift, last + shift),), kind="news beside"
        )

    def _elsewhere(
        self,
        plain: Example,
        article: str,
        spans: Sequence[tuple[int, int]],
        used: tuple[int, int],
    ) -> Example:
        """Return the question with another passage of the same article."""
        free = [i for i in range(len(spans)) if not used[0] <= i <= used[1]]
        if not free:
            return plain
        first, last = _passage(spans, self._dice.choice(free), self._dice)
        passage = article[spans[first][0] : spans[last][1]]
        (start, end) = plain.answers[0]
        if plain.passage[start:end] in passage:
            return plain
        return replace(plain, passage=passage, answers=(), kind="news elsewhere")


def _unanswered(plain: Example, swapped: Swap) -> Example:
    """Return the question about something else, which the passage does not answer."""
    unsupported = ((swapped.at, swapped.at + len(swapped.other)),)
    return replace(
        plain, question=swapped.question, answers=(), kind="news swapped", unsupported=unsupported
    )


def _headline(article: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return the beginning as a title in a line of its own, as the program shows it to a reader."""
    start, end = spans[0]
    text = article[start:end].removeprefix("原标题：")
    return text[:MAX_HEADLINE] + "\n"


def _passage(spans: Sequence[tuple[int, int]], at: int, dice: random.Random) -> tuple[int, int]:
    """Return the first and last of neighbouring sentences around ``at``, of a passage's length."""
    wanted = dice.randint(*PASSAGE)
    first = last = at
    while spans[last][1] - spans[first][0] < wanted:
        forward, back = last + 1 < len(spans), first > 0
        if not forward and not back:
            break
        if forward and (not back or dice.random() < 0.5):
            if spans[last + 1][1] - spans[first][0] > PASSAGE[1] + 60:
                break
            last += 1
        else:
            if spans[last][1] - spans[first - 1][0] > PASSAGE[1] + 60:
                break
            first -= 1
    return first, last


def _without(plain: Example, sentence: tuple[int, int]) -> Example:
    """Take the sentence that answers out of the passage."""
    (start, end) = plain.answers[0]
    answer = plain.passage[start:end]
    rest = plain.passage[: sentence[0]] + plain.passage[sentence[1] :]
    if answer in rest or len(rest) < 40:
        return plain
    return replace(plain, passage=rest, answers=(), kind="news removed")


def _rewrite(
    said: str, span: tuple[int, int], changed: str, name: str, other: str
) -> tuple[str, int]:
    """Return the sentence with another name and answer, and where the answer begins."""
    pattern = re.compile(rf"(?<!\d){re.escape(name)}(?!\d)", re.IGNORECASE)
    left = pattern.sub(lambda _: other, fold(said[: span[0]]))
    right = pattern.sub(lambda _: other, fold(said[span[1] :]))
    like = left + changed + right
    return like if like.endswith(tuple("。!?！？")) else like + "。", len(left)


def _other_time(name: str, text: str, dice: random.Random) -> str | None:
    if name.isdigit():
        low, high = (int(name) - 4, int(name) + 3) if len(name) == 4 else (1, 12)
        pool = [str(number) for number in range(low, high + 1)]
    else:
        pool = ["上半年", "下半年", "一季度", "二季度", "三季度", "四季度"]
        pool = ["去年", "今年", "明年"] if name.endswith("年") and len(name) == 2 else pool
    pool = [other for other in pool if not re.search(rf"(?<!\d){other}(?!\d)", text)]
    return dice.choice(pool) if pool else None

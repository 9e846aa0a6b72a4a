"""What a follow-up can refer to: the question before it, taken apart, and what answered it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from qa.followups.frames import INTERROGATIVE, Frame, times
from qa.followups.phrases import is_organisation
from qa.language.names import base, persons, places
from qa.language.questions import parse
from qa.language.tokens import tag
from qa.text import fold, is_sentence_end

LONGEST_ANSWER = 24  # characters of an answer that can stand for a thing in the next question
_NAMING = re.compile("(?:什么|哪[家个位种项所座条只])")
_ROLE = re.compile("[记长人员师者生星手授席理任]$")  # how the name of an office or trade ends


class Kept(str):
    """A stretch of an earlier question or answer."""

    __slots__ = ()


Parts = tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """An earlier question as a frame, and the text that answered it, empty if none did."""

    frame: Frame
    answer: str

    @cached_property
    def named(self) -> str:
        """The answer, if it names what the question asked for: “新塘村党总支书记黎洪亮”."""
        frame, answer = self.frame, self.answer.strip("“”\"'。")
        asks_name = frame.form in {"person", "place", "entity"}
        if not asks_name or not answer or len(answer) > LONGEST_ANSWER:
            return ""
        if "\n" in answer or is_sentence_end(self.answer):
            return ""
        if places(fold(answer)) or (frame.form == "person" and not _ROLE.search(frame.subject)):
            return answer
        if frame.form == "person":
            return frame.subject + answer
        known = [place.base for place in frame.places]
        owner = frame.subject if frame.counts or frame.verb else frame.scope
        return answer if any(name in fold(answer) for name in known) else owner + answer

    @property
    def topic(self) -> Kept:
        """What the question, or its answer, was about."""
        return Kept(self.named or self.frame.topic)

    @property
    def owner(self) -> Kept:
        """Whose attributes were asked for."""
        return Kept(self.named or self.frame.owner or self.frame.topic)

    @property
    def scope(self) -> Kept:
        """The place, time and organisation that the question named."""
        return Kept(self.frame.scope)

    @property
    def it(self) -> Kept:
        """The one thing that was spoken of."""
        if self.named or self.frame.form in {"entity", "list"}:
            return self.topic
        return Kept(_without_time(self.owner) or self.owner)

    @property
    def there(self) -> Kept:
        """The place that was spoken of: the one that was the answer, or else the last named."""
        if self.frame.form in {"place", "entity"} and (found := places(fold(self.answer))):
            return Kept(self.answer[found[-1].start : found[-1].end])
        if self.frame.places:
            last = self.frame.places[-1]
            return Kept(self.frame.text[last.start : last.end])
        return Kept("")

    @property
    def person(self) -> Kept:
        """The person who was spoken of."""
        if self.named:
            return Kept(self.named)
        spans = persons(self.frame.folded)
        if spans and not _ROLE.search(self.frame.subject):
            return Kept(self.frame.text[slice(*spans[-1])])
        return Kept(self.frame.subject or self.frame.topic)

    def that(self, noun: str) -> Kept | None:
        """What “该公司” or “该镇” means: the place, the answer or the thing of that kind.

        None if nothing of the kind was spoken of.
        """
        for place in reversed(self.frame.places):
            if place.name.endswith(noun) or (
                len(noun) == 1 and base(place.name) == place.name and noun in "省市县区镇乡村"
            ):
                return self.there
        if noun and self.named and fold(self.frame.topic).endswith(noun):
            return Kept(self.named)  # 妇幼保健院, where a 医院 was asked for
        for candidate in (self.named, self.frame.owner, self.frame.topic, self.frame.subject):
            if candidate and fold(candidate).endswith(noun):
                return Kept(candidate)
        if is_organisation(noun) and self.frame.names and not self.named:
            at = self.frame.folded.find(self.frame.names[0])
            return Kept(self.frame.text[at : at + len(self.frame.names[0])])
        if self.named or self.frame.names:
            return self.it
        is_bare_place = self.it == self.frame.scope and bool(self.frame.places)
        return None if is_organisation(noun) or is_bare_place else self.it

    def instead(self, start: int, end: int, new: str) -> Parts:
        """Return the question with ``new`` in place of a stretch of it."""
        text = self.frame.text
        return Kept(text[:start]), new, Kept(text[end:])

    def asking(self, new: str, *, more: bool = False) -> Parts:
        """Return the question asking ``new`` instead: “有哪些” after “有多少个”."""
        frame = self.frame
        if frame.asks is None or not (frame.object or frame.verb):
            return Kept(f"{frame.topic}{'还' if more else ''}"), f"有{new}"
        start, end = frame.asks
        if more:
            head = frame.text[: len(frame.subject)]
            return (
                Kept(head),
                "还",
                Kept(frame.text[len(head) : start].lstrip()),
                new,
                Kept(frame.text[end:]),
            )
        return self.instead(start, end, new)

    def adverbial(self, adverb: str) -> Parts:
        """Return what was asked about as known, and ask when, why or how it was so."""
        frame = self.frame
        if frame.form == "whether" or (frame.form == "adverb" and frame.asks):
            start, end = frame.asks or (0, 0)
            if frame.form == "adverb":
                return self.instead(start, end, adverb)
            at = _first_verb(frame)
            return Kept(frame.text[:at]), adverb, Kept(frame.text[at:start])
        if frame.verb and (frame.object or self.named):
            known = self.answer if self.named else frame.rest_of_object
            return Kept(frame.subject), adverb, Kept(frame.verb + known)
        if adverb in {"为什么", "为何"}:
            if self.answer and len(self.answer) <= LONGEST_ANSWER and "\n" not in self.answer:
                return Kept(frame.subject or frame.topic), f"{adverb}是", Kept(self.answer)
            return self.topic, "的原因是什么"
        return self.topic, adverb if adverb in {"怎么样", "如何", "怎样"} else f"是{adverb}"

    def instead_of_name(self, name: str) -> Parts | None:
        """Return the question with another organisation or person in the place of its own."""
        names = parse(self.frame.text).names
        for old in names:
            at = self.frame.folded.find(old)
            if at >= 0:
                return self.instead(at, at + len(old), name)
        return None


def _without_time(text: str) -> str:
    """Return a noun phrase without the time at its end: 白云机场 of 白云机场去年."""
    spans = times(fold(text))
    while spans and spans[-1][1][1] == len(text):
        text = text[: spans[-1][1][0]].rstrip("的 ")
        spans = spans[:-1]
    return text


def _first_verb(frame: Frame) -> int:
    """Return where the predicate begins: the first verb after the scope."""
    for word in tag(frame.folded):
        if word.flag[0] == "v" and word.start > 0 and not INTERROGATIVE.match(word.text):
            return word.start
    return len(frame.subject)

"""A reader's span brought into the form that the question asks for."""

from __future__ import annotations

import re

from qa.answering.spans import stretches
from qa.language.names import is_surname, places
from qa.language.numbers import figures
from qa.language.questions import Question
from qa.language.tokens import is_word
from qa.text import HAN, fold, sentences, trim
from qa.types import Span

MAX_SENTENCES = 3  # of a longer answer
POST = re.compile(
    r"(?P<rank>常务副|第一副|第一|副|代理|代|原|前)?"
    r"(?P<post>书记|[省市区县镇乡村州厅局处科部院校社行董会秘]长|主任|主席|总经理|经理|总裁|总编|总指挥|委员)"
)
_EXACT = frozenset({"number", "date", "person", "place"})
_NUMERAL = re.compile(
    "[0-9]|第[一二三四五六七八九十]|[零一二三四五六七八九十百千万亿两]{2}|[几数][十百千万个家名位]"
)
_ENUMERATED = re.compile(
    r"^(?:[二三四五六]是|其[二三四五]|第[二三四五][,是]|[(（]?[二三四五2-5][)）、.]|另外|此外|同时|还有|再次|最后|其次)"
)
_GIVEN = re.compile("谁来?(?:[担兼出]?任|当|做)")
_NAME = re.compile(f"[{HAN}]{{2,3}}")
_FOREIGN = re.compile(f"[{HAN}a-z]+(?:[·. ][{HAN}a-z]+)+")


def posts(folded: str) -> list[tuple[str, str]]:
    """Return the posts that a folded text names, each with its rank (副), often empty."""
    return [(match["rank"] or "", match["post"]) for match in POST.finditer(folded)]


def fit(question: Question, text: str, passage: Span, span: Span) -> Span | None:
    """Return the part of a passage that says exactly what is asked for, near a reader's span.

    A figure, date, person or place is cut out of a longer span; a list is given whole.  None where
    a figure is asked for and the span holds none, or only one of the wrong form beside others of
    the right one in the passage.
    """
    start, end = within_line(text, span, figure=question.kind == "number")
    if question.kind in _EXACT or question.kind == "list":
        fitting = [
            (item.fit, first + item.start, first + item.end)
            for first, last in sentences(text, *passage)
            for item in stretches(question, fold(text[first:last]))
        ]
        touched = [item for item in fitting if item[1] < end and start < item[2]]
        if touched:
            best = max(
                touched,
                key=lambda item: (item[0], min(end, item[2]) - max(start, item[1]), -item[1]),
            )
            return best[1:]
        if question.kind == "number" and (fitting or not _has_figure(text[start:end])):
            return None
        if question.kind == "person" and posts(question.text):
            return _holder(question, text, (start, end))
    return start, end


def _holder(question: Question, text: str, span: Span) -> Span | None:
    """Return who holds the office that is asked for; of 谁发明了 it may be a company, of 局长 not.

    It is somebody with a name; or, where the question is who was given the office, who holds
    another one: 市委书记 may be who is 总指挥.
    """
    said = fold(text[slice(*span)])
    if _is_name(said):
        return span
    if not _GIVEN.search(question.text):
        return None
    asked = posts(question.text)
    ends = [found.end() for found in POST.finditer(said) if posts(found[0])[0] not in asked]
    return (span[0], span[0] + ends[0]) if ends else None


def _is_name(folded: str) -> bool:
    """Tell what may be a person's name, though the tagger saw none: two or three characters.

    They begin with a surname or are no word, and are no place; a foreign name has a dot in it.
    """
    if _FOREIGN.fullmatch(folded):
        return True
    if not _NAME.fullmatch(folded) or places(folded):
        return False
    return is_surname(folded[0]) or not is_word(folded)


def _has_figure(text: str) -> bool:
    folded = fold(text)
    return bool(_NUMERAL.search(folded) or figures(folded))


def within_line(text: str, span: Span, *, figure: bool) -> Span:
    """Return the longest part of a span that stands in one line: an answer is of one paragraph.

    Where a figure is asked for, a part that has one goes before those that have none.
    """
    parts = []
    at = span[0]
    for line in text[span[0] : span[1]].split("\n"):
        parts.append(trim(text, at, at + len(line)))
        at += len(line) + 1
    return max(
        parts,
        key=lambda part: (figure and _has_figure(text[slice(*part)]), part[1] - part[0]),
    )


def quoted_sentences(text: str, passage: Span, span: Span, *, whole: bool) -> Span:
    """Return the sentences of ``passage`` that a quote of ``span`` has to show.

    With ``whole``, an enumeration that goes on (“二是…”) is followed, up to ``MAX_SENTENCES``.
    """
    around = list(sentences(text, *passage))
    touched = [number for number, (a, b) in enumerate(around) if a < span[1] and span[0] < b]
    if not touched:
        return span
    first, last = touched[0], touched[-1]
    while whole and last + 1 < len(around) and last - first + 1 < MAX_SENTENCES:
        start, end = around[last + 1]
        if "\n" in text[around[last][1] : start] or not _ENUMERATED.match(fold(text[start:end])):
            break
        last += 1
    return around[first][0], around[last][1]

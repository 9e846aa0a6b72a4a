"""Whether a span really answers: its place, its year and its subject must be the question's.

Another place's, another year's or another indicator's figure is the worst error there is, so what
the text around a span says about these is looked up in the order in which a reader would: the
clause and what precedes it in the sentence, the sentences before in the paragraph, the headings,
the title, and at last the article's beginning or its date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.answering.answer_form import posts
from qa.answering.span_context import SpanContext
from qa.language.matching import coverage, degree
from qa.language.names import Place, base, places
from qa.language.numbers import bounds, figures
from qa.language.periods import YEAR_SHIFT, Period, periods
from qa.language.questions import Question, Term
from qa.language.tokens import tag
from qa.text import HAN
from qa.types import Article, Span
from qa.writing.pairing import is_anothers

_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?= ?年|-|—|至)|(?P<word>(?<![比较])(?:今年|去年|前年|明年|上年))"
)
_BARE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
# 梅州中学 is not 梅州; “梅江区新建中学” tells what 梅江区 built.
NAMED_AFTER = re.compile(
    rf"(?![{HAN}]{{0,2}}(?:[新改扩修兴共]建|建[成设有]|[拥现共]有|新增|开[工办]))[{HAN}]{{0,4}}?(?:[小中大]学|学院|医院|公司|集团|银行|日报|晚报|高铁|铁路|机场|大桥|公路|广场|公园|酒店|"
    r"[界育商影港工]城|产业园|工业园|博物馆|体育馆|图书馆|港|站|协会|商会)"
)
_POST_REACH = 18  # characters between a person's name and post
_SUFFIX = re.compile("(?:[省市县区镇乡村]|街道)$")
_PRESENT = 0.6  # degree from which a word counts as being there


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well the evidence fits: coverage in [0, 1], what is missing, by name."""

    coverage: float
    missing: tuple[str, ...]
    conflict: bool


def _stated(question: Question) -> list[Term]:
    """Return the question's words that evidence has to have as they are.

    Periods are held against the text above: 上半年 need not be written where 1—6月 is.
    """
    return [term for term in question.terms if not periods(term.text)]


def judge(question: Question, article: Article, passage: Span, span: Span) -> Verdict:
    """Hold a span of ``passage`` against what the question names."""
    context = SpanContext(article, *span)
    around = context.surroundings(passage)
    missing = [
        *_missing_places(question, context),
        *_missing_years(question, context),
        *_missing_periods(question, context),
        *_missing_figures(question, around),
    ]
    missing += [
        f"“{quoted}”" for quoted in question.quoted if degree(quoted, context.text) < _PRESENT
    ]
    sentence = context.text[context.sentence[0] : context.sentence[1]]
    stated = set(bounds(sentence).values())
    missing += [name for name, bound in question.conditions if bound not in stated]
    missing += _missing_posts(question, context)
    missing += [name for name in question.names if degree(name, context.everything) < _PRESENT]
    within = (span[0] - context.sentence[0], span[1] - context.sentence[0])
    conflict = (
        bool(missing)
        or _other_indicator(question, context)
        or is_anothers(question, sentence, within)
    )
    terms = _stated(question)
    lacking = [term.text for term in terms if degree(term.text, around) < _PRESENT]
    if question.kind == "number" and any(
        len(term) > 1 and term in question.focus for term in lacking
    ):
        conflict = True  # a figure of something that is not even mentioned
    missing += [term for term in lacking if not any(term in name for name in missing)]
    return Verdict(coverage(terms, around), tuple(missing), conflict)


def _missing_places(question: Question, context: SpanContext) -> list[str]:
    """Return the question's places of which the span does not speak.

    A figure or date belongs to the nearest place named before it; other answers only have to be
    found in an article, or under a heading, that speaks of the place, and not in a sentence about
    another of its kind.
    """
    strict = question.kind in {"number", "date"}  # a figure or a date is somebody's
    here = context.levels[0]
    missing = []
    for asked in question.places:
        spoken = False
        for level in context.levels:
            told = _last_clause_with_subject(level) if strict and level is here else level
            spoken = _speaks_of(asked, told, strict=strict)
            if spoken or any(
                _is_subject(place, told)
                and (strict or (level is here and _are_siblings(place, asked)))
                for place in places(told)
            ):
                break
        if not spoken:
            missing.append(asked.name)
    return missing


def _are_siblings(one: Place, other: Place) -> bool:
    """Tell two divisions of one kind, 城北镇 and 三角镇: neither is part of the other."""
    return bool(_SUFFIX.search(one.name)) and one.name[-1] == other.name[-1]


def _last_clause_with_subject(sentence: str) -> str:
    """Return the last clause that speaks of a place: “甲引进209个，乙引进60个” is 乙 for 60."""
    for clause in reversed(re.split(r"[,;:]", sentence)):
        if re.search("全[省市区县镇]", clause):
            return clause  # the whole that the article is about, not a part named before
        if any(_is_subject(place, clause) for place in places(clause)):
            return clause
    return sentence


def _speaks_of(asked: Place, level: str, *, strict: bool) -> bool:
    """Tell whether a text speaks of a place: as one, or where the tagger failed to see it as one.

    A name inside another's, as 长沙 in 长沙镇, is not it.  Strictly taken, neither is the parent
    in 梅州市梅江区, nor 梅州 in 梅州中学.
    """
    found = [place for place in places(level) if asked.base in level[place.start : place.end]]
    if not found:
        return asked.base in level
    if strict:
        return any(
            place.base == asked.base and not NAMED_AFTER.match(level, place.end) for place in found
        )
    return any(asked.base in map(base, (place.name, *place.parents)) for place in found)


def _is_subject(place: Place, level: str) -> bool:
    """Tell a place that is spoken of from where something took place, and from 梅州 in 梅州中学."""
    is_scene = level[max(0, place.start - 1) : place.start] in {"在", "于", "赴"}
    return not is_scene and not NAMED_AFTER.match(level, place.end)


def _missing_posts(question: Question, context: SpanContext) -> list[str]:
    """Return the posts that a question for a person names and that are not this person's.

    A deputy is not the head: what stands before 书记 or 镇长 has to agree in that.
    """
    if question.kind != "person":
        return []
    around = context.text[
        max(context.sentence[0], context.start - _POST_REACH) : context.end + _POST_REACH
    ]
    held = posts(around)
    return ["".join(post) for post in posts(question.text) if post not in held]


def _missing_years(question: Question, context: SpanContext) -> list[str]:
    """Return the question's years that are not the one the span speaks of.

    The nearest year before the span governs; a statement without any is of the year in which the
    article appeared.  “去年” in a question is held against the article's own time.
    """
    published = context.article.published
    wanted = [(f"{year}年", int(year)) for year in question.years]
    wanted += [
        (word, published.year + YEAR_SHIFT[word] if published else 0)
        for word in question.relative_years
    ]
    if not wanted:
        return []
    governing = _governing_years(context)
    if question.relative_years and not published:
        return [word for word, _ in wanted if word not in context.text]
    return [name for name, year in wanted if year not in governing]


def _governing_years(context: SpanContext) -> set[int]:
    published = context.article.published
    title_level = len(context.levels) - 2
    for number, level in enumerate(context.levels):
        found: list[int] = []
        for match in (_YEAR if number < title_level else _BARE_YEAR).finditer(level):
            if match[1]:
                found.append(int(match[1]))
            elif published:
                found.append(published.year + YEAR_SHIFT[match[0]])
        if found:
            # Of several in one sentence the last before the span; a heading or title may join two.
            return {found[-1]} if number == 0 else set(found)
        if number == title_level and published:
            return {published.year}
    return set()


def _missing_periods(question: Question, context: SpanContext) -> list[str]:
    """Return what the question says of months, quarters or halves, unless the figure is of that."""
    asked = periods(question.text)
    if question.kind != "number" or not asked:
        return []
    governing = next((found for level in context.levels if (found := periods(level))), [])
    return [_period_name(period) for period in asked if period not in governing]


def _period_name(period: Period) -> str:
    first, last = period
    return f"{first}月" if first == last else f"{first}—{last}月"


def _missing_figures(question: Question, around: str) -> list[str]:
    """Return the figures that the question names as a condition and the evidence does not."""
    if not question.figures:
        return []
    present = {(figure.kind, figure.value) for figure in figures(around)}
    return [
        question.stem[figure.start : figure.end]
        for figure in question.figures
        if (figure.kind, figure.value) not in present
    ]


def _other_indicator(question: Question, context: SpanContext) -> bool:
    """Tell whether the figure is of another indicator than the one that is asked for.

    “潮州市的面积” is not “新流转土地面积”: where the asked attribute stands before the span with
    modifiers of which the question says little, it is another thing that is measured.
    """
    if question.kind != "number" or not question.focus:
        return False
    if _other_modifier(question, context):
        return True
    head = _head(question.focus)
    if len(head) < 2 or {"count", "people"} & set(question.units):
        return False
    if question.units and not question.unit and head[-2:] not in _clauses_around(context):
        return True  # “净利润8.3亿元,…营业收入…” is no 收入 of 8.3亿元
    before = context.text[context.sentence[0] : context.start]
    clause = re.split(r"[,;。!?]", before)[-1]
    at = clause.rfind(head)
    if at < 0:
        return False
    phrase = _noun_phrase(clause[: at + len(head)])
    extra = [word for word in phrase if word not in question.text]
    said = sum(len(word) for word in phrase if word in question.text)
    return sum(map(len, extra)) > said


def _clauses_around(context: SpanContext) -> str:
    """Return the clause that holds the span, with the one before it."""
    before = re.split(r"[,;。!?]", context.text[context.sentence[0] : context.start])
    after = re.split(r"[,;。!?]", context.text[context.end : context.sentence[1]])
    span = context.text[context.start : context.end]
    return ",".join(before[-2:]) + span + after[0]


def _other_modifier(question: Question, context: SpanContext) -> bool:
    """Tell whether what is counted has another modifier: 国家级产业园 is not 省级产业园."""
    after = re.split(r"[,;、。!?]", context.text[context.end : context.sentence[1]])[0]
    counted = [word.text for word in tag(after)]
    head = _head(question.focus)
    if head not in counted:
        return False
    said = counted[: counted.index(head)]
    sentence = context.text[context.sentence[0] : context.sentence[1]]
    asked = [word.text for word in tag(question.focus)]
    lacking = [word for word in asked if degree(word, sentence) < _PRESENT]
    return bool(lacking) and any(word not in question.text for word in said)


def _head(focus: str) -> str:
    words = [word.text for word in tag(focus)]
    return words[-1] if words else ""


def _noun_phrase(text: str) -> list[str]:
    """Return the words of the noun phrase that ends ``text``."""
    phrase: list[str] = []
    for word in reversed(list(tag(text))):
        if word.flag[0] not in "najlgbsv" or word.flag in {"ns", "ad"}:
            break
        phrase.append(word.text)
    return phrase

"""Whether a span really answers: its place, its year and its subject must be the question's.

Another place's, another year's or another indicator's figure is the worst error there is, so what
the text around a span says about these is looked up in the order in which a reader would: the
clause and what precedes it in the sentence, the sentences before in the paragraph, the headings,
the title, and at last the article's beginning or its date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.answering.place_scope import missing_places
from qa.answering.span_context import SpanContext
from qa.language.matching import coverage, degree
from qa.language.numbers import bounds, figures
from qa.language.periods import YEAR_SHIFT, Period, periods
from qa.language.questions import Question, Term
from qa.language.tokens import tag
from qa.types import Article, Span
from qa.writing.pairing import is_anothers

_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?= ?年|-|—|至)|(?P<word>(?<![比较])(?:今年|去年|前年|明年|上年))"
)
_BARE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
POST = re.compile(
    r"(?P<rank>常务副|第一副|第一|副|代理|代|原|前)?"
    r"(?P<post>书记|[省市区县镇乡村州厅局处科部院校社行董会秘]长|主任|主席|总经理|经理|总裁|总编|总指挥|委员)"
)
_POST_REACH = 18  # characters between a person's name and post
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
        *missing_places(question, context),
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


def posts(folded: str) -> list[tuple[str, str]]:
    """Return the posts that a folded text names, each with its rank (副), often empty."""
    return [(match["rank"] or "", match["post"]) for match in POST.finditer(folded)]


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

"""Whether the quotes that a written sentence names bear it out.

A sentence is held against the quotes clause by clause.  All that it says has to stand there: its
figures with their units and bounds, days, years, places, names, and its other words; nothing may
be turned (:mod:`qa.qualifiers`); and what it says of a figure must not be what the quote says of
another one.  Whose figure it is, and of which year and indicator, is looked up as for an answer:
the clause is read as the question that its figure would answer (:func:`qa.evidence.judge`).

It errs on the side of doubt: a true sentence in words of its own is not verified.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.amounts import DAY, Amount, amounts, days, numbers
from qa.clauses import Claim, Source, claims, clauses, context, period_text, sources
from qa.evidence import NAMED_AFTER, judge, posts
from qa.names import persons, places
from qa.periods import periods
from qa.qualifiers import (
    added,
    dropped,
    is_conditional,
    qualities,
    unplanned,
    widened,
    without_bound,
)
from qa.questions import QUOTED, Question, parse
from qa.rivals import of_another
from qa.text import HAN, fold, sentences
from qa.types import Citation
from qa.wording import LIGHT, YEAR, content_words, stands
from qa.words import Word, bigrams, tag

_SHARE = re.compile(
    "一半|半数|过半|翻[一两三]?番|[一两二三四五六七八九十]+分之[一二三四五六七八九十]+|倍增"
)
_DIVISION = re.compile(
    rf"(?:^|(?<=[,;、和与在及]))(?![{HAN}]?[全各本该每某等此整])"
    rf"([{HAN}]{{1,3}}(?:[省市县区镇乡村](?![{HAN}]?[区域级内])|街道|公司|集团))"
)
_ALTERNATIVES = 3  # clauses of the quotes that are tried for a clause without figures
_ALMOST = 0.7  # share of the nearest one's likeness from which another is tried


def verify(written: str, citations: Sequence[Citation], setting: str = "") -> str:
    """Return what of a written sentence the quotes do not bear out; empty if they do.

    ``written`` is without its references; ``citations`` are those that it names.  ``setting`` is
    the place and year of which the sentences before it speak (:func:`setting_of`).
    """
    said = fold(written)
    if not _bare(said):
        return written.strip() or "?"
    quotes = "\n".join(fold(citation.quote) for citation in citations)
    if _is_quoted(said, citations):
        return ""
    missing = next(_missing_by_name(said, quotes, citations), "")
    if missing:
        return missing
    stated = [source for citation in citations for source in sources(citation)]
    told = [claim for claim in claims(said, setting) if _tells(claim)]
    if not told:  # a place, a year: nothing that could be held against a quote
        return written.strip()
    return next((problem for claim in told if (problem := _unfounded(claim, stated))), "")


def _tells(claim: Claim) -> bool:
    text = claim.text
    return bool(content_words(text) or amounts(text) or qualities(text))


def _bare(folded: str) -> str:
    """Return the letters and digits of a text, with what tells numbers, and questions, apart."""
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", folded)
    text = re.sub(r"(?<=\d)[^\w%‰.]+(?=\d)", "/", text)  # 1-6 and 1、6 are not 16
    return re.sub(r"[^\w%‰./?]|(?<!\d)\.|\.(?!\d)|_", "", text)


def _is_quoted(said: str, citations: Sequence[Citation]) -> bool:
    """Tell whether the whole sentence is one, or some in a row, of a quote."""
    wanted = _bare(said)
    for citation in citations:
        quote = fold(citation.quote)
        spans = list(sentences(quote))
        for first, (start, _) in enumerate(spans):
            if any(_bare(quote[start:end]) == wanted for _, end in spans[first:]):
                return True
    return False


# -- what must stand in the quotes by name -----------------------------------------------------


def _missing_by_name(said: str, quotes: str, citations: Sequence[Citation]) -> Iterator[str]:
    """Yield names, quoted words, foreign words, numbers and days of ``said`` without support."""
    contexts = "\n".join(context(citation, citation.start) for citation in citations)
    around = f"{quotes}\n{contexts}"
    yield from (name for name in _names(said) if name not in around)
    yield from (word for word in _foreign(said) if not _stands_alone(word, around))
    yield from _missing_numbers(said, quotes)
    for day in days(said):
        same = [other for other in days(quotes) if other[1:] == day[1:]]
        if not any(not day.year or other.year in {0, day.year} for other in same):
            yield (f"{day.year}年" if day.year else "") + f"{day.month}月{day.day}日"
    held = posts(around)
    yield from ("".join(post) for post in posts(said) if post not in held)
    yield from (word for word in _SHARE.findall(said) if word not in quotes)


def _names(said: str) -> Iterator[str]:
    """Yield the names of persons, organisations and works, and what stands in quotation marks."""
    for start, end in persons(said):
        yield said[start:end]
    for word in tag(said):
        if word.flag == "nt":
            yield word.text
    for found in QUOTED.findall(said):
        yield next(filter(None, found))
    seen = [(place.start, place.end) for place in places(said)]
    for match in _DIVISION.finditer(said):  # what the tagger did not take for one
        if not any(start < match.end(1) and match.start(1) < end for start, end in seen):
            yield match[1]


def _foreign(said: str) -> Iterator[str]:
    """Yield the words, and parts of words, that are written in no Chinese."""
    for word in re.findall(r"[^\W\d_]+", said):
        yield from re.findall(rf"[^{HAN}]+", word)


def _stands_alone(word: str, text: str) -> bool:
    """Tell whether a foreign word stands in a text, not as a part of a longer one."""
    return bool(re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text))


def _without_amounts(said: str) -> str:
    """Blank days, and the figures that have a unit: both are looked at by themselves."""
    said = DAY.sub(" ", said)
    for amount in amounts(said):
        said = said[: amount.start] + " " * (amount.end - amount.start) + said[amount.end :]
    return said


def _missing_numbers(said: str, quotes: str) -> Iterator[str]:
    """Yield the numbers without unit that stand in no quote beside the same character.

    Years and months are held against the quote's own time, clause by clause.
    """
    known = {side for number in numbers(quotes) for side in number.sides}
    months = {float(month) for period in periods(said) for month in period}
    alone = [_without_amounts(said[start:end]) for start, end in clauses(said)]
    for number in (number for text in alone for number in numbers(text)):
        is_year = number.after == "年" and re.fullmatch(r"(?:19|20)\d\d", number.text)
        if not is_year and number.value not in months and not known & set(number.sides):
            yield number.text


# -- a clause and what the quotes say ----------------------------------------------------------


def _unfounded(claim: Claim, sources: Sequence[Source]) -> str:
    """Return what of a clause no quote bears out."""
    named = [match.span() for match in QUOTED.finditer(claim.text)]
    found = [  # not the 一公里 of “最后一公里”, which stands in the quotes as a whole
        amount
        for amount in amounts(claim.text)
        if not any(start <= amount.start and amount.end <= end for start, end in named)
    ]
    own: list[Source] = []
    for amount in found:
        stated = claim.text[amount.start : amount.end]
        places_of = [
            (source, other)
            for source in sources
            for other in amounts(source.text)
            if amount.is_said_by(other)
        ]
        if not places_of:
            return stated
        problems = [_misplaced(claim, amount, *at) for at in places_of]
        if all(problems):
            return problems[0]
        own += [at[0] for at, wrong in zip(places_of, problems, strict=True) if not wrong]
    nearest = own or _nearest(claim.text, sources)
    problems = [_not_said(claim, source, figures=bool(found)) for source in nearest]
    return "" if not all(problems) else problems[0]


def _nearest(text: str, sources: Sequence[Source]) -> list[Source]:
    """Return the clauses that share most with ``text``, the nearest first."""
    wanted = set(bigrams(text))
    shares = [(len(wanted & set(bigrams(source.text))), source) for source in sources]
    ranked = sorted(shares, key=lambda pair: (-pair[0], len(pair[1].text)))
    most = ranked[0][0] if ranked else 0
    return [source for share, source in ranked[:_ALTERNATIVES] if share >= _ALMOST * most]


def _not_said(claim: Claim, source: Source, *, figures: bool) -> str:
    """Return what of a clause the sentence around ``source`` does not say, or says otherwise."""
    problem = (
        _of_others(claim.text, source)
        or _turned(claim, source)
        or _reversed(claim.text, source.sentence)
    )
    if problem or figures:
        return problem
    verdict = judge(
        _asking(claim.lasting + claim.text, source),
        source.citation.article,
        (source.citation.start, source.citation.end),
        (source.start, source.end),
    )
    return _telling(verdict.missing, claim) if verdict.conflict else _other_period(claim, source)


def _of_others(said: str, source: Source) -> str:
    """Return a word that the quote does not say of this, or the one in whose place it stands.

    A clause says what it says of what the sentence, its title and headings named before; its verb
    is its own.  Where it names something itself, nothing named before takes that place.
    """
    before = f"{context(source.citation, source.start)}\n{source.lead}"
    foreign = []
    for word in content_words(said):
        if stands(word, said, source.text):
            continue
        if word.flag == "v" or not stands(word, said, f"{before}{source.text}"):
            return word.text
        foreign.append(word.text)
    subject = source.text[: _subject_end(source.text)]
    own = {word.text for word in content_words(subject) if word.text not in said}
    if foreign and own:
        return min(own)
    named = {place.base for place in places(said) if place.base not in source.text}
    if any(base in source.sentence and base not in source.lead for base in named):
        return min(named)
    lost = any(place.base not in said for place in places(subject))
    return min(named) if named and lost else ""


def _subject_end(text: str) -> int:
    """Return where the words of a clause before its verb or first figure end."""
    first = min((amount.start for amount in amounts(text)), default=len(text))
    verb = next((word.start for word in tag(text) if word.flag == "v"), first)
    return min(first, verb)


def _turned(claim: Claim, source: Source) -> str:
    """Return the word by which a clause says another thing than ``source`` does."""
    headings = context(source.citation, source.start)
    turned = (
        added(claim.text, f"{source.before},{source.text}")
        or widened(claim.text, f"{headings}\n{source.lead}{source.text}")
        or dropped(claim.text, source.text)
    )
    if turned:
        return turned
    if is_conditional(source.before) and not is_conditional(claim.said):
        return dropped(claim.said, source.before)
    # What is planned stays so to the end of the sentence, and under a heading of plans.
    return unplanned(claim.said, source.lead, source.text, headings)


def _reversed(said: str, quoted: str) -> str:
    """Return the verb whose two sides are exchanged: who helped whom; empty if none are."""
    words = _told_words(said)
    for one, verb, other in zip(words, words[1:], words[2:], strict=False):
        if verb.flag[0] == "v" and one.flag[0] == other.flag[0] == "n":
            before, after = quoted.rfind(other.text), quoted.find(one.text)
            if 0 <= before < quoted.find(verb.text) and quoted.rfind(verb.text) < after:
                return verb.text
    return ""


def _told_words(text: str) -> list[Word]:
    """Return the words of a clause and the names in it, in order."""
    return [word for word in tag(text) if word.flag[0] in "nvj" and word.text not in LIGHT]


def _asking(text: str, source: Source) -> Question:
    """Read a clause as a question.

    比上年 in it names no year of its own, and 甲县人民医院, which the quote names too, no place.
    """
    known = f"{context(source.citation, source.start)}\n{fold(source.citation.quote)}"
    for place in reversed(places(text)):
        name = NAMED_AFTER.match(text, place.end)
        if name is not None and text[place.start : name.end()] in known:
            text = text[: place.start] + text[place.end :]
    return parse(re.sub("[比较][上去]年", "", text))


def _telling(missing: Sequence[str], claim: Claim) -> str:
    return missing[0] if missing else claim.text.strip()


def _other_period(claim: Claim, source: Source) -> str:
    """Return the period that a clause without figures names and the quote does not."""
    if days(claim.text):
        return ""
    wanted = periods(claim.lasting + claim.text)
    known = periods(source.sentence)
    return next((period_text(period) for period in wanted if period not in known), "")


# -- figures -----------------------------------------------------------------------------------


def _misplaced(claim: Claim, amount: Amount, source: Source, other: Amount) -> str:
    """Return why a figure is not said of what ``source`` says it of; empty if it is."""
    problem = of_another(claim.text, amount, source, other)
    if problem:
        return problem
    turned = _turned(claim, source)
    if turned:
        return turned
    rest = f"{without_bound(claim.text, amount.start)}多少{amount.unit}{claim.text[amount.end :]}"
    question = _asking(claim.setting + rest, source)
    citation = source.citation
    span = (source.start + other.start, source.start + other.end)
    verdict = judge(question, citation.article, (citation.start, citation.end), span)
    # Where a clause is the quote's own, only place and time can be wrong with it.
    if verdict.conflict and (verdict.missing or _bare(claim.text) not in _bare(source.text)):
        return _telling(verdict.missing, claim)
    year = YEAR.search(claim.said)
    if year and not periods(question.text) and not days(question.text):
        told = periods(source.sentence)
        if told and not days(source.sentence) and (1, 12) not in told:
            return year[0]  # a part of a year is not the year
    return ""

"""Whether the quotes that a written sentence names bear it out.

A sentence is held against the quotes clause by clause.  All that it says has to stand there: its
figures with their units and bounds, days, years, places, names, and its other words; nothing may
be turned (:mod:`qa.writing.qualifiers`); and what it says of a figure must not be what the quote
says of another one.  Whose figure it is, and of which year and indicator, is looked up as for an
answer: the clause is read as the question that its figure would answer
(:func:`qa.writing.evidence.judge`).

It errs on the side of doubt: a true sentence in words of its own is not verified.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.answering.place_scope import NAMED_AFTER
from qa.language.hedges import without_bound
from qa.language.matching import degree
from qa.language.names import places
from qa.language.periods import periods
from qa.language.questions import QUOTED, Question, parse
from qa.language.tokens import Word, bigrams, tag
from qa.text import fold
from qa.types import Citation
from qa.writing.alignment import misaligned
from qa.writing.amounts import Amount, amounts, days, unit_in
from qa.writing.clauses import QuoteClause, WrittenClause, claims, context, period_text, sources
from qa.writing.content_words import YEAR, content_words, stands
from qa.writing.evidence import judge
from qa.writing.measures import RESPECTIVELY, mismeasured, mistimed
from qa.writing.mentions import unmentioned
from qa.writing.pairing import is_anothers
from qa.writing.qualifiers import (
    added,
    dropped,
    is_conditional,
    is_former,
    qualities,
    undone,
    unplanned,
    widened,
)
from qa.writing.rivals import of_another
from qa.writing.verbatim import bare, is_copied

_PAST_MONTHS = re.compile(r"前(\d{1,2})个月")
_SPEAKS = re.compile("(?:称|表示|介绍|指出|透露|认为|说)[: ]*$")
_ALTERNATIVES = 3  # clauses of the quotes that are tried for a clause without figures
_PARTLY = 0.5  # degree from which a word is taken to be said in part
_ALMOST = 0.7  # share of the nearest one's likeness from which another is tried


def verify(written: str, citations: Sequence[Citation], setting: str = "") -> str:
    """Return what of a written sentence the quotes do not bear out; empty if they do.

    ``written`` is without its references; ``citations`` are those that it names.  ``setting`` is
    the place and year of which the sentences before it speak (:func:`setting_of`).
    """
    said = _PAST_MONTHS.sub(r"1-\1月", fold(written))
    if not bare(said):
        return written.strip() or "?"
    quotes = "\n".join(fold(citation.quote) for citation in citations)
    if is_copied(said, citations):
        return ""
    missing = next(unmentioned(said, quotes, citations), "")
    if missing:
        return missing
    stated = [source for citation in citations for source in sources(citation)]
    told = [claim for claim in claims(said, setting) if _tells(claim)]
    if not told:  # a place, a year: nothing that could be held against a quote
        return written.strip()
    return next((problem for claim in told if (problem := _unfounded(claim, stated))), "")


def _tells(claim: WrittenClause) -> bool:
    text = claim.text
    return bool(content_words(text) or amounts(text) or qualities(text))


# -- a clause and what the quotes say ----------------------------------------------------------


def _unfounded(claim: WrittenClause, sources: Sequence[QuoteClause]) -> str:
    """Return what of a clause no quote bears out."""
    if _SPEAKS.search(claim.text) and not (qualities(claim.text) or _is_set(claim.text)):
        said = [source.sentence + context(source.citation, source.start) for source in sources]
        words = content_words(claim.text)
        return next((w.text for w in words if not stands(w, claim.text, "\n".join(said))), "")
    named = [
        match.span()
        for match in QUOTED.finditer(claim.text)
        if any(match[0] in source.sentence for source in sources)
    ]
    found = [  # not the 一公里 of “最后一公里”, which the quotes have in quotation marks too
        amount
        for amount in amounts(claim.text)
        if not any(start <= amount.start and amount.end <= end for start, end in named)
    ]
    own: list[QuoteClause] = []
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


def _is_set(text: str) -> bool:
    """Tell whether a clause names a place or a time, or has a figure."""
    return bool(YEAR.search(text) or periods(text) or places(text) or amounts(text))


def _nearest(text: str, sources: Sequence[QuoteClause]) -> list[QuoteClause]:
    """Return the clauses that share most with ``text``, the nearest first."""
    wanted = set(bigrams(text))
    shares = [(len(wanted & set(bigrams(source.text))), source) for source in sources]
    ranked = sorted(shares, key=lambda pair: (-pair[0], len(pair[1].text)))
    most = ranked[0][0] if ranked else 0
    return [source for share, source in ranked[:_ALTERNATIVES] if share >= _ALMOST * most]


def _not_said(claim: WrittenClause, source: QuoteClause, *, figures: bool) -> str:
    """Return what of a clause the sentence around ``source`` does not say, or says otherwise."""
    problem = (
        _of_others(claim.text, source)
        or _turned(claim, source)
        or misaligned(claim, source)
        or mistimed(claim, source)
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


def _of_others(said: str, source: QuoteClause) -> str:
    """Return a word that the quote does not say of this, or the one in whose place it stands.

    A clause says what it says of what the sentence, its title and headings named before; its verb
    is its own.  Where it names something itself, nothing named before takes that place.
    """
    before = f"{context(source.citation, source.start)}\n{source.lead}"
    foreign = []
    for word in content_words(said):
        if stands(word, said, source.text) or _is_pointed_at(word, said):
            continue
        # 帮扶 in 帮扶项目 is no verb, but what kind of project was named before.
        joined = said[word.start : word.end + 2]
        is_verb = word.flag == "v" and (len(joined) < len(word.text) + 2 or joined not in before)
        if is_verb or not stands(word, said, f"{before}{source.text}"):
            return word.text
        foreign.append(word.text)
    subject = source.text[: _subject_end(source.text)]
    own = {word.text for word in content_words(subject) if degree(word.text, said) < _PARTLY}
    if foreign and own:
        return min(own)
    named = {place.base for place in places(said) if place.base not in source.text}
    if any(base in source.sentence and base not in source.lead for base in named):
        return min(named)
    lost = any(place.base not in said for place in places(subject))
    return min(named) if named and lost else ""


def _is_pointed_at(word: Word, said: str) -> bool:
    """Tell 公司 in 该公司: which one it is, the sentences before have to tell."""
    return word.flag[0] == "n" and said[: word.start].endswith(("该", "这些", "本", "其"))


def _subject_end(text: str) -> int:
    """Return where the words of a clause before its verb or first figure end."""
    first = min((amount.start for amount in amounts(text)), default=len(text))
    verb = next((word.start for word in tag(text) if word.flag == "v"), first)
    return min(first, verb)


def _turned(claim: WrittenClause, source: QuoteClause) -> str:
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
    after = fold(source.citation.quote)[source.end - source.citation.start :]
    if taken_back := undone(claim.said, after):
        return taken_back
    # What is planned stays so to the end of the sentence, and under a heading of plans.
    return unplanned(claim.said, source.lead, source.text, headings)


def _asking(text: str, source: QuoteClause) -> Question:
    """Read a clause as a question.

    比上年 in it names no year of its own, and 甲县人民医院, which the quote names too, no place.
    """
    known = f"{context(source.citation, source.start)}\n{fold(source.citation.quote)}"
    for place in reversed(places(text)):
        name = NAMED_AFTER.match(text, place.end)
        if name is not None and text[place.start : name.end()] in known:
            text = text[: place.start] + text[place.end :]
    return parse(re.sub("[比较][上去]年", "", text))


def _telling(missing: Sequence[str], claim: WrittenClause) -> str:
    """Return what of a clause the evidence lacks, as the clause has it, or the clause itself."""
    return next((name for name in missing if "多少" not in name), claim.text.strip())


def _other_period(claim: WrittenClause, source: QuoteClause) -> str:
    """Return the period that a clause without figures names and the quote does not."""
    if days(claim.text):
        return ""
    wanted = periods(claim.lasting + claim.text)
    known = periods(source.sentence)
    return next((period_text(period) for period in wanted if period not in known), "")


# -- figures -----------------------------------------------------------------------------------


def _misplaced(claim: WrittenClause, amount: Amount, source: QuoteClause, other: Amount) -> str:
    """Return why a figure is not said of what ``source`` says it of; empty if it is."""
    if is_former(claim.text, amount.start) != is_former(source.text, other.start):
        return claim.text[amount.start : amount.end]
    problem = mismeasured(claim, amount, source, other) or of_another(
        claim.text, amount, source, other
    )
    if problem:
        return problem
    turned = _turned(claim, source)
    if turned:
        return turned
    unit = unit_in(source.text, other)
    rest = f"{without_bound(claim.text, amount.start)}多少{unit}{claim.text[amount.end :]}"
    question = _asking(claim.setting + rest, source)
    if not _is_paired(claim.text, question, source.text, other):
        return claim.text[amount.start : amount.end]
    citation = source.citation
    span = (source.start + other.start, source.start + other.end)
    verdict = judge(question, citation.article, (citation.start, citation.end), span)
    # Where a clause is the quote's own, only place and time can be wrong with it.
    if verdict.conflict and (verdict.missing or bare(claim.text) not in bare(source.text)):
        return _telling(verdict.missing, claim)
    year = YEAR.search(claim.said)
    if year and not periods(question.text) and not days(question.text):
        told = periods(source.sentence)
        if told and not days(source.sentence) and (1, 12) not in told:
            return year[0]  # a part of a year is not the year
    return ""


def _is_paired(said: str, question: Question, quoted: str, own: Amount) -> bool:
    """Tell whether a figure of a list read in parallel is the one of the member that is named."""
    if RESPECTIVELY in said or RESPECTIVELY not in quoted[: own.start]:
        return True
    rivals = [item for item in amounts(quoted) if item.kind == own.kind and item != own]
    return not is_anothers(question, quoted, (own.start, own.end)) and any(
        is_anothers(question, quoted, (item.start, item.end)) for item in rivals
    )

"""A conversation as the browser keeps it: read back only as far as the articles still bear it out.

What comes back is whatever a browser says; nothing of it is shown as evidence.  Quotes are cut
again from the stored articles, and an answer stands only if they still say it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from qa import Library
from qa.answering.answering import NO_EVIDENCE
from qa.errors import ArticleNotFoundError
from qa.presenting.presenting import said_span
from qa.types import Answer, Citation
from ui.page.chat.turns import Turn
from ui.page.evidence import sheet_key

KEPT = 50  # turns of a conversation
# What an honest page sends back stays far below these; a forged one shall not keep the server busy.
_LONG = 2_000  # characters of a question, of an answer, and of a quote
_LINES = 5  # things that an answer says
_CITATIONS = 20


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _KeptCitation(_Kept):
    """Where a quote stood: ``sheet`` names the article in the state that it had."""

    article: int = Field(ge=0, lt=1 << 63)
    sheet: str = Field(max_length=80)
    start: int = Field(ge=0, lt=1 << 31)
    end: int = Field(ge=0, lt=1 << 31)


class _KeptAnswer(_Kept):
    status: Literal["answered", "no_evidence"]
    text: str = Field(max_length=_LONG)
    citations: list[_KeptCitation] = Field(max_length=_CITATIONS)
    missing_terms: list[str] = Field(max_length=20)
    confidence: float = Field(ge=0, le=1)
    seconds: float = Field(ge=0, le=86_400)
    reading: str = Field(max_length=_LONG)
    carried: list[str] = Field(max_length=20)


class _KeptTurn(_Kept):
    question: str = Field(max_length=_LONG)
    answer: _KeptAnswer


class _KeptFailure(_Kept):
    """A question that has no answer: what went wrong, or "" for an answer that holds no more."""

    question: str = Field(max_length=_LONG)
    error: str = Field(max_length=_LONG)


_TURN: TypeAdapter[_KeptTurn | _KeptFailure] = TypeAdapter(_KeptTurn | _KeptFailure)


@dataclass(frozen=True, slots=True)
class Unread:
    """A conversation as a browser keeps it, while the articles that it cites cannot be read."""

    kept: Any


def keep(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return what a browser is given to keep of a conversation: its last answers, as JSON.

    What failed is not kept; an answer that held no more stays one that is lost.
    """
    return [kept for turn in turns[-KEPT:] if not turn.error for kept in [told(turn)] if kept]


def told(turn: Turn) -> dict[str, Any] | None:
    """Return a turn as the page sends it back, as JSON; None of one that is not done yet.

    None, too, of an answer that is too long to come back.
    """
    question = turn.question[:_LONG]
    kept: _KeptTurn | _KeptFailure
    if turn.error or turn.lost:
        kept = _KeptFailure(question=question, error=turn.error[:_LONG])
    elif turn.answer is None or (answer := _kept(turn.answer)) is None:
        return None
    else:
        kept = _KeptTurn(question=question, answer=answer)
    return kept.model_dump(mode="json")


def recall(library: Library, kept: Any) -> list[Turn]:  # noqa: ANN401 - a browser's JSON
    """Return the conversation that a browser kept; nothing of one that makes no sense.

    An answer that the articles do not bear out any more is left out of its turn.
    """
    if not isinstance(kept, list):
        return []
    try:
        turns = [_TURN.validate_python(item) for item in kept[-KEPT:]]
    except ValidationError:
        return []
    return [_turn(library, turn) for turn in turns]


def _turn(library: Library, kept: _KeptTurn | _KeptFailure) -> Turn:
    if isinstance(kept, _KeptFailure):
        return Turn(kept.question, error=kept.error, lost=not kept.error)
    answer = _recalled(library, kept)
    return Turn(kept.question, answer=answer, lost=answer is None)


def _kept(answer: Answer) -> _KeptAnswer | None:
    if len(answer.text) > _LONG or len(answer.reading) > _LONG:
        return None
    return _KeptAnswer(
        status=answer.status,
        text=answer.text if answer.status == "answered" else "",
        citations=[
            _KeptCitation(
                article=cited.article.id,
                sheet=sheet_key(cited.article),
                start=cited.start,
                end=cited.end,
            )
            for cited in answer.citations[:_CITATIONS]
        ],
        missing_terms=list(answer.missing_terms[:20]),
        confidence=answer.confidence,
        seconds=answer.seconds,
        reading=answer.reading,
        carried=list(answer.carried[:20]),
    )


def _recalled(library: Library, turn: _KeptTurn) -> Answer | None:
    kept = turn.answer
    if kept.text.count("\n") >= min(_LINES, len(kept.citations) or 1):
        return None
    citations = [_cited(library, number, item) for number, item in enumerate(kept.citations, 1)]
    found = tuple(citation for citation in citations if citation is not None)
    answer = Answer(
        question=turn.question,
        status=kept.status,
        text=kept.text if kept.status == "answered" else NO_EVIDENCE,
        citations=found,
        related=(),
        missing_terms=tuple(kept.missing_terms),
        confidence=kept.confidence,
        seconds=kept.seconds,
        reading=kept.reading,
        carried=tuple(kept.carried),
    )
    return answer if len(found) == len(citations) and _is_borne_out(answer) else None


def _cited(library: Library, number: int, kept: _KeptCitation) -> Citation | None:
    try:
        article = library.article(str(kept.article))
    except ArticleNotFoundError:
        return None
    quote = article.text[kept.start : kept.end]
    if sheet_key(article) != kept.sheet or not 0 < len(quote) <= _LONG:
        return None
    return Citation(number, article, quote, kept.start, kept.start + len(quote))


def _is_borne_out(answer: Answer) -> bool:
    """Tell whether each thing that an answer says stands in the first quote given for it."""
    if answer.status == "no_evidence":
        return not answer.citations
    lines = answer.text.split("\n")
    return len(lines) <= len(answer.citations) and all(
        line.strip() and said_span(citation.quote, line) is not None
        for line, citation in zip(lines, answer.citations, strict=False)
    )

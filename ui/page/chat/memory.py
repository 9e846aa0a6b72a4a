"""A conversation as the browser keeps it: read back only as far as the articles still bear it out.

What comes back is whatever a browser says; nothing of it is shown as evidence.  Quotes are cut
again from the stored articles, and an answer stands only if they still say it.  The page's script
puts the turns away as :func:`told` has them, each conversation under its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from qa import Library
from qa.answering.answering import NO_EVIDENCE
from qa.answering.rows import SHOWN
from qa.answering.tables import computed_of
from qa.errors import ArticleNotFoundError
from qa.presenting.presenting import said_span
from qa.store.filtering import admits
from qa.surveying.surveyor import TALK
from qa.surveying.surveyor import told as told_of
from qa.types import Answer, Cell, Citation, Hit, Listing, Passage, Row, Table
from ui import schema
from ui.page.chat.turns import Conversation, Turn
from ui.page.evidence import sheet_key

KEPT = 50  # turns of a conversation
# What an honest page sends back stays far below these; a forged one shall not keep the server busy.
_LONG = 2_000  # characters of a question, of an answer, and of a quote
_LINES = 5  # things that an answer says
_CITATIONS = SHOWN  # as many as a table has rows
_RELATED = 10  # passages that are shown where there is no evidence


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _KeptCitation(_Kept):
    """Where a quote stood: ``sheet`` names the article in the state that it had."""

    article: int = Field(ge=0, lt=1 << 63)
    sheet: str = Field(max_length=80)
    start: int = Field(ge=0, lt=1 << 31)
    end: int = Field(ge=0, lt=1 << 31)


class _KeptListing(_Kept):
    """How a listing was made: it is made anew, for the articles may have changed."""

    terms: list[Annotated[str, Field(max_length=_LONG)]] = Field(max_length=_CITATIONS)
    within: schema.Filters
    compute: str = Field(max_length=20)


class _KeptRow(_Kept):
    """A row of a table; ``said`` stands in the quote of citation ``number``."""

    part: str = Field(max_length=_LONG)
    question: str = Field(max_length=_LONG)
    said: str = Field(max_length=_LONG)
    number: int | None = Field(ge=1, le=_CITATIONS)
    confidence: float = Field(ge=0, le=1)
    missing: list[str] = Field(max_length=20)


class _KeptTable(_Kept):
    """A table; what was ``computed`` of it is computed anew."""

    columns: tuple[str, str]
    rows: list[_KeptRow] = Field(max_length=_CITATIONS)
    computed: str = Field(max_length=20)


class _KeptAnswer(_Kept):
    status: Literal["answered", "no_evidence"]
    text: str = Field(max_length=_LONG)
    citations: list[_KeptCitation] = Field(max_length=_CITATIONS)
    missing_terms: list[str] = Field(max_length=20)
    confidence: float = Field(ge=0, le=1)
    seconds: float = Field(ge=0, le=86_400)
    reading: str = Field(max_length=_LONG)
    carried: list[str] = Field(max_length=20)
    filters: schema.Filters = schema.Filters()  # older conversations have none
    kind: str = Field(default="single", max_length=20)  # nor this
    listing: _KeptListing | None = None
    suggestions: list[str] = Field(default=[], max_length=3)
    table: _KeptTable | None = None
    related: list[_KeptCitation] = Field(default=[], max_length=_RELATED)
    nearest: _KeptCitation | None = None


class _KeptTurn(_Kept):
    question: str = Field(max_length=_LONG)
    answer: _KeptAnswer


class _KeptFailure(_Kept):
    """A question that has no answer: what went wrong, or "" for an answer that holds no more."""

    question: str = Field(max_length=_LONG)
    error: str = Field(max_length=_LONG)


class _KeptConversation(_Kept):
    key: str = Field(pattern="^[0-9a-f]{32}$")
    turns: list[_KeptTurn | _KeptFailure] = Field(min_length=1, max_length=KEPT)


_TURN: TypeAdapter[_KeptTurn | _KeptFailure] = TypeAdapter(_KeptTurn | _KeptFailure)


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


def unread(kept: str) -> Conversation | None:
    """Return a conversation that a browser kept, as JSON; None of one that makes no sense.

    Nothing of it has been held against the articles.
    """
    try:
        conversation = _KeptConversation.model_validate_json(kept)
    except ValidationError:
        return None
    return Conversation(conversation.key, unread=tuple(conversation.turns))


def read(library: Library, conversation: Conversation) -> Conversation:
    """Return a conversation with the turns that were unread, as far as the articles bear them out.

    Raises:
        YinjuError: if the articles cannot be read.
    """
    if conversation.unread is None:
        return conversation
    turns = tuple(_turn(library, turn) for turn in conversation.unread)
    return replace(conversation, turns=turns, unread=None)


def recall(library: Library, kept: Any) -> list[Turn]:  # noqa: ANN401 - a browser's JSON
    """Return turns that a browser kept; nothing of what makes no sense.

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
        citations=[_kept_place(cited) for cited in answer.citations[:_CITATIONS]],
        missing_terms=list(answer.missing_terms[:20]),
        confidence=answer.confidence,
        seconds=answer.seconds,
        reading=answer.reading,
        carried=list(answer.carried[:20]),
        filters=schema.Filters.of(answer.filters),
        kind=answer.kind,
        listing=_kept_listing(answer),
        suggestions=[question[:_LONG] for question in answer.suggestions],
        table=_kept_table(answer.table) if answer.table else None,
        related=[_kept_place(hit) for hit in answer.related[:_RELATED]],
        nearest=_kept_place(answer.nearest) if answer.nearest else None,
    )


def _kept_place(found: Citation | Hit) -> _KeptCitation:
    place = found.passage if isinstance(found, Hit) else found
    return _KeptCitation(
        article=found.article.id,
        sheet=sheet_key(found.article),
        start=place.start,
        end=place.end,
    )


def _kept_listing(answer: Answer) -> _KeptListing | None:
    """Return how to list anew; an overview's articles are those that it quotes."""
    listing = answer.listing
    if listing is None or answer.kind == "overview":
        return None
    return _KeptListing(
        terms=list(listing.terms),
        within=schema.Filters.of(listing.within),
        compute=listing.compute,
    )


def _kept_table(table: Table) -> _KeptTable:
    rows = [
        _KeptRow(
            part=row.part[:_LONG],
            question=row.question[:_LONG],
            said=cell.text[:_LONG],
            number=cell.citation,
            confidence=cell.confidence,
            missing=list(cell.missing[:20]),
        )
        for row in table.rows[:_CITATIONS]
        for cell in row.cells
    ]
    computed = table.computed.what if table.computed else ""
    return _KeptTable(columns=(table.columns[0], table.columns[1]), rows=rows, computed=computed)


def _recalled_table(kept: _KeptTable, citations: Sequence[Citation]) -> Table:
    rows = tuple(
        Row(
            row.part,
            row.question,
            (Cell(row.said, row.number, row.confidence, tuple(row.missing)),),
        )
        for row in kept.rows
    )
    computed = computed_of(kept.computed, rows, citations)
    return Table(kept.columns, rows, computed)


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
        filters=kept.filters.as_filters(),
        kind=kept.kind,
        suggestions=tuple(kept.suggestions),
        table=_recalled_table(kept.table, found) if kept.table else None,
    )
    if kept.status == "no_evidence":
        answer = _beside(library, answer, kept)
    if kept.kind in TALK:
        return replace(answer, status="answered", text=TALK[kept.kind], citations=())
    if kept.listing is not None:
        again = kept.listing
        listing = library.surveyor.listing(again.terms, again.within.as_filters(), again.compute)
        answer = replace(answer, listing=listing)
        if kept.kind == "articles":
            return _listed(answer, listing)
    return answer if len(found) == len(citations) and _is_borne_out(answer) else None


def _beside(library: Library, answer: Answer, kept: _KeptAnswer) -> Answer:
    """Return an answer with the passages beside it that the articles still have.

    They bear nothing out: where one is gone, the statement that there is no evidence stands.
    """

    def found(place: _KeptCitation) -> Citation | None:
        cited = _cited(library, 1, place)
        return cited if cited and admits(answer.filters, cited.article) else None

    nearest = found(kept.nearest) if kept.nearest else None
    related = tuple(_as_hit(cited) for place in kept.related if (cited := found(place)))
    return replace(answer, nearest=nearest, related=related)


def _as_hit(cited: Citation) -> Hit:
    """Return a related passage; which one it was in the index, and its scores, are not kept."""
    passage = Passage(0, cited.article.id, cited.start, cited.end)
    return Hit(passage, cited.article, cited.quote, 0.0, 0.0, 0.0)


def _listed(answer: Answer, listing: Listing) -> Answer | None:
    """Return a listing as it is now; None if there was one, and now there is none."""
    if bool(listing.entries) != (answer.status == "answered"):
        return None
    text = told_of(listing) if listing.entries else NO_EVIDENCE
    return replace(answer, text=text, citations=listing.entries[: len(answer.citations)])


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
    """Tell whether each thing that an answer says stands in the first quote given for it.

    What is quoted has to be within the answer's filters.
    """
    if not all(admits(answer.filters, citation.article) for citation in answer.citations):
        return False
    quotes = {citation.number: citation.quote for citation in answer.citations}
    for row in answer.table.rows if answer.table else ():
        if any(cell.text not in quotes.get(cell.citation or 0, "") for cell in row.cells):
            return False
    if answer.status == "no_evidence":
        return not answer.citations
    lines = answer.text.split("\n")
    return len(lines) <= len(answer.citations) and all(
        line.strip() and said_span(citation.quote, line) is not None
        for line, citation in zip(lines, answer.citations, strict=False)
    )

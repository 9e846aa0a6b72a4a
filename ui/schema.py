"""What programs send and get: pydantic models with the fields of ``qa.representation``."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from qa import types
from qa.articles.descriptions import MAX_FIELD
from qa.library import MAX_QUERY
from qa.representation import as_json

MAX_HITS = 100
MAX_HISTORY = 100
MAX_PAGE = 200
MAX_ID = 2**63 - 1  # SQLite's integers
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Text = Annotated[str, Field(min_length=1, max_length=MAX_QUERY, pattern=r"\S")]
Part = Annotated[str, Field(max_length=MAX_FIELD)]
WholePath = Annotated[str, Field(max_length=4_096)]
SavedId = Annotated[str, Field(max_length=64)]
ArticleId = Annotated[int, Field(ge=1, le=MAX_ID)]


def _as_day(value: object) -> object:
    """Take only what the description calls a date; pydantic would take seconds since 1970 too."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a date is YYYY-MM-DD")
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, Field(strict=True), BeforeValidator(_as_day)]


def _as_whole(value: object) -> object:
    """Take 80.0 for 80, which in JSON are one number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Count = Annotated[int, Field(ge=1, le=MAX_HITS), BeforeValidator(_as_whole)]
# From and to.  A tuple would be described by ``prefixItems``, which FastAPI writes as an ``items``
# that OpenAPI does not know.
Ends = Annotated[list[int], Field(min_length=2, max_length=2)]


class Strict(BaseModel):
    """A value that has these fields and no other."""

    model_config = ConfigDict(extra="forbid")


class Body(Strict):
    """What the body of a request holds: 1 is not true there, and "1" not 1."""

    model_config = ConfigDict(strict=True)


class Filters(Strict):
    """What a question or search is restricted to; an empty field restricts nothing."""

    source: Part = Field(default="", description="A part of the source's name.")
    title: Part = Field(default="", description="A part of the title.")
    path: Part = Field(
        default="", description="A part of the path; from the top of the folder on after a slash."
    )
    article: WholePath = Field(default="", description="The whole path of one article.")
    since: Day | None = Field(default=None, description="Published on this day or later.")
    until: Day | None = Field(default=None, description="Published on this day or earlier.")

    @classmethod
    def of(cls, filters: types.Filters) -> Filters:
        """Return the wire form of filters."""
        return cls.model_validate(as_json(filters))

    def as_filters(self) -> types.Filters:
        """Return them as the library takes them."""
        return types.Filters(
            source=self.source,
            since=self.since,
            until=self.until,
            path=self.path,
            title=self.title,
            article=self.article,
        )


_WAIT = Field(
    default=True, description="Wait while models load; else status 503 tells that they do."
)


class AskRequest(Body):
    """A question, with the questions before it that it may lean on."""

    question: Text
    history: list[Annotated[str, Field(max_length=MAX_QUERY)]] = Field(
        default=[], max_length=MAX_HISTORY, description="Earlier questions, oldest first."
    )
    filters: Filters = Filters()
    wait: bool = _WAIT


class KeepRequest(Body):
    """A question to keep: it is asked now, and again whenever the articles have changed."""

    question: Text
    filters: Filters = Filters()
    wait: bool = _WAIT


class SearchRequest(Body):
    """What to look for, and how many passages to return."""

    query: Text
    k: Count = 10
    filters: Filters = Filters()
    rerank: bool = Field(
        default=False, description="First those that answer the query as a question."
    )
    wait: bool = _WAIT


class SearchQuery(Filters):
    """A search as the parameters of an address."""

    query: Text
    k: Count = 10
    rerank: bool = False
    wait: bool = _WAIT


class ArticlesQuery(Filters):
    """Which articles to list, in which order, from where on."""

    sort: Literal["path", "title", "source", "published"] = "path"
    order: Literal["asc", "desc"] = "asc"
    offset: int = Field(default=0, ge=0, le=MAX_ID)
    limit: int = Field(default=50, ge=1, le=MAX_PAGE)


class ArticleBrief(Strict):
    """An article without its text."""

    id: int
    title: str
    source: str
    published: date | None
    path: str


class Article(ArticleBrief):
    """A whole article.

    ``pages`` are the offsets at which the pages of a PDF begin, ``recognized`` the stretches of the
    text, from and to, that were read from pictures.
    """

    url: str
    text: str
    sha256: str
    pages: list[int] = []
    recognized: list[Ends] = []


class ArticleList(Strict):
    """A page of articles, and how many there are in all."""

    total: int
    offset: int
    limit: int
    articles: list[ArticleBrief]


class Passage(Strict):
    """A stretch of an article's text, in code points."""

    id: int
    article_id: int
    start: int
    end: int


class Hit(Strict):
    """A passage that was found; higher scores are better, ``score`` within one search only."""

    passage: Passage
    article: ArticleBrief
    text: str
    score: float
    dense: float
    lexical: float


class Hits(Strict):
    """Passages, best first."""

    hits: list[Hit]


class Citation(Strict):
    """A quote: the article's ``text[start:end]``, in code points."""

    number: int
    article: ArticleBrief
    quote: str
    start: int
    end: int


class Listing(Strict):
    """All articles that a question is about, each with a quote; ``searched`` were looked through.

    ``terms`` are names that mean the same, one of which each article has; ``within`` are the
    filters with the source and the period that the question names.
    """

    total: int
    entries: list[Citation]
    searched: int
    terms: list[str]
    within: Filters
    compute: str


class Cell(Strict):
    """A value of a table with its citation's number; without one, what nothing said."""

    text: str
    citation: int | None
    confidence: float = Field(ge=0, le=1)
    missing: list[str]


class Row(Strict):
    """A part of what was asked, the question for it alone, and what answers that."""

    part: str
    question: str
    cells: list[Cell]


class Computed(Strict):
    """What was computed of the values, by which formula; or, in ``reason``, why nothing was."""

    what: str
    text: str
    formula: str
    citations: list[int]
    reason: types.Reason


class Table(Strict):
    """Answers to a question for several parts, a row a part, also for those without evidence."""

    columns: list[str]
    rows: list[Row]
    computed: Computed | None


class Answer(Strict):
    """An answer with its citations, or the statement that there is no evidence.

    A question about the articles themselves is answered by ``listing``, which ``text`` counts.
    ``related`` are the nearest passages when there is none, ``nearest`` quotes what comes nearest;
    they are no answer.  ``reading`` is the question as it was understood, ``carried`` what of it
    earlier questions gave.  Where several things were asked at once, ``table`` answers each, and
    ``text`` is the first value in it.
    """

    question: str
    status: Literal["answered", "no_evidence"]
    text: str
    citations: list[Citation]
    related: list[Hit]
    missing_terms: list[str]
    confidence: float = Field(ge=0, le=1)
    seconds: float
    carried: list[str]
    reading: str
    nearest: Citation | None
    filters: Filters
    kind: str = Field(description="Of the question: single, articles, overview, entity, …")
    listing: Listing | None
    suggestions: list[str] = Field(description="Questions that the articles answer.")
    table: Table | None = None

    @classmethod
    def of(cls, answer: types.Answer) -> Answer:
        """Return the wire form of an answer."""
        return cls.model_validate(as_json(answer))


class SavedAnswer(Strict):
    """What a kept question was answered at one time.

    ``quote`` is the first one cited, ``text[start:end]`` of the ``article`` with that id in that
    ``state``: the beginning of its SHA-256.
    """

    status: Literal["answered", "no_evidence"]
    text: str
    quote: str
    article: int
    title: str
    source: str
    published: date | None
    path: str
    start: int
    end: int
    state: str


class SavedQuestion(Strict):
    """A kept question, its answer, and the one before that changed last, if one did.

    ``change`` tells how: there is an answer now (``found``) or none any more (``lost``), it is
    another one (``answer``), or the same one, but its sentence is gone (``quote``) or stands in
    another article (``article``).
    """

    id: str
    question: str
    filters: Filters
    kept: datetime
    answer: SavedAnswer
    change: types.Change
    before: SavedAnswer | None
    changed: datetime | None

    @classmethod
    def of(cls, saved: types.SavedQuestion) -> SavedQuestion:
        """Return the wire form of a kept question."""
        return cls.model_validate(as_json(saved))


class Watchlist(Strict):
    """The kept questions: those that changed last first."""

    questions: list[SavedQuestion]


class Failure(Strict):
    """A file that could not be read, and why: in English, and as a code with what varies."""

    path: str
    reason: str
    code: str
    values: dict[str, Any]


class LeftOut(Strict):
    """How many things in a folder are passed over on purpose, by what they are."""

    hidden: int
    temporary: int
    system: int
    links: int
    sockets: int


class FileRead(Strict):
    """What a file was read as; ``recognized`` are its pages that were read from pictures."""

    path: str
    kind: str
    articles: int
    characters: int
    pages: int
    recognized: int


class SyncReport(Strict):
    """What a sync did, or would do; paths are relative to the folder."""

    added: list[str]
    updated: list[str]
    removed: list[str]
    unchanged: list[str]
    failed: list[Failure]
    renamed: list[tuple[str, str]]
    reposts: list[str]
    left_out: LeftOut
    read: list[FileRead]


class Status(Strict):
    """What is indexed, with which model, and whether it matches the folder.

    ``changes`` is what a sync would do now; null when the folder is unknown or gone.  Where
    library and folder lie on the machine is not told.
    """

    articles: int
    passages: int
    model: str
    fingerprint: str
    fresh: bool
    stale_model: bool
    changes: SyncReport | None
    failed: list[Failure]

    @classmethod
    def of(cls, status: types.LibraryStatus) -> Status:
        """Return the wire form of a status, without the machine's paths."""
        fields: dict[str, Any] = as_json(status)
        del fields["library"], fields["folder"]
        fields["model"] = Path(status.model).name
        return cls.model_validate(fields)


class SyncState(Strict):
    """The sync that a program started last: how far it is, and what came of it."""

    state: Literal["idle", "running", "done", "failed"]
    done: int = Field(default=0, description="Changed articles that are stored.")
    total: int = Field(default=0, description="Changed articles; 0 until they are counted.")
    report: SyncReport | None = None
    error: str = ""
    code: str = Field(default="", description="Of the error; sync_removes_many asks for a yes.")


class Health(Strict):
    """That the server answers; ``ready`` tells that no model is being loaded."""

    status: Literal["ok"]
    ready: bool


class ErrorDetail(Strict):
    """What went wrong: its kind and its name for programs, and a sentence for people."""

    type: str
    code: str
    message: str


class Error(Strict):
    """An error."""

    error: ErrorDetail

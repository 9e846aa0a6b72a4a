"""The data model: frozen values that every layer above shares."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from qa.representation import Html, Value, block, counted, element, link, marked, short, table

if TYPE_CHECKING:
    from collections.abc import Iterable

from embeddings.errors import Detail, YinjuError

Span = tuple[int, int]  # start, end in code points; text[start:end] is the thing meant
Status = Literal["answered", "no_evidence"]
# Kinds of questions that are about the articles themselves, and those that ask for nothing.
SURVEYED = frozenset({"articles", "overview", "entity"})
SMALL_TALK = frozenset({"greeting", "thanks", "help"})
_BRIEF = ("id", "title", "source", "published", "path")
_PLACE = ("文章 article", "来源 source", "日期 date")


@dataclass(frozen=True, slots=True)
class Article(Value):
    """An article as it was read; ``text`` is the decoded original, or what was extracted from it.

    ``path`` is the file's, relative to the synced folder, with forward slashes; where a file holds
    several articles, ``#`` and what tells them apart follow.  ``sha256`` is of the file's bytes,
    or of the article's part of them.  ``pages`` are the offsets in ``text`` at which the pages of
    a PDF begin; empty where there are none.  ``recognized`` are the stretches of ``text`` that were
    read from pictures, where a character may have been taken for another one.
    """

    id: int
    path: str
    title: str
    source: str
    published: date | None
    url: str
    text: str
    sha256: str
    pages: tuple[int, ...] = ()
    recognized: tuple[Span, ...] = ()

    def is_recognized(self, start: int, end: int) -> bool:
        """Tell whether a part of ``text[start:end]`` was read from a picture."""
        return any(left < end and start < right for left, right in self.recognized)

    def page(self, offset: int) -> int | None:
        """Return the number of the page, from 1, on which ``text[offset]`` stands."""
        return bisect_right(self.pages, offset) if self.pages else None

    def json_fields(self, *, inside: bool) -> Iterable[str]:
        """Return the few that tell which article it is ``inside`` another value."""
        if inside:
            return _BRIEF
        names = Value.json_fields(self, inside=inside)
        few = {"pages": self.pages, "recognized": self.recognized}  # most articles have none
        return (name for name in names if few.get(name, True))

    def __repr__(self) -> str:
        names = f"{short(self.path)}, {short(self.title)}, {short(self.source)}"
        return f"Article({self.id}, {names}, {self.published}, {len(self.text)} characters)"

    def _repr_html_(self) -> str:
        text = element("pre", self.text, style="white-space: pre-wrap")
        return block(table(_PLACE, [_place(self)]), text)


@dataclass(frozen=True, slots=True)
class Passage(Value):
    """A stretch ``[start, end)`` of an article's text, in code points."""

    id: int
    article_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit(Value):
    """A retrieved passage; all three scores are better when higher.

    ``score`` ranks within one query only; ``dense`` is a cosine, ``lexical`` a BM25 score.
    """

    passage: Passage
    article: Article
    text: str
    score: float
    dense: float
    lexical: float

    def __repr__(self) -> str:
        place = f"{short(self.article.path)}[{self.passage.start}:{self.passage.end}]"
        return f"Hit({self.score:+.2f}, {short(self.text)}, {short(self.article.title)}, {place})"

    def _repr_html_(self) -> str:
        row = (f"{self.score:+.2f}", marked(self.text, ""), *_place(self.article))
        return block(table(("分 score", "段落 passage", *_PLACE), [row]))


@dataclass(frozen=True, slots=True)
class Citation(Value):
    """A quote and where it stands: ``quote == article.text[start:end]``."""

    number: int
    article: Article
    quote: str
    start: int
    end: int

    @property
    def page(self) -> int | None:
        """The number of the page on which the quote begins; None where there are no pages."""
        return self.article.page(self.start)

    @property
    def recognized(self) -> bool:
        """Whether a part of the quote was read from a picture."""
        return self.article.is_recognized(self.start, self.end)

    def __repr__(self) -> str:
        place = f"{short(self.article.path)}[{self.start}:{self.end}]"
        return f"Citation({self.number}, {short(self.quote)}, {short(self.article.title)}, {place})"

    def _repr_html_(self) -> str:
        return block(_quotes([self], ""))


@dataclass(frozen=True, slots=True)
class Filters(Value):
    """What a question or search is restricted to; an empty field restricts nothing.

    ``source``, ``path`` and ``title`` are substrings, compared without regard to case, width and
    script (traditional or simplified).  A ``path`` that begins with a slash is one of the path from
    the top of the folder on.  ``article`` is the whole path of one article.  The dates are
    inclusive, and an article without a date is in no period.
    """

    source: str = ""
    since: date | None = None
    until: date | None = None
    path: str = ""
    title: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class Cell(Value):
    """A value of a table with the number of the citation that says it, and how sure it is.

    Without evidence there is no ``text`` and no ``citation``; ``missing`` is then what of the
    question nothing said.
    """

    text: str = ""
    citation: int | None = None
    confidence: float = 0.0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row(Value):
    """A part of what was asked, the question for it alone, and what answers that."""

    part: str
    question: str
    cells: tuple[Cell, ...]


# Why nothing is computed.
Reason = Literal["", "figures", "units", "inexact", "missing", "zero", "negative", "order"]


@dataclass(frozen=True, slots=True)
class Computed(Value):
    """What was computed of a table's values, by ``formula``, in which each of them is cited.

    ``text`` is the result: an amount, or the parts that come first.  Where the values cannot be
    computed with, it is empty, and ``reason`` tells why: a value has no figure (``figures``), they
    are in units that do not convert (``units``), they are about so much only (``inexact``), too few
    of them have evidence (``missing``), what is divided by is nothing (``zero``) or less
    (``negative``), or which came first cannot be told (``order``).
    """

    what: str
    text: str = ""
    formula: str = ""
    citations: tuple[int, ...] = ()
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Table(Value):
    """Answers to a question for several parts: a row a part, also for those without evidence.

    ``columns`` head the parts and the cells of every row; they are words of the question, or empty.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    computed: Computed | None = None

    @property
    def answered(self) -> int:
        """How many rows have evidence."""
        return sum(any(cell.citation for cell in row.cells) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Answer(Value):
    """An answer with its citations, or the statement that there is no evidence.

    ``text`` stands verbatim in the first citation's quote when ``status`` is ``answered``, unless
    it counts the articles of ``listing``, or greets back.
    ``related`` are the nearest passages when there is no evidence, ``nearest`` quotes what comes
    nearest to an answer; they are none.  ``confidence`` is in [0, 1], ``seconds`` is the time the
    question took.  ``reading`` is the question as it was understood: itself, or completed by what
    was ``carried`` over from earlier ones, piece by piece.  ``filters`` are those under which it
    was asked.  ``kind`` is what kind of question it is, as :class:`qa.asking.asked.Asked` has it;
    ``suggestions`` are questions that the articles do answer, offered to who greets or asks for
    help.  Where several things were asked at once, ``table`` has what answers each;
    ``text`` is then the first value in it.
    """

    question: str
    status: Status
    text: str
    citations: tuple[Citation, ...]
    related: tuple[Hit, ...]
    missing_terms: tuple[str, ...]
    confidence: float
    seconds: float
    carried: tuple[str, ...] = ()
    reading: str = ""
    nearest: Citation | None = None
    filters: Filters = Filters()
    table: Table | None = None
    kind: str = "single"
    listing: Listing | None = None
    suggestions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A question that nobody read otherwise is its own reading."""
        if not self.reading:
            object.__setattr__(self, "reading", self.question)

    def __repr__(self) -> str:
        if self.status == "no_evidence":
            missing = ", ".join(short(term) for term in self.missing_terms[:3])
            told = f", missing {missing}" if missing else ""
            return f"Answer(no_evidence, {short(self.question)}{told})"
        first = f", {short(self.citations[0].article.title)}" if self.citations else ""
        cited = counted(len(self.citations), "citation")
        sure = f"confidence {self.confidence:.2f}"
        return f"Answer(answered, {short(self.text)}, {sure}, {cited}{first})"

    def _repr_html_(self) -> str:
        said = element("p", element("strong", self.text))
        if self.table is not None:
            lines = [(row.part, *map(_value, row.cells)) for row in self.table.rows]
            computed = self.table.computed
            formula = element("p", f"{computed.text} {computed.formula}") if computed else ""
            shown = Html(table(self.table.columns, lines) + formula)
            said = shown if self.status == "answered" else Html(said + shown)
        if self.status == "answered":
            marking = "" if self.table else self.text
            return block(said, _quotes(self.citations, marking))
        if self.nearest is not None:
            row = (marked(self.nearest.quote, ""), *_place(self.nearest.article))
            said = Html(said + table(("最接近的原文（不是答案） nearest", *_PLACE), [row]))
        if self.missing_terms:
            terms = "、".join(self.missing_terms)
            said = Html(said + element("p", f"其中没有说到：{terms}"))
        rows = [(marked(hit.text, ""), *_place(hit.article)) for hit in self.related]
        return block(said, table(("相关段落（不是答案） related", *_PLACE), rows) if rows else "")


@dataclass(frozen=True, slots=True)
class Listing(Value):
    """All articles that a question is about, each with a quote of it.

    ``entries`` are ``total``, but for an overview, which quotes a few of the articles only.
    ``terms`` are names that mean the same: one of them stands in title or text of each.
    ``searched`` is how many articles are ``within`` the filters, the question's own source and
    period among them; none of these was left out.  ``compute`` is what of them was asked for:
    their ``count``, all of them as a ``list``, the ``earliest``, the ``latest``, the ``author``.
    """

    total: int
    entries: tuple[Citation, ...]
    searched: int
    terms: tuple[str, ...] = ()
    within: Filters = Filters()
    compute: str = "list"

    def __repr__(self) -> str:
        told = "".join(f", {short(term)}" for term in self.terms)
        return f"Listing({self.total} of {counted(self.searched, 'article')}{told})"

    def _repr_html_(self) -> str:
        return block(_quotes(self.entries, self.terms[0] if self.terms else ""))


@dataclass(frozen=True, slots=True)
class Exchange(Value):
    """A question asked before, how it was understood, and what was answered, if anything was.

    ``article`` is the path of the article that was cited first.
    """

    question: str
    reading: str = ""
    text: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class Failure(Value):
    """A file that could not be read, and why.

    ``code`` and ``values`` say the same as ``reason``, for other languages to say it: they are
    those of :class:`embeddings.YinjuError`.  Of a file that an older version could not read, there
    is only the reason.
    """

    path: str
    reason: str
    code: str = field(default="", compare=False)
    values: Mapping[str, Detail] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, path: str, error: YinjuError) -> Failure:
        """Return that the file at ``path`` could not be read because of ``error``."""
        return cls(path, str(error), error.code, error.values)


@dataclass(frozen=True, slots=True)
class LeftOut(Value):
    """How many things in a folder are passed over on purpose, by what they are.

    ``hidden`` are files and folders whose names begin with a dot, ``temporary`` those of Word
    (``~$…``), ``system`` those of file managers (Thumbs.db); ``links`` are links to folders, or out
    of the folder.
    """

    hidden: int = 0
    temporary: int = 0
    system: int = 0
    links: int = 0
    sockets: int = 0

    @property
    def total(self) -> int:
        """How many they are together."""
        return self.hidden + self.temporary + self.system + self.links + self.sockets


@dataclass(frozen=True, slots=True)
class FileRead(Value):
    """What a file was read as: its kind, how many articles, characters and pages.

    ``recognized`` are those of its pages that were read from pictures.
    """

    path: str
    kind: str
    articles: int
    characters: int
    pages: int = 0
    recognized: int = 0


@dataclass(frozen=True, slots=True)
class SyncReport(Value):
    """What a sync did, or would do, as paths relative to the folder.

    ``renamed`` are pairs of the old path and the new one.  ``reposts`` are those of the other
    paths whose articles say what another one says, which is indexed for all of them.  ``left_out``
    counts what is no article on purpose; whatever else cannot be read is among ``failed``.
    ``read`` tells as what each file was read.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[Failure, ...]
    renamed: tuple[tuple[str, str], ...] = ()
    reposts: tuple[str, ...] = ()
    left_out: LeftOut = field(default_factory=LeftOut)
    read: tuple[FileRead, ...] = field(default=(), compare=False)

    @property
    def changes(self) -> bool:
        """Tell whether the library differs from the folder; what cannot be read does not count."""
        return bool(self.added or self.updated or self.removed or self.renamed)

    def __repr__(self) -> str:
        kinds = ("added", "updated", "removed", "unchanged", "failed", "renamed", "reposts")
        told = ", ".join(f"{kind} {len(getattr(self, kind))}" for kind in kinds)
        return f"SyncReport({told}, left_out {self.left_out.total})"


@dataclass(frozen=True, slots=True)
class LibraryStatus(Value):
    """What is indexed, with which model, and whether it matches the folder.

    ``changes`` is what a sync would do now; None when the folder is unknown or gone.
    """

    library: str
    folder: str | None
    articles: int
    passages: int
    model: str
    fingerprint: str
    fresh: bool
    stale_model: bool
    changes: SyncReport | None
    failed: tuple[Failure, ...]

    def __repr__(self) -> str:
        counts = f"{counted(self.articles, 'article')}, {counted(self.passages, 'passage')}"
        state = "stale model" if self.stale_model else "fresh" if self.fresh else "not fresh"
        return f"LibraryStatus({short(self.library)}, {counts}, {short(self.model)}, {state})"


@dataclass(frozen=True, slots=True)
class SyncRecord(Value):
    """A sync that changed something: when it ran, of which folder, and which articles it changed.

    ``counts`` is how many it ``added``, ``updated``, ``removed`` and ``renamed``; of many the
    paths are only the first.  ``undone`` is when it was undone; ``can_undo`` tells whether the
    state before it is kept, which is brought back after those of all later ones.
    """

    number: int
    time: datetime
    folder: str
    counts: Mapping[str, int]
    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    undone: datetime | None
    can_undo: bool

    def __repr__(self) -> str:
        told = ", ".join(f"{kind} {count}" for kind, count in self.counts.items())
        state = "undone" if self.undone else "can be undone" if self.can_undo else "kept no more"
        return f"SyncRecord({self.number}, {self.time.isoformat()}, {told}, {state})"


# Why a saved question counts as changed: there is an answer now, or none any more; it is another
# one; it is the same, but the sentence that said so is not in the articles any more, or stands in
# another article now.
Change = Literal["", "found", "lost", "answer", "quote", "article"]


@dataclass(frozen=True, slots=True)
class SavedAnswer(Value):
    """What a saved question was answered at one time: kept as text, for articles change.

    ``quote`` is the first one cited, ``article[start:end]`` of the article with that id in that
    ``state``, as links to a place name it.  Without evidence there is only the ``text``.
    """

    status: Status
    text: str
    quote: str = ""
    article: int = 0
    title: str = ""
    source: str = ""
    published: date | None = None
    path: str = ""
    start: int = 0
    end: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class SavedQuestion(Value):
    """A question on the watchlist, with its last answer and the one before its last change.

    ``id`` follows from question and filters.  ``change`` tells what the last change was, empty
    where there was none since the question was ``kept``; then there is no ``before``.
    """

    id: str
    question: str
    filters: Filters
    kept: datetime
    answer: SavedAnswer
    change: Change = ""
    before: SavedAnswer | None = None
    changed: datetime | None = None

    def __repr__(self) -> str:
        told = self.change or "unchanged"
        return f"SavedQuestion({short(self.question)}, {self.answer.status}, {told})"


@dataclass(frozen=True, slots=True)
class Damage(Value):
    """What is wrong with a stored article; with the index, where ``path`` is empty.

    ``code`` and ``values`` say the same as ``reason``, as those of :class:`Failure` do.
    """

    path: str
    reason: str
    code: str = ""
    values: Mapping[str, Detail] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, path: str, error: YinjuError) -> Damage:
        """Return that what is at ``path`` is damaged as ``error`` says."""
        return cls(path, str(error), error.code, error.values)


@dataclass(frozen=True, slots=True)
class VerifyReport(Value):
    """What was looked at, and what of it is not as it was stored.

    ``mended`` is what was damaged before, and is so no more.
    """

    articles: int
    passages: int
    damaged: tuple[Damage, ...] = ()
    mended: tuple[Damage, ...] = ()

    def __repr__(self) -> str:
        counts = f"{counted(self.articles, 'article')}, {counted(self.passages, 'passage')}"
        return f"VerifyReport({counts}, damaged {len(self.damaged)}, mended {len(self.mended)})"


def _place(article: Article) -> tuple[Html, str, str]:
    """Return the cells under ``_PLACE``."""
    day = article.published.isoformat() if article.published else "日期不详"
    return link(article.title, article.url), article.source or "来源不详", day


def _value(cell: Cell) -> str:
    return f"{cell.text} [{cell.citation}]" if cell.citation else "没有依据 none"


def _quotes(citations: Iterable[Citation], said: str) -> Html:
    """Return quotes as a table, ``said`` marked in each."""
    rows = (
        (f"[{citation.number}]", marked(citation.quote, said), *_place(citation.article))
        for citation in citations
    )
    return table(("", "引文 quote", *_PLACE), rows)

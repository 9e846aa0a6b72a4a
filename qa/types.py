"""The data model: frozen values that every layer above shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Span = tuple[int, int]  # start, end in code points; text[start:end] is the thing meant
Status = Literal["answered", "no_evidence"]


@dataclass(frozen=True, slots=True)
class Article:
    """A file as it was read; ``text`` is the decoded original, unchanged.

    ``path`` is relative to the synced folder, with forward slashes.  ``sha256`` is of the file's
    bytes.
    """

    id: int
    path: str
    title: str
    source: str
    published: date | None
    url: str
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch ``[start, end)`` of an article's text, in code points."""

    id: int
    article_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage; all three scores are better when higher.

    ``score`` ranks within one query only; ``dense`` is a cosine, ``lexical`` a BM25 score.
    """

    passage: Passage
    article: Article
    text: str
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and where it stands: ``quote == article.text[start:end]``."""

    number: int
    article: Article
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its citations, or the statement that there is no evidence.

    ``text`` stands verbatim in the first citation's quote when ``status`` is ``answered``.
    ``related`` are the nearest passages when there is no evidence; they are not an answer.
    ``confidence`` is in [0, 1], ``seconds`` is the time the question took.
    """

    question: str
    status: Status
    text: str
    citations: tuple[Citation, ...]
    related: tuple[Hit, ...]
    missing_terms: tuple[str, ...]
    confidence: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is restricted to; an empty field restricts nothing.

    ``source``, ``path`` and ``title`` are substrings, compared without regard to case, width and
    script (traditional or simplified); the dates are inclusive.
    """

    source: str = ""
    since: date | None = None
    until: date | None = None
    path: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, as paths relative to the folder."""

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class LibraryStatus:
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

"""What a search finds in the whole library: how many articles, in which order, from where.

What is counted is what the lexical index knows; texts are read only of what a page shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from qa.search.words import words_of
from qa.store.filtering import admits_fields
from qa.text import fold, sentences
from qa.types import Filters, Hit, Passage

if TYPE_CHECKING:
    from embeddings import Encoder
    from qa.search.hits import HitFinder
    from qa.search.indexes import Snapshot
    from qa.search.retrieval import ScoredPassage
    from qa.store.passage_table import Held, Holder
    from qa.store.store import Store

Order = Literal["relevance", "newest", "oldest"]
Unit = Literal["article", "passage"]
MOST_FACETS = 12  # sources, years or folders that are counted


@dataclass(frozen=True, slots=True)
class Facet:
    """A source, a year or a folder, and how many of the found articles a filter for it leaves."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A passage that was found; of an article's others there are ``more``.

    ``lacking`` are the words of the search that its article has nowhere.
    """

    hit: Hit
    more: int = 0
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """A page of what a search found, and how much that is as a whole.

    ``match`` tells what was found: articles that have all ``words``; where there is none in the
    library, those that have any of them; and where there is none either, the passages nearest in
    ``meaning``, which are not counted.  ``absent`` are the words that no article has.

    ``articles`` and ``passages`` count all that is within the filters: of an article the passages
    that have all its words, or, where the words are apart, any of them; title and headings above a
    passage are a part of it.  A repost says what its original says, and is counted with it as one.
    ``sources``, ``years`` and ``folders`` are those that most of the found articles are from;
    folders are those right below the one filtered by.
    ``suggestions`` are searches for near names that the articles do have.
    """

    words: tuple[str, ...]
    match: Literal["all", "any", "meaning"]
    absent: tuple[str, ...]
    articles: int
    passages: int
    items: tuple[Finding, ...]
    sources: tuple[Facet, ...] = ()
    years: tuple[Facet, ...] = ()
    folders: tuple[Facet, ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for, in which order and by what it is listed, and which of it."""

    query: str
    filters: Filters
    order: Order = "relevance"
    by: Unit = "article"
    offset: int = 0
    limit: int = 0


class Reranking(NamedTuple):
    """What puts the first ``depth`` passages in another order."""

    depth: int
    sort: Callable[[list[Hit]], list[Hit]]


@dataclass(frozen=True, slots=True)
class _Group:
    """An article that was found: those of it and its reposts that are admitted, its passages."""

    holders: tuple[Holder, ...]
    places: tuple[tuple[int, int], ...]
    lacking: tuple[str, ...]

    @property
    def shown(self) -> Holder:
        """The article itself, or the first of its reposts where only those are admitted."""
        return self.holders[0]


class _Place(NamedTuple):
    """A passage that was found."""

    start: int
    id: int
    group: _Group


class Finder:
    """Finds, counts and sorts what has the words of a search."""

    def __init__(self, store: Store, hit_finder: HitFinder) -> None:
        """Take the store that the indexes are derived from, and what knows if they still are."""
        self._store = store
        self._hit_finder = hit_finder

    def find(
        self,
        encoder: Encoder,
        snapshot: Snapshot,
        wanted: Wanted,
        reranking: Reranking | None = None,
    ) -> Findings | None:
        """Return a page of what is found; ``reranking`` changes the order by relevance.

        None if what the snapshot was made of is gone meanwhile.
        """
        search = _Search(self._store, encoder, snapshot, wanted)
        groups, findings = search.groups()
        places = search.ordered(groups)
        if reranking is not None and wanted.order == "relevance":
            first = places[: reranking.depth]
            hits = search.hits(first)
            if hits is None:
                return None
            of = {place.id: place for place in first}
            places[: reranking.depth] = [of[hit.passage.id] for hit in reranking.sort(hits)]
        shown, more = search.page(places)
        hits = search.hits(shown)
        if hits is None or not self._hit_finder.is_in_force(snapshot):
            return None
        items = tuple(
            Finding(hit, more.get(place.id, 0), place.group.lacking)
            for hit, place in zip(hits, shown, strict=True)
        )
        return replace(findings, items=items)

    def articles(self, encoder: Encoder, snapshot: Snapshot, wanted: Wanted) -> list[int] | None:
        """Return the ids of all articles that are found, in their order; None as :meth:`find`."""
        search = _Search(self._store, encoder, snapshot, wanted)
        groups, _ = search.groups()
        places = search.ordered(groups)
        if not self._hit_finder.is_in_force(snapshot):
            return None
        return list(dict.fromkeys(place.group.shown.id for place in places))


class _Search:
    """One search in one snapshot."""

    def __init__(self, store: Store, encoder: Encoder, snapshot: Snapshot, wanted: Wanted) -> None:
        from qa.search.retrieval import Retriever  # with numpy, for which a list need not wait

        self._store = store
        self._lexical = snapshot.lexical
        self._retriever = Retriever(encoder, snapshot.dense, snapshot.lexical)
        self._wanted = wanted
        self._scored: dict[int, ScoredPassage] = {}

    def groups(self) -> tuple[list[_Group], Findings]:
        """Return the articles that have the words, within the filters, and what is counted."""
        words, filters = words_of(self._wanted.query), self._wanted.filters
        having = {word: self._lexical.having(word) for word in words}
        held = self._store.passages.held(set().union(*having.values()))
        at = {number: row for row, one in enumerate(held) for _, number in one.places}
        rows = {word: {at[id_] for id_ in ids if id_ in at} for word, ids in having.items()}
        with_all = set.intersection(*rows.values()) if rows else set()
        found = with_all or set().union(*rows.values())
        groups = []
        for row in sorted(found):
            if holders := _admitted(held[row], filters):
                has = [having[word] for word in words if row in rows[word]]
                lacking = tuple(word for word in words if row not in rows[word])
                places = held[row].places
                # Where some passages have all words that the article has, the others say less.
                full = tuple(place for place in places if all(place[1] in ids for ids in has))
                groups.append(_Group(holders, full or places, lacking))
        return groups, Findings(
            words,
            "all" if with_all else "any",
            tuple(word for word in words if not rows[word]),
            len(groups),
            sum(len(group.places) for group in groups),
            (),
            _sources(groups),
            _facets(groups, lambda holder: str(holder.published.year) if holder.published else ""),
            _facets(groups, _folder_below(filters.path)),
        )

    def ordered(self, groups: Sequence[_Group]) -> list[_Place]:
        """Return the passages in their order: by how near they are, or by their articles' dates.

        Ties are in the order of paths and places in the text.
        """
        places = [_Place(*place, group) for group in groups for place in group.places]
        places.sort(key=lambda place: (place.group.shown.path, place.start))
        if self._wanted.order == "relevance":
            self._score(places)
            places.sort(key=self._distance)
        else:
            newest = self._wanted.order == "newest"
            places.sort(key=lambda place: place.group.shown.published or date.min, reverse=newest)
            places.sort(key=lambda place: place.group.shown.published is None)
        return places

    def page(self, places: Sequence[_Place]) -> tuple[list[_Place], dict[int, int]]:
        """Return what the page shows of the passages in order, and how many others stand by each.

        By article it is the nearest passage of each.
        """
        wanted = self._wanted
        here = slice(wanted.offset, wanted.offset + wanted.limit)
        if wanted.by == "passage":
            return list(places[here]), {}
        by_article: dict[int, list[_Place]] = {}
        for place in places:
            by_article.setdefault(place.group.shown.id, []).append(place)
        page = list(by_article.values())[here]
        if wanted.order != "relevance":
            self._score([place for group in page for place in group])
            page = [sorted(group, key=self._distance) for group in page]
        return [group[0] for group in page], {group[0].id: len(group) - 1 for group in page}

    def hits(self, places: Sequence[_Place]) -> list[Hit] | None:
        """Read the passages; None if one of them is gone."""
        self._score(places)
        found = self._store.passages.get(place.id for place in places)
        reposts = self._store.reposts.of(
            found[place.id][1].id for place in places if place.id in found
        )
        hits = []
        for place in places:
            if place.id not in found:
                return None
            passage, article = found[place.id]
            shown = place.group.shown.id
            if article.id != shown:
                text = article.text[passage.start : passage.end]
                of = [one for one in reposts.get(article.id, ()) if one.id == shown]
                if not of:
                    return None
                article = of[0]
                passage = Passage(passage.id, shown, *_counterpart(text, article.text))
            text = article.text[passage.start : passage.end]
            hits.append(Hit(passage, article, text, *self._scores(place)))
        return hits

    def _score(self, places: Iterable[_Place]) -> None:
        """Have the passages be scored, together and once."""
        ids = [place.id for place in places if place.id not in self._scored]
        found = self._retriever.retrieve(self._wanted.query, len(ids), sorted(ids))
        self._scored |= {scored.id: scored for scored in found}

    def _scores(self, place: _Place) -> tuple[float, float, float]:
        scored = self._scored.get(place.id)  # a server may not tell of so many
        return (scored.score, scored.dense, scored.lexical) if scored else (0.0, 0.0, 0.0)

    def _distance(self, place: _Place) -> float:
        scored = self._scored.get(place.id)
        return -scored.score if scored else float("inf")


def _admitted(held: Held, filters: Filters) -> tuple[Holder, ...]:
    return tuple(
        holder
        for holder in held.holders
        if admits_fields(filters, holder.path, holder.title, holder.source, holder.published)
    )


def _counterpart(passage: str, text: str) -> tuple[int, int]:
    """Return what stands in a repost for a passage, at least what the repost begins with."""
    from qa.search.hits import passage_in

    return passage_in(passage, text) or next(sentences(text), (0, 0))


def _facets(groups: Sequence[_Group], value_of: Callable[[Holder], str]) -> tuple[Facet, ...]:
    """Count the articles that have each value, the most frequent ones; "" is none."""
    counts: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for group in groups:
        values = {value for holder in group.holders if (value := value_of(holder))}
        spelled |= {fold(value): value for value in values if fold(value) not in spelled}
        counts.update({fold(value) for value in values})
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_FACETS]
    return tuple(Facet(spelled[value], count) for value, count in best)


def _sources(groups: Sequence[_Group]) -> tuple[Facet, ...]:
    """Count as a filter does: 江门日报社 is found by 江门日报, too."""
    folded = [{fold(holder.source) for holder in group.holders} for group in groups]
    counted = [
        Facet(own.value, sum(any(fold(own.value) in name for name in names) for names in folded))
        for own in _facets(groups, lambda holder: holder.source)
    ]
    return tuple(sorted(counted, key=lambda facet: (-facet.count, facet.value)))


def _folder_below(path: str) -> Callable[[Holder], str]:
    """Return what tells the folder of an article right below ``path``, as a filter takes it.

    Below what is only a part of paths there is none.
    """
    above = path or "/"
    if not (above.startswith("/") and above.endswith("/")):
        return lambda _: ""

    def folder(holder: Holder) -> str:
        name, slash, _ = holder.file[len(above) - 1 :].partition("/")
        return f"{above}{name}/" if slash else ""

    return folder

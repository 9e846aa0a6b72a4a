"""What a search found, as HTML: how much, in which order, from where, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from qa.presenting.citing import place_link
from qa.presenting.marking import matched_terms
from qa.search.findings import Facet, Finding, Findings
from ui.escaping import escape, isolate
from ui.page.evidence import byline
from ui.page.query import SHOWN, Search
from ui.texts.languages import Messages

_BESIDE = 2  # pages that are linked to on both sides of the one that is shown


def last_page(search: Search, found: Findings) -> int:
    """Return the number of the last page."""
    total = found.articles if search.by == "article" else found.passages
    return max(1, -(-total // SHOWN))


def results_html(search: Search, found: Findings, messages: Messages) -> str:
    """Return what was found, or that nothing was and what could be searched for instead."""
    first = (search.number - 1) * SHOWN + 1
    items = "".join(_item(search, item, messages) for item in found.items)
    listed = f'<ol class="yj-results" start="{first}">{items}</ol>' if items else ""
    more = ""
    if found.match != "meaning" and found.articles:
        more = _ways(search, messages) + _facets(search, found, messages)
    return (
        '<section class="yj-found" aria-labelledby="yj-found">'
        f'<h2 id="yj-found">{_told(found, messages)}</h2>'
        f"{_instead(search, found, messages)}{more}{listed}{_pager(search, found, messages)}"
        "</section>"
    )


def _told(found: Findings, messages: Messages) -> str:
    """Return what was found in a line."""
    absent = messages.separator.join(f"“{word}”" for word in found.absent)
    words = messages.separator.join(f"“{word}”" for word in found.words)
    if found.match == "meaning":
        form = messages.found_near if found.items else messages.found_nowhere
        return isolate(form.format(words=absent)) if absent else escape(messages.nothing_found)
    if not found.articles:
        return escape(messages.nothing_found)
    form = messages.found_all if found.match == "all" else messages.found_any
    return isolate(form.format(words=words, n=f"{found.articles:,}"))


def _instead(search: Search, found: Findings, messages: Messages) -> str:
    """Return what is counted, the words that no article has, and what near ones there are."""
    parts = []
    if found.match != "meaning" and found.articles:
        passages = messages.found_passages.format(n=f"{found.passages:,}")
        hint = f"{passages}{messages.counted_hint}"
        parts.append(f'<p class="yj-hint">{escape(hint)}</p>')
    if found.match == "any" and found.absent:
        alone = messages.separator.join(
            _link(search.address(query=word), isolate(word)) for word in found.absent
        )
        parts.append(f'<p class="yj-absent">{escape(messages.found_absent)}{alone}</p>')
    if found.suggestions:
        meant = messages.separator.join(
            _link(search.address(query=query), isolate(query)) for query in found.suggestions
        )
        parts.append(f'<p class="yj-meant">{escape(messages.did_you_mean)}{meant}</p>')
    return "".join(parts)


def _ways(search: Search, messages: Messages) -> str:
    """Return the orders and units to choose from, and the sheet of all that was found."""
    orders = (
        ("relevance", messages.by_relevance),
        ("newest", messages.newest),
        ("oldest", messages.oldest),
    )
    units = (("article", messages.by_article), ("passage", messages.by_passage))
    sheet = search.address(by="article", rerank=False)
    return (
        '<div class="yj-ways">'
        f"{_choice(search, 'order', orders, messages.order)}"
        f"{_choice(search, 'by', units, messages.grouping)}"
        f'<a class="yj-sheet-link" href="search/results.csv{escape(sheet)}" download>'
        f"{escape(messages.sheet)}</a></div>"
    )


def _choice(search: Search, name: str, offered: Iterable[tuple[str, str]], label: str) -> str:
    links = "".join(
        _link(
            search.address(**{name: value}),
            escape(told),
            ' aria-current="true"' if value == getattr(search, name) else "",
        )
        for value, told in offered
    )
    return f'<nav class="yj-choice" aria-label="{escape(label)}">{links}</nav>'


def _facets(search: Search, found: Findings, messages: Messages) -> str:
    """Return sources, years and folders with their counts, each a link that narrows the search."""
    rows: list[tuple[str, list[tuple[Facet, str, dict[str, str]]]]] = []
    if not search.source:
        sources = [(facet, facet.value, {"source": facet.value}) for facet in found.sources]
        rows.append((messages.source, sources))
    if not (search.since or search.until):
        newest = sorted(found.years, key=lambda facet: int(facet.value), reverse=True)
        rows.append((messages.year, [(one, one.value, _year(one.value)) for one in newest]))
    folders = [(facet, facet.value[1:-1], {"path": facet.value}) for facet in found.folders]
    rows.append((messages.folder, folders))
    told = "".join(
        _facet_row(search, label, facets)
        for label, facets in rows
        if any(facet.count < found.articles for facet, *_ in facets)  # else none narrows it
    )
    name = escape(messages.narrow)
    return f'<nav class="yj-facets" aria-label="{name}">{told}</nav>' if told else ""


def _year(value: str) -> dict[str, str]:
    return {"since": f"{int(value):04}-01-01", "until": f"{int(value):04}-12-31"}


def _facet_row(
    search: Search, label: str, facets: Iterable[tuple[Facet, str, dict[str, str]]]
) -> str:
    links = "".join(
        "<li>"
        + _link(
            search.address(**changes), f"{isolate(told)} <b>{facet.count:,}</b>", ' class="yj-chip"'
        )
        + "</li>"
        for facet, told, changes in facets
    )
    return f"<div><h3>{escape(label)}</h3><ul>{links}</ul></div>"


def _item(search: Search, item: Finding, messages: Messages) -> str:
    hit, article = item.hit, item.hit.article
    title = article.title or article.path
    place = (hit.passage.start, hit.passage.end)
    ways = []
    if item.more:
        link = search.address(by="passage", article=article.path)
        ways.append(_link(link, escape(messages.more_passages.format(n=f"{item.more:,}"))))
    asked = urlencode({"article": article.path}, errors="replace")
    ways.append(_link(f"./?{asked}", escape(messages.ask_this_only)))
    if article.source and article.source != search.source:
        told = escape(messages.this_source_only)
        ways.append(_link(search.address(source=article.source, article=""), told))
    lacking = ""
    if item.lacking:
        words = messages.separator.join(f"<s>{escape(word)}</s>" for word in item.lacking)
        lacking = f"<span>{escape(messages.lacking)}<bdi>{words}</bdi></span>"
    return (
        f'<li class="yj-result"><h3><a class="yj-result-link" '
        f'href="{escape(place_link(article, place))}">'
        f"{byline(article, messages, place, _marked(search.query, title))}</a></h3>"
        f'<p class="yj-result-text">{_marked(search.query, hit.text)}</p>'
        f'<p class="yj-result-ways">{lacking}{"".join(ways)}</p></li>'
    )


def _marked(query: str, text: str) -> str:
    """Return a text with the words of the search marked."""
    shown, at = [], 0
    for start, end in matched_terms(query, text):
        shown.append(f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>")
        at = end
    return "".join(shown) + escape(text[at:])


def _pager(search: Search, found: Findings, messages: Messages) -> str:
    """Return links to the pages: the first, the last, those around this one."""
    last = last_page(search, found)
    if last == 1:
        return ""
    here = search.number
    near = range(max(1, here - _BESIDE), min(last, here + _BESIDE) + 1)
    parts, before = [], 0
    for number in sorted({1, *near, last}):
        if number > before + 1:
            parts.append('<span aria-hidden="true">…</span>')
        label = escape(messages.page_number.format(n=number))
        current = ' aria-current="page"' if number == here else ""
        parts.append(
            _link(search.address(number=number), str(number), f'{current} aria-label="{label}"')
        )
        before = number
    if here > 1:
        link = search.address(number=here - 1)
        parts.insert(0, _link(link, escape(messages.previous), ' rel="prev"'))
    if here < last:
        parts.append(_link(search.address(number=here + 1), escape(messages.next), ' rel="next"'))
    label = escape(messages.result_pages)
    return f'<nav class="yj-pager yj-numbers" aria-label="{label}">{"".join(parts)}</nav>'


def _link(address: str, html: str, attributes: str = "") -> str:
    return f'<a href="{escape(address)}"{attributes}>{html}</a>'

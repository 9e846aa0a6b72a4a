"""The page for people who want to look rather than ask: a form, and what a search found."""

from __future__ import annotations

from collections.abc import Sequence

from qa.search.findings import Findings
from ui.escaping import escape, isolate
from ui.page.layout import choices, field
from ui.page.query import Search
from ui.page.results import results_html
from ui.texts.languages import Messages


def search_html(
    search: Search,
    found: Findings | None,
    sources: Sequence[str],
    messages: Messages,
    error: str = "",
) -> str:
    """Return form and results; ``sources`` are offered as filters."""
    results = results_html(search, found, messages) if found is not None else ""
    alert = f'<p class="yj-error" role="alert"><bdi>{escape(error)}</bdi></p>' if error else ""
    return (
        f"<h1>{escape(messages.search_title)}</h1>"
        f'<p class="yj-lede">{escape(messages.search_lede)}</p>'
        f"{_form(search, sources, messages)}{_restricted(search, messages)}{alert}{results}"
    )


def _form(search: Search, sources: Sequence[str], messages: Messages) -> str:
    def value(name: str, held: str, kind: str = "text") -> str:
        return f'<input type="{kind}" name="{name}" value="{escape(held)}">'

    offered = {"": messages.any_source} | {source: source for source in sources if source}
    if search.source and search.source not in offered:
        offered[search.source] = search.source
    kept = "".join(
        value(name, held, "hidden")
        for name, held, usual in (
            ("article", search.article, ""),
            ("order", search.order, "relevance"),
            ("by", search.by, "article"),
        )
        if held != usual
    )
    return (
        '<form class="yj-search" method="get" role="search">'
        f'<div class="yj-search-line"><input type="search" name="q" required maxlength="2000" '
        f'value="{escape(search.query)}" aria-label="{escape(messages.search_words)}" '
        f'placeholder="{escape(messages.search_words)}"{" autofocus" if not search.query else ""}>'
        '<button type="submit" class="yj-button yj-primary">'
        f"{escape(messages.search)}</button></div>{kept}"
        f'<details class="yj-filters"{" open" if search.rerank else ""}>'
        f"<summary>{escape(messages.filters)}</summary><div>"
        f"{field(messages.source, choices('source', offered, search.source))}"
        f"{field(messages.since, value('since', search.since, 'date'))}"
        f"{field(messages.until, value('until', search.until, 'date'))}"
        f"{field(messages.title, value('title', search.title))}"
        f"{field(messages.in_folder, value('path', search.path))}"
        f'<label class="yj-check"><input type="checkbox" name="rerank"'
        f"{' checked' if search.rerank else ''}> {escape(messages.rerank)}</label>"
        "</div></details></form>"
    )


def _restricted(search: Search, messages: Messages) -> str:
    """Return what the search is restricted to, each with a link that lifts it."""
    forms = {
        "source": messages.of_source,
        "since": messages.from_day,
        "until": messages.to_day,
        "title": messages.of_title,
        "path": messages.of_path,
        "article": messages.in_article,
    }
    items = []
    for name, form in forms.items():
        if held := getattr(search, name):
            told = form.format(part=held)
            lift = messages.lift_filter.format(filter=told)
            link = search.address(**{name: ""})
            items.append(
                f'<li><a class="yj-chip" href="{escape(link)}" aria-label="{escape(lift)}">'
                f'{isolate(told)} <span aria-hidden="true">×</span></a></li>'
            )
    name = escape(messages.filters)
    return f'<ul class="yj-chips" aria-label="{name}">{"".join(items)}</ul>' if items else ""

"""The filters of the chat: what is asked of only a part of the library, and how that is told."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from qa.errors import QuestionError
from qa.types import Filters
from ui import schema
from ui.escaping import escape, isolate
from ui.page.layout import choices, field
from ui.texts.languages import Messages

_PLACE = '<input type="text" name="place" maxlength="4096" list="yj-articles">'
_BETWEEN = " · "  # what is restricted


def filters_html(messages: Messages, sources: Sequence[str] = ()) -> str:
    """Return the chip that tells the filters, and the panel that sets them.

    The page's script fills both from the address, which so keeps the filters over a reload.
    """
    offered = {"": messages.any_source} | {source: source for source in sources if source}
    forms = "".join(f' data-{name}="{escape(form)}"' for name, form in _forms(messages).items())
    everything = escape(messages.everything)
    fields = "".join(
        field(label, control)
        for label, control in (
            (messages.source, choices("source", offered, "")),
            (messages.since, '<input type="date" name="since">'),
            (messages.until, '<input type="date" name="until">'),
            (messages.path_or_article, _PLACE),
        )
    )
    return (
        f'<div class="yj-within" lang="{messages.language}" data-all="{everything}" '
        f'data-between="{_BETWEEN}"{forms}>'
        f'<details><summary><span class="yj-within-told" aria-live="polite">{everything}</span>'
        f'</summary><form autocomplete="off" aria-label="{escape(messages.filters)}">{fields}'
        f'<datalist id="yj-articles"></datalist><p class="yj-hint">{escape(messages.undated_out)}'
        f'</p><button type="submit">{escape(messages.apply)}</button></form></details>'
        '<button type="button" class="yj-within-clear" hidden '
        f'aria-label="{escape(messages.clear_filters)}">×</button></div>'
    )


def within_html(filters: Filters, messages: Messages) -> str:
    """Return what an answer was restricted to, as HTML; nothing where that is nothing."""
    parts = told(filters, messages)
    if not parts:
        return ""
    shown = _BETWEEN.join(map(isolate, parts))
    return f'<p class="yj-asked-within">{escape(messages.within)}{shown}</p>'


def told(filters: Filters, messages: Messages) -> list[str]:
    """Return what filters restrict, each in words."""
    return [
        form.format(part=getattr(filters, name))
        for name, form in _forms(messages).items()
        if getattr(filters, name)
    ]


def _forms(messages: Messages) -> dict[str, str]:
    return {
        "source": messages.of_source,
        "title": messages.of_title,
        "since": messages.from_day,
        "until": messages.to_day,
        "path": messages.of_path,
        "article": messages.of_article,
    }


def read_filters(text: str) -> Filters:
    """Return the filters that the page's script sent, as JSON; none if it sent nothing.

    Raises:
        QuestionError: if they are none.
    """
    if not text:
        return Filters()
    try:
        return schema.Filters.model_validate_json(text).as_filters()
    except ValidationError as error:
        raise QuestionError(
            "filters_unreadable", "these are no filters; clear them, and set them anew"
        ) from error

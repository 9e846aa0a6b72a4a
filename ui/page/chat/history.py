"""The list of conversations that a browser keeps: its frame, which the page's script fills."""

from __future__ import annotations

from ui.escaping import escape
from ui.texts.languages import Messages

# What a browser keeps; of more than that, the conversation that rested longest gives way.
CONVERSATIONS = 100
BYTES = 4 << 20


def history_button_html(messages: Messages) -> str:
    """Return the button that opens the list, and the line that tells what became of it.

    The line is not in the list, which may be closed when the oldest conversation gives way.
    """
    return (
        f'<div class="yj-history-bar" lang="{messages.language}">'
        '<button type="button" class="yj-history-toggle" aria-expanded="false" '
        f'aria-controls="yj-history" aria-label="{escape(messages.history)}" '
        f'title="{escape(messages.history)}"><span aria-hidden="true">☰</span></button>'
        '<div class="yj-toast"><p role="status"></p>'
        f'<button type="button" class="yj-undo" hidden>{escape(messages.undo)}</button></div></div>'
    )


def history_html(messages: Messages) -> str:
    """Return the list without an entry; what a browser keeps is known to that browser alone."""
    told = {
        "most": str(CONVERSATIONS),
        "bytes": str(BYTES),
        "found": messages.history_found,
        "questions": messages.history_questions,
        "rename": messages.history_rename,
        "name": messages.history_name,
        "save": messages.history_save,
        "delete": messages.history_delete,
        "deleted": messages.history_deleted,
        "dropped": messages.history_dropped.format(
            most=CONVERSATIONS, size=BYTES >> 20, name="{name}"
        ),
        "failed": messages.history_failed,
        "title": messages.export_title,
    }
    data = "".join(f' data-{name}="{escape(text)}"' for name, text in told.items())
    return (
        f'<nav class="yj-history" id="yj-history" lang="{messages.language}" '
        f'aria-label="{escape(messages.history)}"{data}>'
        f'<div class="yj-history-head"><h2>{escape(messages.history)}</h2>'
        '<button type="button" class="yj-history-close" '
        f'aria-label="{escape(messages.history_close)}">×</button></div>'
        '<input type="search" class="yj-history-search" autocomplete="off" '
        f'aria-label="{escape(messages.history_search)}" '
        f'placeholder="{escape(messages.history_search)}">'
        '<p class="yj-history-found" role="status"></p>'
        '<ul class="yj-history-list"></ul>'
        f'<div class="yj-history-foot"><p>{escape(messages.history_where)}</p>'
        '<button type="button" class="yj-history-export">'
        f"{escape(messages.history_export)}</button></div></nav>"
    )

"""The button below an answer that keeps its question."""

from __future__ import annotations

import json

from qa.representation import as_json
from qa.types import Answer
from qa.watchlist.watchlist import saved_id
from ui.escaping import escape
from ui.texts.languages import Messages


def keep_button_html(answer: Answer, messages: Messages) -> str:
    """Return the button; the page's script knows which questions are kept, and says so on it.

    What is kept is the question as it was understood: it is asked by itself from then on.
    """
    filters = {name: value for name, value in as_json(answer.filters).items() if value}
    asked = json.dumps({"question": answer.reading, "filters": filters}, ensure_ascii=False)
    return (
        '<button type="button" class="yj-keep" aria-pressed="false" '
        f'data-keep="{escape(asked)}" data-id="{saved_id(answer.reading, answer.filters)}" '
        f'data-label="{escape(messages.keep)}" data-kept="{escape(messages.kept)}">'
        f"{escape(messages.keep)}</button>"
    )

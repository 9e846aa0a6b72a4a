"""What can be said of an answer: that it is good, or what is wrong with it."""

from __future__ import annotations

from ui.escaping import escape
from ui.texts.languages import Messages

# Drawn, as not every machine has a font with 👍; the style sheet turns the second one round.
_THUMB = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 10v11H3V10h4m3 11V10l4-8c1.5 0 2.5 1 '
    '2.5 2.5L15.5 9H21l-2 10.5c-.2.9-1 1.5-1.9 1.5H10"/></svg>'
)


def feedback_html(messages: Messages, beside: str = "") -> str:
    """Return the two thumbs, what stands ``beside`` them, and the form below the second."""
    reasons = (
        ("wrong", messages.feedback_wrong),
        ("unfounded", messages.feedback_unfounded),
        ("missed", messages.feedback_missed),
        ("other", messages.feedback_other),
    )
    choices = "".join(
        f'<label><input type="radio" name="reason" value="{value}"'
        f"{' checked' if value == 'wrong' else ''}> {escape(text)}</label>"
        for value, text in reasons
    )
    return (
        f'<div class="yj-feedback" data-thanks="{escape(messages.feedback_thanks)}" '
        f'data-failed="{escape(messages.error)}">'
        '<button type="button" data-verdict="up" '
        f'aria-label="{escape(messages.feedback_up)}">{_THUMB}</button>'
        '<button type="button" data-verdict="down" aria-expanded="false" '
        f'aria-label="{escape(messages.feedback_down)}">{_THUMB}</button>'
        f'{beside}<span class="yj-feedback-said" role="status"></span>'
        '<form hidden autocomplete="off"><fieldset>'
        f"<legend>{escape(messages.feedback_why)}</legend>"
        f"{choices}</fieldset>"
        f'<label class="yj-expected">{escape(messages.feedback_expected)}'
        '<input type="text" name="expected" maxlength="2000"></label>'
        f'<button type="submit">{escape(messages.feedback_send)}</button></form></div>'
    )

"""Text from articles, file names and questions, made harmless before it enters a page."""

from __future__ import annotations

import html

PLACEHOLDER = "\ufffd"  # stands, one for one, where a character that could deceive was
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CONTROLS = (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))
_SURROGATES = range(0xD800, 0xE000)
_DECEPTIVE = dict.fromkeys((*_BIDI, *_CONTROLS, *_SURROGATES), PLACEHOLDER)
_TABLE = {
    **_DECEPTIVE,
    # Gradio's HTML component runs templates in these two notations.
    **{ord(character): f"&#{ord(character)};" for character in "{}$`"},
}


def escape(text: str) -> str:
    """Return ``text`` as HTML that shows it and does nothing else, in content and attributes.

    Every code point stays one code point when shown, so offsets into the text hold in the page:
    control characters, among them those that reverse the reading direction, become a visible
    placeholder.
    """
    return html.escape(text, quote=True).translate(_TABLE)


def deceptive_replaced(text: str) -> str:
    """Return ``text`` with the placeholder for each character that could deceive."""
    return text.translate(_DECEPTIVE)


def isolate(text: str) -> str:
    """Return ``text`` escaped, in an element of its own reading direction."""
    return f"<bdi>{escape(text)}</bdi>"

"""How values are shown outside the program: as JSON, in one line, and as HTML in a notebook.

Whatever text a value holds is data in all three: none of them lets it break a line, or a page.
"""

from __future__ import annotations

import dataclasses
import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

_SHOWN = 40  # characters of a text that a line shows
_HIDDEN = {"Cc", "Cf", "Cs"}  # control and direction characters, and halves of pairs
_WEB = re.compile(r"https?://[^\s/][^\s]*", re.IGNORECASE)
# Of what a notebook shows, MathJax would typeset what stands between dollars.
_PLAIN = "tex2jax_ignore mathjax_ignore"


class Value:
    """Base of the data model: dataclasses that say themselves which of their fields JSON has."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what ``json.dumps`` takes: the same as ``--json`` prints."""
        shown: dict[str, Any] = as_json(self)
        return shown

    def json_fields(self, *, inside: bool) -> Iterable[str]:
        """Return the names of the fields to show, by itself or ``inside`` another value."""
        return (field.name for field in dataclasses.fields(self))  # type: ignore[arg-type]


def as_json(value: Any) -> Any:  # noqa: ANN401 - any value of the data model
    """Return ``value`` as what ``json.dumps`` takes: fields by their names, dates in ISO 8601.

    An article inside another value is shown in brief.
    """
    return _convert(value, inside=False)


def _convert(value: Any, *, inside: bool = True) -> Any:  # noqa: ANN401
    if isinstance(value, Value):
        return {name: _convert(getattr(value, name)) for name in value.json_fields(inside=inside)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: _convert(getattr(value, name)) for name in names}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_convert(item) for item in value]
    if isinstance(value, dict):
        return {key: _convert(item) for key, item in value.items()}
    return value


def short(text: str, limit: int = _SHOWN) -> str:
    """Return the beginning of ``text`` in quotation marks; what cannot be seen is written out."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def counted(number: int, noun: str) -> str:
    """Return ``number`` with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Html(str):
    """Text that is HTML already; any other is escaped."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: str) -> Html:
    """Return an element; content and attributes are text, but for content that is ``Html``."""
    inner = "".join(part if isinstance(part, Html) else _escape(part) for part in content)
    told = "".join(f' {name}="{_escape(value)}"' for name, value in attributes.items())
    return Html(f"<{tag}{told}>{inner}</{tag}>")


def link(text: str, url: str) -> Html:
    """Return ``text`` as a link to ``url``, if that is a page of the web."""
    if _WEB.fullmatch(url) is None:
        return element("bdi", text)
    return element("a", text, href=url, target="_blank", rel="noopener noreferrer")


def marked(text: str, part: str) -> Html:
    """Return ``text`` with the first place marked that says ``part``, not inside a number."""
    found = re.search(rf"(?<!\d){re.escape(part)}(?!\d)", text) if part else None
    start, end = found.span() if found else (0, 0)
    pieces = (text[:start], element("mark", text[start:end]) if found else "", text[end:])
    return element("bdi", *pieces, style="white-space: pre-wrap")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """Return a table of texts, or of what is ``Html`` already."""
    body = (
        element("tr", *(element("td", cell, style="text-align: left") for cell in row))
        for row in rows
    )
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    return element("table", element("thead", head), element("tbody", *body))


def block(*content: str) -> Html:
    """Return all that a notebook shows of a value."""
    return element("div", *content, **{"class": _PLAIN})


def _escape(text: str) -> str:
    """Return ``text`` as HTML that shows it and does nothing else, in content and attributes."""
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in _HIDDEN
        else "\ufffd"
        for character in html.escape(text, quote=True)
    )

"""The changes of the watchlist as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timezone
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from qa.presenting.citing import saved_link
from qa.text import xml_text
from qa.types import SavedAnswer, SavedQuestion
from ui.escaping import escape
from ui.page.watchlist.watchlist_page import answer_html
from ui.texts.languages import Messages

MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_NAMESPACE = UUID("9d3f1e5c-6a0b-4f6e-8d55-0d8c2f6c7a11")  # made for the ids of entries
_NEVER = datetime.fromtimestamp(0, tz=timezone.utc)


def feed(
    questions: Sequence[SavedQuestion],
    messages: Messages,
    *,
    library: str,
    base: str,
    standing: Collection[SavedAnswer] = (),
) -> bytes:
    """Return the last change of each of ``questions`` that has changed, the latest first.

    ``library`` is the library's id and ``base`` the page's address.  An entry's id names the
    question and the time of the change: another change is another entry.
    """
    changed = [saved for saved in questions if saved.before is not None]
    times = [saved.changed or saved.kept for saved in changed] or [_NEVER]
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": messages.language})
    _add(root, "id", _urn(f"watchlist {library}"))
    _add(root, "title", f"{messages.name} · {messages.watchlist_title}")
    _add(root, "updated", max(times).isoformat())
    _add(SubElement(root, "author"), "name", messages.name)
    SubElement(root, "link", {"rel": "self", "href": f"{base}watchlist.atom", "type": MEDIA_TYPE})
    SubElement(root, "link", {"rel": "alternate", "href": f"{base}watchlist", "type": "text/html"})
    for saved in changed:
        _add_entry(root, saved, messages, base=base, standing=standing)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(
    root: Element,
    saved: SavedQuestion,
    messages: Messages,
    *,
    base: str,
    standing: Collection[SavedAnswer],
) -> None:
    time = (saved.changed or saved.kept).isoformat()
    told = messages.changes.get(saved.change, "")
    place = saved_link(saved.answer, base) if saved.answer in standing else f"{base}watchlist"
    shown = "".join(
        f"<h4>{escape(label)}</h4>{answer_html(answer, messages, base=base, standing=standing)}"
        for label, answer in ((messages.before, saved.before), (messages.now, saved.answer))
        if answer is not None
    )
    entry = SubElement(root, "entry")
    _add(entry, "id", _urn(f"{saved.id} {saved.kept.isoformat()} {time}"))
    _add(entry, "title", f"{' '.join(saved.question.split())} · {told}")
    _add(entry, "updated", time)
    SubElement(entry, "link", {"rel": "alternate", "href": place, "type": "text/html"})
    _add(entry, "content", shown, type="html")


def _add(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = xml_text(text)


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid5(_NAMESPACE, name)}"

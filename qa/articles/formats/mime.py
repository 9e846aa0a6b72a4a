"""E-mails, and web pages that browsers save in one file (MHTML, whose form is that of a mail)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from email.message import MIMEPart
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import cast

from qa.articles.decoding import decode
from qa.articles.formats import Document, read_bytes
from qa.articles.formats.html import read_page
from qa.errors import ArticleUnreadableError

_PAGES = frozenset({".mht", ".mhtml"})
_BODIES = ("plain", "html")  # of an e-mail, the better first
_PLACES = ("Snapshot-Content-Location", "Content-Location")  # where a saved page was found


def read(path: Path) -> Iterator[Document]:
    """Yield the e-mail without its attachments, or the page."""
    message = cast("MIMEPart", message_from_bytes(read_bytes(path), policy=policy.default))
    if path.suffix.lower() in _PAGES:
        yield _page(message)
    else:
        yield _mail(message)


def _page(message: MIMEPart) -> Document:
    body = message.get_body(("html",))
    if body is None:
        raise ArticleUnreadableError("saved_page_empty", "the file holds no web page")
    found = read_page(_utf8(body))
    places = (_header(part, name) for part in (message, body) for name in _PLACES)
    return replace(found, url=found.url or next(filter(None, places), ""))


def _mail(message: MIMEPart) -> Document:
    body = message.get_body(_BODIES)
    if body is None:
        raise ArticleUnreadableError("mail_without_text", "the e-mail has no text")
    data = _utf8(body)
    is_page = body.get_content_subtype() == "html"
    text = read_page(data).text if is_page else data.decode("utf-8-sig")
    title = _header(message, "Subject")
    name, address = parseaddr(_header(message, "From"))
    if title and not text.lstrip().startswith(title):
        text = f"{title}\n\n{text}"  # a subject can be asked for and quoted as well
    return Document(text, title, name or address, _day(message))


def _utf8(part: MIMEPart) -> bytes:
    """Return a part's text in UTF-8 with its mark, whatever it declares and is in."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        raise ArticleUnreadableError("mail_without_text", "the e-mail has no text")
    name = (part.get_content_charset() or "").lower()
    name = "gb18030" if name in {"gb2312", "gbk"} else name
    try:
        text = data.decode(name)
    except (LookupError, ValueError):
        text = decode(data)
    return codecs.BOM_UTF8 + text.encode("utf-8", "replace")


def _header(message: MIMEPart, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _day(message: MIMEPart) -> date | None:
    """Return the day that a mail tells; none where it tells no day, or one beyond the calendar."""
    try:
        return parsedate_to_datetime(_header(message, "Date")).date()
    except (ValueError, OverflowError):
        return None

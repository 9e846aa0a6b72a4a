"""Citations as people write them down: in words, as a reference, as a link."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

from qa.presenting.presenting import where
from qa.text import visible
from qa.types import Article, Citation, SavedAnswer, Span

# Sources that are no newspapers: periodicals, and what offices circulate.
_PERIODICAL = re.compile(r"(?:学报|公报|画报|情报|杂志|[月周季旬双]刊|学刊|期刊|集刊|论丛)$")
_CIRCULAR = re.compile(r"(?:[简通汇专预战海季月]|(?<!青)年)报$")
_NEWSPAPER = re.compile(
    r"(?:[日晚早晨时商快周导]报|都市报|青年报|[^网社]报|报社)(?:网络版|电子版|客户端|海外版)?$"
    r"|^(?:参考消息|新华每日电讯)$"
    r"|(?:daily|times|post|herald|gazette)$",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s<>\"'`{}|\\^]+", re.ASCII | re.IGNORECASE)


def as_text(citation: Citation) -> str:
    """Return the quote with where it is from: “引进60个。”（《题》，南方日报，2023-08-02）."""
    article = citation.article
    parts = [f"《{_line(article.title)}》" if article.title.strip() else "", _line(article.source)]
    parts.append(article.published.isoformat() if article.published else "")
    parts.extend(where(citation))
    return f"“{_line(citation.quote)}”（{'，'.join(filter(None, parts)) or article.path}）"


def as_gbt7714(citation: Citation, accessed: date) -> str:
    """Return the reference by GB/T 7714—2015, without a number; ``accessed`` is the day of use.

    The rules that apply to what a library knows of its articles:

    - An article in a newspaper (4.5, 8.2): 题名[N]. 报纸名, 年-月-日. Online it is [N/OL], and the
      day of use in brackets and the address follow.  The edition (版次) is not known here.
    - An article in a periodical (4.4, 8.2): 题名[J]. 刊名, 年.  Its issue is not known here.
    - Another page (4.6): 责任者. 题名[EB]. (更新日期); online [EB/OL]. (更新日期)[引用日期]. 地址.
      The site is the body responsible for it.
    - Without an address nothing is said to be online, so that neither /OL nor a day of use stands;
      without a source either it is of the kind “other”, [Z] (Annex B).
    - Persons responsible are not known.  Where references are numbered, 佚名 may be left out
      (8.1.4); so the reference begins with the title, or with the body responsible.
    - An unknown date is left out; it is not estimated.
    """
    article = citation.article
    title = _line(article.title).rstrip("。. ") or _line(article.path)
    source = _line(article.source).rstrip("。. ")
    day = article.published.isoformat() if article.published else ""
    address = _address(article)
    online = "/OL" if address else ""
    used = f"[{accessed.isoformat()}]" if address else ""
    periodical = _PERIODICAL.search(source)
    if periodical or (_NEWSPAPER.search(source) and not _CIRCULAR.search(source)):
        kind = "J" if periodical else "N"
        when = day[:4] if periodical else day
        reference = f"{title}[{kind}{online}]. {source}{f', {when}' if when else ''}{used}"
    else:
        kind = "EB" if source or address else "Z"
        dated = f"({day})" if day else ""
        origin = f"{source}. " if source else ""
        reference = f"{origin}{title}[{kind}{online}]"
        reference += f". {dated}{used}" if dated or used else ""
    return f"{reference}. {address}." if address else f"{reference}."


def as_link(citation: Citation, base: str = "") -> str:
    """Return the address of the page that shows the article at the quote, below ``base``."""
    return place_link(citation.article, (citation.start, citation.end), base)


def place_link(article: Article, place: Span, base: str = "") -> str:
    """Return the address of a place in an article, in the state that the article has now."""
    return _place(article.id, place, state_of(article), base)


def saved_link(answer: SavedAnswer, base: str = "") -> str:
    """Return the address of the place that a saved answer quotes, in the state it had then."""
    return _place(answer.article, (answer.start, answer.end), answer.state, base)


def _place(number: int, place: Span, state: str, base: str) -> str:
    of = quote(state, safe="")
    return f"{base}article/{number}?quote={place[0]},{place[1]}&of={of}#quote"


def picture_link(article: Article, page: int, base: str = "") -> str:
    """Return the address of the picture that a page of an article was read from."""
    return f"{base}picture/{article.id}/{page}?of={state_of(article)}"


def state_of(article: Article) -> str:
    """Return what tells an article from itself after a change."""
    return article.sha256[:12]


def _address(article: Article) -> str:
    """Return the address of an article if it is one of the web, and nothing else."""
    url = article.url.strip()
    return url if _URL.fullmatch(url) else ""


def _line(text: str) -> str:
    """Return a text as one line, harmless to whoever looks at it."""
    return " ".join(visible(text).split())

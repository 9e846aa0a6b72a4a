"""Citations as a sheet: comma-separated values, as spreadsheets open them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from qa.text import visible
from qa.types import Citation

COLUMNS = ("序号", "标题", "来源", "日期", "引文", "路径", "网址")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(citations: Iterable[Citation]) -> str:
    """Return one row a citation, under :data:`COLUMNS`.

    What a spreadsheet would take for a formula gets an apostrophe before it: articles are data.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for citation in citations:
        article = citation.article
        day = article.published.isoformat() if article.published else ""
        texts = (article.title, article.source, day, citation.quote, article.path, article.url)
        writer.writerow([citation.number, *map(_cell, texts)])
    return written.getvalue()


def _cell(text: str) -> str:
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown

"""Citations as a sheet: comma-separated values, as spreadsheets open them."""

from __future__ import annotations

from collections.abc import Iterable

from qa.presenting import spreadsheet
from qa.types import Citation

COLUMNS = ("序号", "标题", "来源", "日期", "引文", "路径", "网址")


def to_csv(citations: Iterable[Citation]) -> str:
    """Return one row a citation, under :data:`COLUMNS`."""
    return spreadsheet.to_csv(COLUMNS, [_row(citation) for citation in citations])


def _row(citation: Citation) -> tuple[str | int, ...]:
    article = citation.article
    day = article.published.isoformat() if article.published else ""
    texts = (article.title, article.source, day, citation.quote, article.path, article.url)
    return citation.number, *texts

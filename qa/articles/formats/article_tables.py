"""Rows of a table of articles: which column is what, and what tells a row from the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from qa.articles.formats import Document, Unreadable
from qa.articles.metadata import parse_date
from qa.errors import ArticleUnreadableError
from qa.text import fold

# Names under which people and crawlers keep each field, folded; the first that is there counts.
ALIASES = {
    field: names.split()
    for field, names in {
        "text": "text content body article 正文 内容 全文 文本 文章内容 文章正文",
        "title": "title headline 标题 题目 文章标题 题名",
        "source": "source media publisher issuer site 来源 媒体 出处 文章来源 发布机构 网站",
        "published": "published date time publish_time published_at pubdate publishtime datetime"
        " 日期 时间 发布时间 发布日期 发表时间 发表日期 成文日期 发文日期",
        "url": "url link href 链接 网址 原文链接 地址",
        "key": "id key _id uuid 编号 序号 文章编号",
    }.items()
}


def fields_of(names: Iterable[str]) -> dict[str, str]:
    """Return for each of our fields the column that holds it, the most usual name first."""
    folded = {fold(name).strip(): name for name in names}
    found: dict[str, str] = {}
    for field, aliases in ALIASES.items():
        for alias in aliases:
            if alias in folded:
                found[field] = folded[alias]
                break
    return found


def document(row: Mapping[str, Any], number: int, seen: set[str]) -> Document | Unreadable:
    """Return the document in a row, whose key is its own, or else its number (from 1).

    ``seen`` are the keys of the rows before; a key that comes twice is replaced by the number.
    """
    columns = fields_of(row)
    values = {field: _as_text(row[column]) for field, column in columns.items()}
    key = values.get("key", "")[:200].replace("\n", " ") or str(number)
    while key in seen:
        key = f"{key}#{number}"
    seen.add(key)
    if "text" not in values:
        reason = ArticleUnreadableError(
            "row_without_field",
            "row {row} has no field 'text' (or content, body, 正文, 内容)",
            row=number,
        )
        return Unreadable(key, reason)
    if not values["text"].strip():
        reason = ArticleUnreadableError("row_without_text", "row {row} has no text", row=number)
        return Unreadable(key, reason)
    return about(row, values["text"], key)


def about(row: Mapping[str, Any], text: str, key: str = "") -> Document:
    """Return the document of ``text`` with what the other fields of a row tell of it."""
    columns = fields_of(row)
    values = {field: _as_text(row[column]).strip() for field, column in columns.items()}
    return Document(
        text=text,
        title=values.get("title", ""),
        source=values.get("source", ""),
        published=parse_date(values.get("published", "")),
        url=values.get("url", ""),
        key=key,
    )


def _as_text(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_as_text(item) for item in value)
    return "" if value is None or isinstance(value, dict) else str(value)

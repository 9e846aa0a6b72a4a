"""How well the article of a saved web page is found, on pages of some 40 sites labelled by hand.

Call::

    python -m tests.benchmarks.pages [--data ../shared/data] [--verbose]

``pages.json`` has been written by somebody who read the pages and not this program: headline, day,
source; how the body begins and ends with two stretches between; and what stands beside it.
"""

from __future__ import annotations

import argparse
import codecs
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa.articles.cleaning import lines
from qa.articles.documents import article_of
from qa.articles.formats.html import read_page
from qa.errors import ArticleUnreadableError
from qa.text import fold
from qa.types import Article
from tests.benchmarks.data import DEFAULT_FOLDER

LABELS = Path(__file__).with_suffix(".json")


def said(text: str) -> str:
    """Return a text as it is compared: folded, without spaces."""
    return re.sub(r"\s", "", fold(text))


def judge(gold: dict[str, Any], article: Article | None) -> dict[str, bool]:
    """Return which of the things that can be asked of a page are right."""
    title = said(article.title) if article else ""
    text = article.text if article else ""
    body = said("".join(text[line.start : line.end] for line in lines(text) if line.body))
    found = {"title": title == said(gold["title"])}
    if gold["published"]:
        day = article.published.isoformat() if article and article.published else ""
        found["day"] = day == gold["published"]
    if gold["source"]:
        found["source"] = bool(article) and said(article.source) == said(gold["source"])
    if gold["first"]:
        parts = (gold["first"], *gold["middle"], gold["last"])
        found["whole"] = all(said(part) in body for part in parts)
        found["first"], found["last"] = (said(gold[name]) in body for name in ("first", "last"))
        found["nothing beside it"] = not any(said(part) in body for part in gold["furniture"])
    return found


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--verbose", action="store_true", help="name what is wrong of each page")
    arguments = parser.parse_args()
    labels = {row["name"]: row for row in json.loads(LABELS.read_text(encoding="utf-8"))}
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for name in ("news_pages", "official_pages"):
        for row in read_lines(arguments.data / "pages" / f"{name}.jsonl.xz"):
            gold = labels[row["name"]]
            try:
                article = article_of(
                    read_page(codecs.BOM_UTF8 + row["html"].encode()), row["name"], ""
                )
            except ArticleUnreadableError:
                article = None
            found = judge(gold, article)
            asked.update(found.keys())
            right.update(key for key, is_right in found.items() if is_right)
            if arguments.verbose and (wrong := [key for key in found if not found[key]]):
                about = (article.title, article.source, str(article.published)) if article else ()
                print(row["name"], wrong, about, (gold["title"], gold["source"], gold["published"]))
    for key, count in asked.items():
        print(f"{key:18} {right[key] / count:.3f} of {count}")


if __name__ == "__main__":
    main()

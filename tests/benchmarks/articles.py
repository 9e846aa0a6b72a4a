"""Questions about the articles of a folder, counted by the library and by a grep over its articles.

One command; the library is built once, without a model, for a listing needs none::

    python -m tests.benchmarks.articles official.jsonl.xz build/asking/articles.jsonl build/listed

A question is a line ``{"question", "compute", "term", "source", "since", "until", "count",
"titles"}``: the name, source and days that were read out of it, and how many articles of the
folder a grep gave for them, with the first titles.  The library is asked for the question with its
term as the topic; source and days it has to find in the question itself.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

from embeddings.training.datasets import read_lines
from qa import Answer, Filters, Library
from qa.asking.asked import Asked
from qa.store.filtering import admits
from qa.text import fold
from qa.types import Article
from tests.conftest import HashEncoder


def as_asked(row: dict[str, Any]) -> Asked:
    """Return the question as the trained model is to understand it."""
    question = row["question"]
    at = question.find(row["term"] or "")
    topic = (at, at + len(row["term"])) if row["term"] and at >= 0 else None
    return Asked(question, "articles", compute=row["compute"] or "list", topic=topic)


def grep(row: dict[str, Any], names: tuple[str, ...], articles: list[Article]) -> set[str]:
    """Return the paths of the articles that have one of ``names``, looked for in folded copies."""
    since, until = (
        date.fromisoformat(row[key]) if row[key] else None for key in ("since", "until")
    )
    filters = Filters(row["source"] or "", since, until)
    wanted = [fold(name) for name in names]
    return {
        article.path
        for article in articles
        if admits(filters, article)
        and (not wanted or any(name in fold(f"{article.title}\n{article.text}") for name in wanted))
    }


def told(row: dict[str, Any], answer: Answer, articles: list[Article]) -> str:
    """Return in what an answer differs from the grep, and from the count that came with it."""
    assert answer.listing is not None
    listing = answer.listing
    found = {entry.article.path for entry in listing.entries}
    there = grep(row, (row["term"],) if row["term"] else (), articles)
    alike = grep(row, listing.terms, articles) if len(listing.terms) > 1 else there
    problems = []
    if found != alike or listing.total != len(found):
        problems.append(f"{listing.total} listed, {len(alike)} there")
    if row["count"] != len(there):
        problems.append(f"the question says {row['count']}, the grep {len(there)}")
    titles = {entry.article.title for entry in listing.entries}
    if not titles.issuperset(row["titles"]):
        problems.append(f"lacks {sorted(set(row['titles']) - titles)}")
    if row["compute"] in {"earliest", "latest"} and alike == there and row["titles"]:
        first = listing.entries[0].article.title if listing.entries else ""
        if first != row["titles"][0]:
            problems.append(f"first is {first}, not {row['titles'][0]}")
    for entry in listing.entries:
        assert entry.quote == entry.article.text[entry.start : entry.end]
    return "; ".join(problems)


def write(documents: Path, folder: Path) -> None:
    """Write the documents as JSON lines, as somebody would export them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "official.jsonl").open("w", encoding="utf-8") as file:
        for row in read_lines(documents):
            kept = {name: row[name] for name in ("title", "source", "published", "text")}
            file.write(json.dumps(kept, ensure_ascii=False) + "\n")


def main() -> None:
    """Ask every question, and print which differ and how long one takes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("documents", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("work", type=Path)
    arguments = parser.parse_args()
    write(arguments.documents, arguments.work / "documents")
    rows = [json.loads(line) for line in arguments.questions.read_text("utf-8").splitlines()]
    seconds = []
    right = 0
    with Library.open(arguments.work / "library", encoder=HashEncoder()) as library:
        library.sync(arguments.work / "documents")
        articles = list(library.articles())
        for row in rows:
            started = time.perf_counter()
            answer = library.survey(as_asked(row))
            seconds.append(time.perf_counter() - started)
            problem = told(row, answer, articles)
            right += not problem
            if problem:
                print(f"✗ {row['question']}: {problem}; {answer.listing and answer.listing.within}")
    print(f"{right} of {len(rows)} as a grep has it, over {len(articles)} articles")
    print(f"seconds: median {sorted(seconds)[len(seconds) // 2]:.3f}, most {max(seconds):.3f}")


if __name__ == "__main__":
    main()

r"""Questions with passages that answer them and some that do not, for the encoder to learn from.

Call::

    python -m qa.training.questions.pairs ../shared/data FOLDER FILE RETRIEVED…

``FOLDER`` is the one that ``tests.benchmarks.folder`` makes, ``RETRIEVED`` what
``qa.training.questions.retrieved`` wrote, of which the passages that do not answer are taken.
Those that do are cut from the folder's articles, whether search found them or not: what it did not
find is what is to be learnt.  ``FILE`` gets a JSON object a line: ``question``, ``right`` and
``wrong``, the latter texts as they are embedded.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from embeddings.training.datasets import read_lines
from qa import Article, Library
from qa.articles.passages import split
from qa.search.indexes import indexed_text
from qa.training.lessons import PARAPHRASES, Authored
from qa.training.questions.retrieved import AROUND, HEAD


def right_passages(article: Article, passage: str, start: int, end: int) -> Iterator[str]:
    """Yield the article's passages that have ``passage[start:end]`` with what stands around it."""
    around = passage[max(0, start - AROUND) : end + AROUND]
    for first, last in split(article.text):
        if around in article.text[first:last]:
            yield indexed_text(article, (first, last))


def wrong_passages(paths: Sequence[Path]) -> dict[str, list[str]]:
    """Return what search found for each question that does not answer it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        with path.open(encoding="utf-8") as file:
            for row in map(json.loads, file):
                if not row["answers"]:
                    found[row["question"]].append(f"{row['title']}\n{row['text']}")
    return found


def main() -> None:
    """Find and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("retrieved", type=Path, nargs="+")
    arguments = parser.parse_args()
    folder = arguments.data / "authored"
    held = [row["text"][:HEAD] for row in read_lines(folder / "passages_dev.jsonl.xz")]
    authored = Authored(folder, "train")
    with Library.open(arguments.folder / "library") as library:
        articles = list(library.articles())
    places = {
        passage.id: next((one for one in articles if passage.text[:HEAD] in one.text), None)
        for passage in authored.passages.values()
    }
    usable = {one.id: not any(head in one.text for head in held) for one in places.values() if one}
    wrong = wrong_passages(arguments.retrieved)
    with arguments.file.open("w", encoding="utf-8") as file:
        for row in (*authored.rows, *authored.paraphrased(PARAPHRASES).rows):
            article = places[row["passage"]]
            if row["type"] != "question" or article is None or not usable[article.id]:
                continue
            text, answer = authored.passages[row["passage"]].text, row["answers"][0]
            start = answer["start"]
            for right in right_passages(article, text, start, start + len(answer["text"])):
                pair = {"question": row["question"], "right": right}
                pair["wrong"] = wrong.get(row["question"], [])
                print(json.dumps(pair, ensure_ascii=False), file=file)
                break


if __name__ == "__main__":
    main()

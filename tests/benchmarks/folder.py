"""Questions asked of a whole folder: all official documents, and some thousand news, together.

One command (the library is built once, and kept for the next run)::

    python -m tests.benchmarks.folder build/folder [--questions 300] [--alone]
        [--news 3000] [--official 1407]

The questions are the development items that people wrote over passages of these documents.  None
says which document it is about, so another place's or year's figure is always at hand.  A quote is
right if it has the sentence that the answer stands in, wherever in the folder it was quoted from.
``--alone`` also asks the reader without any rule: its best span in the passages found, unrefused.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.training.datasets import read_lines
from qa import Answer, Library
from qa.answering.candidates import lead
from qa.presenting.presenting import sureness
from qa.text import fold, sentences
from qa.training.questions.cases import Case, read_cases
from qa.training.scoring import area_under_curve, bare
from tests.benchmarks.data import DEFAULT_FOLDER

FACTUAL = ("number", "date", "person", "place", "organisation", "name")
BINS = 10  # of confidences, in the calibration error


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case; ``alone``: whether the reader by itself pointed into the sentence."""

    case: Case
    answered: bool
    quoted: bool
    exact: bool
    confidence: float
    found: bool
    alone: bool | None


def write_folder(data: Path, folder: Path, news: int, official: int) -> None:
    """Write the documents as JSON lines, as somebody would export them.

    All that are asked about are there, and beside them the first ``news`` and ``official`` ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    passages = [
        row
        for part in ("train", "dev")
        for row in read_lines(data / "authored" / f"passages_{part}.jsonl.xz")
    ]
    asked = {row["doc"] for row in passages}
    articles = (
        {"text": row["text"], "published": row["head"][:10]}
        for row in read_lines(data / "crud_news.jsonl.xz")
        if f"news_{row['id']}" in asked or row["id"] < news
    )
    wiki: dict[str, list[str]] = defaultdict(list)
    for row in passages:
        if row["doc"].startswith("wiki_"):
            wiki[row["title"]].append(row["text"])
    _write(folder / "news.jsonl", articles)
    _write(
        folder / "official.jsonl",
        (
            {name: row[name] for name in ("title", "source", "published", "text")}
            for number, row in enumerate(read_lines(data / "official.jsonl.xz"))
            if row["id"] in asked or number < official
        ),
    )
    _write(
        folder / "encyclopedia.jsonl",
        ({"title": title, "text": "\n".join(texts)} for title, texts in wiki.items()),
    )


def _write(path: Path, rows: Iterator[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=file)


def ask(library: Library, case: Case, *, alone: bool) -> Result:
    """Ask one question of the whole folder."""
    answer = library.ask(case.question)
    hits = library.retrieve(case.question, library.answerer.depth)
    quote = fold(answer.citations[0].quote) if answer.citations else ""
    return Result(
        case,
        answered=answer.status == "answered",
        quoted=case.has(quote),
        exact=_is_exact(answer, case),
        confidence=answer.confidence,
        found=any(case.has(fold(hit.text)) for hit in hits),
        alone=_read_alone(library, case) if alone and case.answers else None,
    )


def _is_exact(answer: Answer, case: Case) -> bool:
    first = answer.text.split("\n")[0]
    return any(bare(said) == bare(first) for said in case.answers)


def _read_alone(library: Library, case: Case) -> bool:
    hits = library.retrieve(case.question, library.answerer.depth)
    read = library.answerer.reader.read(case.question, [lead(hit) + hit.text for hit in hits])
    best, hit = max(zip(read, hits, strict=True), key=lambda pair: pair[0].score)
    at = best.start - len(lead(hit))
    return any(
        start <= at < end and fold(hit.text[start:end]).strip() in case.evidence
        for start, end in sentences(fold(hit.text))
    )


def report(results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of the tables."""
    yield "| kind | n | found | right sentence | exact | wrong | wrongly refused | reader alone |"
    yield "|---|---|---|---|---|---|---|---|"
    kinds = sorted({result.case.kind for result in results if result.case.answers})
    for kind in [*kinds, "factual", "all"]:
        part = [
            result
            for result in results
            if result.case.answers
            and (kind in (result.case.kind, "all") or (kind == "factual" and _factual(result)))
        ]
        if part:
            yield f"| {kind} | {len(part)} | {_shares(part)} |"
    yield ""
    yield "| not answered by its passage | n | rightly refused |"
    yield "|---|---|---|"
    traps = sorted({result.case.kind for result in results if not result.case.answers})
    for trap in [*traps, "all"]:
        part = [r for r in results if not r.case.answers and trap in (r.case.kind, "all")]
        if part:
            refused = np.mean([not result.answered for result in part])
            yield f"| {trap.removeprefix('not: ')} | {len(part)} | {refused:.3f} |"
    yield ""
    yield "| text | answered | of these right | 可靠 | of these right | calibration error |"
    yield "|---|---|---|---|---|---|"
    for text in [*sorted({result.case.text for result in results}), "all"]:
        said = [r for r in results if r.answered and text in (r.case.text, "all")]
        sure = [result for result in said if sureness(result.confidence) == "high"]
        yield (
            f"| {text} | {len(said)} | {_right(said)} | {len(sure)} | {_right(sure)} |"
            f" {calibration_error(said):.3f} |"
        )
    asked = np.array([r.confidence for r in results if r.case.answers])
    near = np.array([r.confidence for r in results if not r.case.answers])
    if len(asked) and len(near):
        yield ""
        area = area_under_curve(asked, near)
        yield f"AUC of confidence, questions against near misses: {area:.3f}"


def _factual(result: Result) -> bool:
    return result.case.kind in FACTUAL


def _shares(part: Sequence[Result]) -> str:
    wrong = [result.answered and not result.quoted for result in part]
    columns = [
        [result.found for result in part],
        [result.quoted for result in part],
        [result.exact for result in part],
        wrong,
        [not result.answered for result in part],
    ]
    alone = [result.alone for result in part if result.alone is not None]
    shares = " | ".join(f"{np.mean(column):.3f}" for column in columns)
    return f"{shares} | {np.mean(alone):.3f}" if alone else f"{shares} | –"


def _right(results: Sequence[Result]) -> str:
    return f"{np.mean([result.quoted for result in results]):.3f}" if results else "–"


def calibration_error(results: Sequence[Result]) -> float:
    """Return the expected calibration error over bins of equal width (Naeini et al. 2015)."""
    bins: dict[int, list[Result]] = defaultdict(list)
    for result in results:
        bins[min(BINS - 1, int(result.confidence * BINS))].append(result)
    return sum(
        abs(
            float(np.mean([result.quoted for result in part]))
            - float(np.mean([result.confidence for result in part]))
        )
        * len(part)
        / len(results)
        for part in bins.values()
    )


def main() -> None:
    """Build the library where it is not yet, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="for documents and library; made if not there")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--news", type=int, default=3000)
    parser.add_argument("--official", type=int, default=1407)
    parser.add_argument("--questions", type=int, help="a draw of them; all by default")
    parser.add_argument("--alone", action="store_true")
    arguments = parser.parse_args()
    documents = arguments.folder / "documents"
    if not documents.exists():
        write_folder(arguments.data, documents, arguments.news, arguments.official)
    cases = read_cases(arguments.data)
    if arguments.questions:
        cases = random.Random("folder").sample(cases, arguments.questions)  # noqa: S311
    with Library.open(arguments.folder / "library") as library:
        library.sync(documents)
        library.warm_up()
        started = time.perf_counter()
        results = [ask(library, case, alone=arguments.alone) for case in cases]
        spent = time.perf_counter() - started
        print(
            f"{len(cases)} questions of {library.count} articles, {spent / len(cases):.2f} s each\n"
        )
    for line in report(results):
        print(line)


if __name__ == "__main__":
    main()

"""Ask a folder of articles from Python.

python docs/examples/ask.py FOLDER QUESTION [FOLLOW-UP ...]

The library is made beside the folder, as FOLDER.library.  Follow-ups lean on the questions before
them: python docs/examples/ask.py seeds 鹤山引进了多少亿元以上项目 那总投资呢？
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa import Answer, Library, YinjuError


def lines(answer: Answer) -> Iterator[str]:
    """Yield an answer as lines of text, each quote with where it stands."""
    yield answer.text
    for citation in answer.citations:
        article = citation.article
        day = article.published.isoformat() if article.published else "日期不详"
        yield f"[{citation.number}] {citation.quote}"
        yield f"    {article.title} · {article.source} · {day} · {article.path}"
    if answer.missing_terms:
        yield "最接近的段落没有提到：" + "、".join(answer.missing_terms)


def main(arguments: Sequence[str]) -> int:
    """Sync the folder, ask the questions, and return the exit status."""
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder, *questions = arguments
    place = Path(folder).resolve()
    asked: list[Answer] = []
    try:
        with Library.open(place.with_name(f"{place.name}.library")) as library:
            library.sync(place)
            for question in questions:
                asked.append(library.ask(question, history=asked))
                print(*lines(asked[-1]), sep="\n")
    except YinjuError as error:  # its message says what to do
        print(error, file=sys.stderr)
        return 2
    return 0 if asked[-1].status == "answered" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

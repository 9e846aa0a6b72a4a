"""Lessons of what a folder's search finds, and of wordings far from the passages'."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from qa.training.lessons import PARAPHRASES, Authored
from qa.training.questions.retrieved import WRONG, Finder, read_lessons
from tests.conftest import HashEncoder

PASSAGE = "鹤山市引进亿元以上项目60个，计划总投资209亿元，创近五年新高。"
TEXTS = {
    "a": PASSAGE,
    "b": "开平市引进亿元以上项目48个，计划总投资150亿元。",
    "c": "恩平市引进亿元以上项目60个，计划总投资80亿元。",  # has the figure, for another place
    "d": "台山市引进亿元以上项目51个，计划总投资170亿元。",  # held back
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        yield library


def finder(library: Library) -> Finder:
    return Finder(library, [TEXTS["d"]], random.Random(0))  # noqa: S311


def spans(*parts: str) -> list[tuple[int, int]]:
    return [(PASSAGE.index(part), PASSAGE.index(part) + len(part)) for part in parts]


def test_a_passage_answers_or_lacks_the_answer_and_what_is_doubtful_is_left_out(
    library: Library,
) -> None:
    found = list(
        finder(library).find("鹤山市引进多少亿元以上项目", PASSAGE, spans("60个"), is_list=False)
    )
    assert [row["text"] for row in found] == [PASSAGE, TEXTS["b"]]
    assert len(found) <= 1 + WRONG
    right, wrong = found
    ((start, end),) = right["answers"]
    assert right["text"][start:end] == "60个"
    assert wrong["answers"] == []


def test_of_a_list_all_items_have_to_be_there(library: Library) -> None:
    asked = "鹤山市引进项目和计划投资各多少"
    (right,) = (
        row
        for row in finder(library).find(asked, PASSAGE, spans("60个", "209亿元"), is_list=True)
        if row["answers"]
    )
    assert right["list"]
    assert [right["text"][a:b] for a, b in right["answers"]] == ["60个", "209亿元"]
    other = PASSAGE.replace("209亿元", "9亿元")  # stands nowhere in the folder
    items = [(other.index(part), other.index(part) + len(part)) for part in ("60个", "9亿元")]
    found = finder(library).find(asked, other, items, is_list=True)
    assert not any(row["answers"] for row in found)


def test_lessons_have_the_heading_that_the_program_shows_the_reader(
    library: Library, tmp_path: Path
) -> None:
    rows = finder(library).find("鹤山市引进多少项目", PASSAGE, spans("60个"), is_list=False)
    path = tmp_path / "found.jsonl"
    path.write_text(
        "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8"
    )
    right, *wrong = read_lessons(path)
    heading = f"{library.retrieve('鹤山市', 1)[0].article.title}\n"
    assert right.right == heading + PASSAGE
    assert right.heading == len(heading)
    assert right.answers is not None
    assert [right.right[a:b] for a, b in right.answers] == ["60个"]
    assert (right.supported, right.unsupported) == (True, ())
    assert [(one.answers, one.supported, one.unsupported) for one in wrong] == [((), False, None)]


def _write(path: Path, *rows: Any) -> None:
    with lzma.open(path, "wt", encoding="utf-8") as file:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=file)


def test_other_words_keep_the_answer_and_mark_their_own(tmp_path: Path) -> None:
    about = {"doc": "d", "title": "鹤山", "published": "", "text": PASSAGE}
    _write(tmp_path / "passages_train.jsonl.xz", {"id": "p", **about})
    answers = [{"text": "60个", "start": PASSAGE.index("60个")}]
    asked = {"type": "question", "kind": "number", "passage": "p", "answers": answers}
    missing = {"type": "unanswerable", "trap": "place", "passage": "p"}
    _write(
        tmp_path / "train.jsonl.xz",
        {**asked, "question": "引进多少项目"},
        {**missing, "question": "开平引进多少", "unsupported": [{"text": "开平", "start": 0}]},
    )
    other = tmp_path / "other.jsonl.xz"
    _write(
        other,
        {"of": 1, "question": "今年开平拉来几家", "unsupported": ["开平"]},
        {"of": 0, "question": "拉来了几家大的"},
    )
    authored = Authored(tmp_path, "train")
    near, far = authored.paraphrased(other).lessons(random.Random(0))  # noqa: S311
    assert (near.left, near.unsupported, near.answers) == ("今年开平拉来几家", ((2, 4),), ())
    assert far.answers is not None
    assert (far.left, [far.right[a:b] for a, b in far.answers]) == ("拉来了几家大的", ["60个"])
    assert [row["question"] for row in authored.rows] == ["引进多少项目", "开平引进多少"]


def test_the_words_marked_stand_in_their_questions_once() -> None:
    with lzma.open(PARAPHRASES, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert len(rows) > 1_500
    for row in rows:
        assert all(row["question"].count(text) == 1 for text in row.get("unsupported", ()))

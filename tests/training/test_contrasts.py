"""Lessons of questions written in pairs."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import pytest

from qa.training.questions.contrasts import (
    CONTRASTS,
    HELD_BACK,
    PERIODS,
    QUANTITIES,
    SIBLINGS,
    contrast_lessons,
    read_passages,
    sibling_lessons,
)

NEWS = "鹤山市引进亿元以上项目60个。计划总投资209亿元。"


def _write(path: Path, *rows: object) -> None:
    with lzma.open(path, "wt", encoding="utf-8") as file:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=file)


def test_passages_of_documents_are_cut_from_them_and_others_stand_in_the_file(
    tmp_path: Path,
) -> None:
    _write(tmp_path / "crud_news.jsonl.xz", {"id": 7, "head": "2023-08-01", "text": NEWS})
    _write(tmp_path / "official.jsonl.xz", {"id": "x", "text": "无关。"})
    made = "房租每月1800元\n押金3600元"
    file = tmp_path / "contrasts.jsonl.xz"
    _write(
        file,
        {
            "number": 0,
            "title": "",
            "published": "2023-08-01",
            "document": "news_7",
            "span": [15, len(NEWS)],
            "items": [{"question": "总投资多少", "answers": [[5, 10]]}],
        },
        {
            "number": 1,
            "title": "租约",
            "published": "2024-01-02",
            "text": made,
            "items": [
                {"question": "押金多少", "answers": [[12, 17]]},
                {"question": "物业费多少", "unsupported": [[0, 3]]},
            ],
        },
    )
    passages = list(read_passages(tmp_path, file))
    assert [passage.text for passage in passages] == [NEWS[15:], made]
    assert [passage.held_back for passage in passages] == [True, False]
    lessons = list(contrast_lessons(passages, random.Random(0)))  # noqa: S311
    assert [[one.right[a:b] for a, b in one.answers or ()] for one in lessons] == [
        ["209亿元"],
        ["3600元"],
        [],
    ]
    assert lessons[1].right.startswith("租约 2024-01-02\n")
    assert lessons[2].left[slice(*lessons[2].unsupported[0])] == "物业费"  # type: ignore[index]
    assert [one.supported for one in lessons] == [True, True, False]


@pytest.mark.parametrize("path", [CONTRASTS, QUANTITIES], ids=lambda path: path.name)
def test_every_span_of_a_shipped_file_lies_in_its_text(path: Path) -> None:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert [row["number"] for row in rows] == list(range(len(rows)))
    for row in rows:
        first, last = row.get("span", (0, len(row.get("text", ""))))
        for item in row["items"]:
            assert bool(item.get("answers")) != bool(item.get("unsupported"))
            assert all(0 <= a < b <= last - first for a, b in item.get("answers", ()))
            size = len(item["question"])
            assert all(0 <= a < b <= size for a, b in item.get("unsupported", ()))


def test_siblings_are_asked_together_and_one_of_them_answers(tmp_path: Path) -> None:
    passages = [
        {"title": "甲镇年报", "published": f"{year + 1}-01-05", "text": f"今年新建学校{n}所。"}
        for year, n in ((2021, 3), (2022, 5))
    ]
    answered = {
        "question": "2022年建了几所学校",
        "answers": {"1": "5所"},
        "lacking": {"0": ["2022年"]},
    }
    unanswered = {
        "question": "2020年建了几所学校",
        "answers": {},
        "lacking": {"0": ["2020年"], "1": ["2020年"]},
    }
    sets = [{"passages": passages, "items": [answered, unanswered]}] * (HELD_BACK + 2)
    _write(tmp_path / "siblings.jsonl.xz", *sets)
    lessons = list(sibling_lessons(tmp_path / "siblings.jsonl.xz", held_back=False))
    assert len(lessons) == HELD_BACK * 4
    first, second, third, fourth = lessons[:4]
    assert [one.supported for one in (first, second, third, fourth)] == [False, True, False, False]
    assert second.right == "甲镇年报 2023-01-05\n今年新建学校5所。"
    assert [second.right[slice(*span)] for span in second.answers or ()] == ["5所"]
    assert [first.left[slice(*span)] for span in first.unsupported or ()] == ["2022年"]
    assert first.group == second.group != third.group == fourth.group
    kept = list(sibling_lessons(tmp_path / "siblings.jsonl.xz", held_back=True))
    assert len(kept) == 2 * 4
    assert not {one.group for one in kept} & {one.group for one in lessons}


@pytest.mark.parametrize(("path", "least"), [(SIBLINGS, 5_000), (PERIODS, 1_500)])
def test_every_sibling_in_a_file_is_a_lesson(path: Path, least: int) -> None:
    lessons = list(sibling_lessons(path, held_back=False))
    assert len(lessons) > least
    for one in lessons:
        assert bool(one.answers) != bool(one.unsupported)

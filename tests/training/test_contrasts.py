"""Lessons of questions written in pairs."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import pytest

from qa.training.questions.contrasts import CONTRASTS, QUANTITIES, contrast_lessons, read_passages

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

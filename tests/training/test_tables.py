"""qa.training.questions.tables: a question of a cell, and the passages it is asked of."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

from qa.training.questions.contrasts import HELD_BACK
from qa.training.questions.tables import TABLES, read_sets, retqa_sets, table_lessons

DICE = random.Random(1)  # noqa: S311
COLUMNS = ["品名", "产地", "批发价（元/公斤）", "成交量（吨）"]


def test_a_cell_is_asked_of_its_row_and_of_what_is_near_it(tmp_path: Path) -> None:
    tables = [
        {
            "title": f"价格表_{month}月",
            "columns": COLUMNS,
            "rows": [
                ["土豆", "本地", f"2.{month}", "12.5"],
                ["红薯", "", "3.1", f"{month}"],
                *([f"第{number}种菜", "外地" * 20, "1", "2"] for number in range(4)),
            ],
        }
        for month in (5, 6)
    ]
    item = {
        "question": "6月红薯卖了多少",
        "table": 1,
        "row": 1,
        "column": 3,
        "value": "6",
        "lacking": {"0": ["6月"]},
    }
    nothing = {
        "question": "7月红薯卖了多少",
        "table": None,
        "lacking": {"0": ["7月"], "1": ["7月"]},
    }
    path = tmp_path / "tables.jsonl.xz"
    with lzma.open(path, "wt", encoding="utf-8") as file:
        for _ in range(HELD_BACK + 1):
            print(json.dumps({"tables": tables, "items": [item, nothing]}), file=file)
    lessons = list(table_lessons(read_sets(path, held_back=False), "some", DICE))
    first, answered, other, *unanswered = lessons[: len(lessons) // (HELD_BACK - 1)]
    assert answered.right.startswith("价格表_6月\n品名：土豆，产地：本地，批发价（元/公斤）：2.6")
    assert [answered.right[slice(*span)] for span in answered.answers or ()] == ["6吨"]
    assert "品名：红薯，批发价" in answered.right
    assert (first.supported, first.answers) == (False, ())
    assert first.right.startswith("价格表_5月\n")
    assert "红薯" in first.right
    assert [first.left[slice(*span)] for span in first.unsupported or ()] == ["6月"]
    assert other.right.startswith("价格表_6月\n")
    assert (other.supported, other.unsupported) == (False, None)
    assert other.right != answered.right
    assert [lesson.supported for lesson in unanswered] == [False, False]
    assert first.group == answered.group == other.group != unanswered[0].group
    assert len(list(read_sets(path, held_back=True))) == 2


def test_every_answer_of_the_file_is_its_cell() -> None:
    for held_back in (True, False):
        sets = read_sets(TABLES, held_back=held_back)
        for lesson in table_lessons(sets, "tables", DICE):
            for start, end in lesson.answers or ():
                assert lesson.right[start - 1] == "："
                assert lesson.right[end] in "，。"


def test_a_question_of_retqa_is_asked_of_the_cell_that_its_sql_selects(tmp_path: Path) -> None:
    columns = ["项目名称", "成交套数"]
    tables = [
        {
            "name": f"甲区{month}月成交表",
            "columns": columns,
            "rows": [["一期", f"{month}"], ["二期", "9"]],
        }
        for month in (5, 6)
    ]
    select = """SELECT "成交套数" FROM "甲区6月成交表" WHERE "项目名称" = '一期';"""
    rows = [
        {"question": "甲区6月一期卖了几套", "sql": select},
        {
            "question": "最多的",
            "sql": 'SELECT "项目名称" FROM "甲区6月成交表" ORDER BY "成交套数";',
        },
    ]
    (tmp_path / "retqa").mkdir()
    for name, lines in (("tables", tables), ("train", rows)):
        with lzma.open(tmp_path / "retqa" / f"{name}.jsonl.xz", "wt", encoding="utf-8") as file:
            for line in lines:
                print(json.dumps(line), file=file)
    sets = list(retqa_sets(tmp_path, DICE, 5))
    right, wrong = table_lessons(sets, "retqa", DICE)
    assert [right.right[slice(*span)] for span in right.answers or ()] == ["6"]
    assert right.right.startswith("甲区6月成交表\n项目名称：一期，成交套数：6。")
    assert (wrong.right.split("\n")[0], wrong.supported) == ("甲区5月成交表", False)

"""yinju ask --file: every question once, whatever stops it, and its answers in a sheet."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from qa import Library
from qa.cli import main, questioning
from qa.presenting.answer_rows import HEADS
from qa.questionnaire.unfinished import folder_of
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader

ROOT = Path(__file__).parents[2]
HESHAN, KAIPING = "鹤山引进了多少亿元以上项目", "开平引进了多少亿元以上项目"
QUOTE = (
    "鹤山市组建由市四套班子领导牵头挂帅的25支招商小组,大力开展产业链招商、以商引商、驻点招商,"
    "1月至9月引进亿元以上项目60个,计划总投资209亿元,均创近五年新高。"
)
PLACE = ("发展县域经济,奋力再造一个工业新鹤山", "广州日报", "2023-11-16")
ANSWERED = ("", "60个", "可靠", QUOTE, *PLACE, f"{PLACE[0]}[N]. 广州日报, 2023-11-16.", "")
REFUSED = ("", "没有找到依据", "", "", *PLACE, "", QUOTE)
EMPTY = ("",) * len(HEADS)
PARTS = "鹤山和潮州分别有多少省级农业产业园"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def library(tmp_path: Path, seeds_folder: Path) -> Path:
    path = tmp_path / "library"
    with Library.open(path, encoder=HashEncoder(), reader=RuleReader()) as opened:
        opened.sync(seeds_folder)
    return path


@pytest.fixture
def asked(library: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the command asks its library, in this order."""
    questions: list[str] = []

    class Noting(Library):
        def ask(self, question: str, *rest: Any, **options: Any) -> Any:
            questions.append(question)
            if question == "停":
                raise KeyboardInterrupt
            return super().ask(question, *rest, **options)

    monkeypatch.setattr(
        questioning,
        "open_library",
        lambda _: Noting.open(library, encoder=HashEncoder(), reader=RuleReader()),
    )
    return questions


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["yinju", "ask", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    return call


def questions(path: Path, *rows: str) -> Path:
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def from_csv(path: Path) -> list[tuple[str, ...]]:
    text = path.read_bytes().decode("utf-8-sig")
    return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))]


def from_xlsx(path: Path) -> list[tuple[Any, ...]]:
    values = openpyxl.load_workbook(path).active.values
    return [tuple("" if cell is None else cell for cell in row) for row in values]


def add_article(library: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "新.txt").write_text("恩平温泉\n\n恩平市有温泉度假村12家。\n", encoding="utf-8")
    with Library.open(library, encoder=HashEncoder(), reader=RuleReader()) as opened:
        opened.sync(folder)


# -- what is written ---------------------------------------------------------------------------


def test_a_csv_is_answered_row_by_row(run: Run, asked: list[str], tmp_path: Path) -> None:
    sheet = questions(
        tmp_path / "q.csv", "编号,问题,备注", f"1,{HESHAN},=1+1", ",,", f"2,{KAIPING},@x",
        f"3, {HESHAN} ,",
    )  # fmt: skip
    output = tmp_path / "a.csv"
    assert run("--file", sheet, "-o", output)[:2] == (
        0,
        f"已写入 written: 3 · 有依据 answered 2 · 没有依据 no evidence 1 · {output}\n",
    )
    assert from_csv(output) == [
        ("编号", "问题", "备注", *HEADS),
        ("1", HESHAN, "'=1+1", *ANSWERED),
        ("", "", "", *EMPTY),
        ("2", KAIPING, "'@x", *REFUSED),
        ("3", f" {HESHAN} ", "", *ANSWERED),
    ]
    assert asked == [HESHAN, KAIPING]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "library", "q.csv"]


def test_a_workbook_is_answered_and_can_be_asked_again(
    run: Run, asked: list[str], tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for row in (("Question", "n"), (HESHAN, 7), (None, None), (PARTS, -2.5), ("=1+1是多少", None)):
        book.active.append(row)
    book.active["A5"].data_type = "s"
    book.save(tmp_path / "q.xlsx")
    output = tmp_path / "a.xlsx"
    status, out, _ = run("--file", tmp_path / "q.xlsx", "-o", output)
    rows = from_xlsx(output)
    assert (status, out.startswith("已写入 written: 3 · 有依据 answered 2")) == (0, True)
    assert rows[:4] == [
        ("Question", "n", *HEADS),
        (HESHAN, 7, *ANSWERED),
        ("", "", *EMPTY),
        (PARTS, -2.5, "鹤山", "没有依据", *[""] * 7),
    ]
    assert rows[4][:4] == (PARTS, -2.5, "潮州", "10个")
    assert "10个省级农业产业园" in rows[4][5]
    assert rows[5][:2] == ("=1+1是多少", "")
    sheet = openpyxl.load_workbook(output).active
    assert (sheet["A6"].data_type, sheet["A6"].quotePrefix) == ("s", True)
    # What was written is a sheet of questions, too: its rows and columns are carried along.
    assert run("--file", output, "-o", tmp_path / "b.xlsx")[0] == 0
    assert [row[:11] for row in from_xlsx(tmp_path / "b.xlsx")[:3]] == [
        row[:11] for row in rows[:3]
    ]
    assert from_xlsx(tmp_path / "b.xlsx")[0] == ("Question", "n", *HEADS, *HEADS)


def test_a_thousand_questions_that_are_the_same_are_asked_once(
    run: Run, asked: list[str], tmp_path: Path
) -> None:
    sheet = questions(tmp_path / "q.csv", "问题", *[HESHAN] * 1_000)
    status, out, _ = run("--file", sheet, "-o", tmp_path / "a.xlsx")
    assert (status, asked) == (0, [HESHAN])
    assert out.startswith("已写入 written: 1000 · 有依据 answered 1000 · 没有依据 no evidence 0 · ")
    assert from_xlsx(tmp_path / "a.xlsx")[1:] == [(HESHAN, *ANSWERED)] * 1_000


def test_without_any_evidence_the_status_is_1(run: Run, asked: list[str], tmp_path: Path) -> None:
    sheet = questions(tmp_path / "q.csv", "问题", KAIPING)
    assert run("--file", sheet, "-o", tmp_path / "a.csv")[0] == 1
    assert from_csv(tmp_path / "a.csv")[1:] == [(KAIPING, *REFUSED)]
    assert asked == [KAIPING]


def test_a_question_alone_is_written_beside_being_printed(
    run: Run, asked: list[str], tmp_path: Path
) -> None:
    output = tmp_path / "t.csv"
    status, out, err = run(PARTS, "-o", output)
    assert (status, err) == (0, f"已写入 written: 2 · {output}\n")
    assert "查了 2 项，1 项有依据" in out
    rows = from_csv(output)
    assert rows[:2] == [("问题", *HEADS), (PARTS, "鹤山", "没有依据", *[""] * 7)]
    assert rows[2][:3] == (PARTS, "潮州", "10个")
    status, out, err = run(HESHAN, "-o", output)
    assert (status, out) == (2, "")
    told = f"yinju: {output} is there already; name another file, or replace it: --force\n"
    assert err == told
    assert run(KAIPING, "-o", output, "--force")[0] == 1
    assert from_csv(output)[1:] == [(KAIPING, *REFUSED)]
    assert asked == [PARTS, KAIPING]


# -- what is refused ---------------------------------------------------------------------------


def test_what_is_there_is_not_overwritten(run: Run, asked: list[str], tmp_path: Path) -> None:
    sheet = questions(tmp_path / "q.csv", "问题", HESHAN)
    (tmp_path / "a.csv").write_text("mine", encoding="utf-8")
    status, _, err = run("--file", sheet, "-o", tmp_path / "a.csv")
    assert (status, asked) == (2, [])
    assert err.endswith("a.csv is there already; name another file, or replace it: --force\n")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "mine"
    assert run("--file", sheet, "-o", tmp_path / "a.csv", "--force")[0] == 0
    assert from_csv(tmp_path / "a.csv")[1:] == [(HESHAN, *ANSWERED)]
    status, _, err = run("--file", sheet, "-o", sheet, "--force")
    assert (status, err.endswith("holds the questions; name another file for the answers\n")) == (
        2,
        True,
    )
    assert sheet.read_text(encoding="utf-8") == f"问题\n{HESHAN}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--file", "q.csv"),
        ("--file", "q.csv", "-o", "a.csv", "一问"),
        ("--file", "q.csv", "-o", "a.csv", "--json"),
        ("--file", "q.csv", "-o", "a.csv", "--history", "一问"),
        ("--file", "q.csv", "-o", "a.txt"),
        ("--file", "none.csv", "-o", "a.csv"),
        ("--file", "q.csv", "-o", "none/a.csv"),
        ("--file", "q.csv", "-o", f"{'a' * 300}.csv"),
        ("一问", "-o", "a.txt"),
        ("一问", "-o", f"{'a' * 300}.csv"),
    ],
)
def test_bad_use_is_told_and_leaves_nothing(
    run: Run, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    questions(tmp_path / "q.csv", "问题", HESHAN)
    status, out, err = run(*arguments)
    assert (status, out, asked) == (2, "", [])
    assert err
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["library", "q.csv"]


def test_filters_hold_for_every_question(run: Run, asked: list[str], tmp_path: Path) -> None:
    sheet = questions(tmp_path / "q.csv", "问题", HESHAN)
    assert run("--file", sheet, "-o", tmp_path / "a.csv", "--since", "2023-12")[0] == 1
    assert from_csv(tmp_path / "a.csv")[1][2] == "没有找到依据"
    status, _, err = run("--file", sheet, "-o", tmp_path / "b.csv", "--since", "2030")
    assert status == 2
    assert err.endswith("yinju: no article is within the filters: widen them, or leave them out\n")
    assert asked == [HESHAN, HESHAN]
    assert not folder_of(tmp_path / "b.csv").exists()


# -- what stops it -----------------------------------------------------------------------------


def test_ctrl_c_keeps_what_is_answered_and_the_same_command_goes_on(
    run: Run, asked: list[str], tmp_path: Path
) -> None:
    sheet, output = tmp_path / "q.csv", tmp_path / "a.csv"
    questions(sheet, "问题", HESHAN, KAIPING, "停")
    status, out, err = run("--file", sheet, "-o", output)
    assert (status, out, output.exists()) == (130, "", False)
    told = "yinju: interrupted; what was stored stays, run it again to continue\n"
    assert err.endswith(told)
    questions(sheet, "问题", HESHAN, KAIPING, "哪些文章提到了鹤山")
    asked.clear()
    status, _, err = run("--file", sheet, "-o", output)
    assert (status, asked) == (0, ["哪些文章提到了鹤山"])
    assert err.startswith("接着做，已有答案 going on, answers there already: 2\n")
    assert [row[:3] for row in from_csv(output)[1:3]] == [
        (HESHAN, *ANSWERED[:2]),
        (KAIPING, *REFUSED[:2]),
    ]
    assert not folder_of(output).exists()


@pytest.mark.parametrize("change", ["library", "filters"])
def test_after_a_change_all_is_asked_anew(
    run: Run, asked: list[str], tmp_path: Path, library: Path, change: str
) -> None:
    sheet, output = tmp_path / "q.csv", tmp_path / "a.csv"
    questions(sheet, "问题", HESHAN, "停")
    assert run("--file", sheet, "-o", output)[0] == 130
    questions(sheet, "问题", HESHAN, "恩平市有多少家温泉度假村")
    options: tuple[str, ...] = ("--source", "广州日报")
    if change == "library":
        options = ()
        add_article(library, tmp_path / "articles")
    asked.clear()
    status, _, err = run("--file", sheet, "-o", output, *options)
    assert asked == [HESHAN, "恩平市有多少家温泉度假村"]
    told = "文章库或筛选条件变了，重新开始 library or filters have changed, beginning anew"
    assert err.startswith(f"{told}; 作废 answers dropped: 1\n")
    found = [row[2] for row in from_csv(output)[1:]]
    if change == "library":  # whose one article is now another
        assert (status, found) == (0, ["没有找到依据", "12家"])
    else:
        assert (status, found) == (0, ["60个", "没有找到依据"])


def test_a_library_that_changes_meanwhile_is_told(
    run: Run, asked: list[str], tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = questions(tmp_path / "q.csv", "问题", HESHAN)
    write = questioning.printing.taken_up

    def change(*values: int) -> None:
        add_article(library, tmp_path / "articles")
        write(*values)

    monkeypatch.setattr(questioning.printing, "taken_up", change)
    _, _, err = run("--file", sheet, "-o", tmp_path / "a.csv")
    assert err.endswith("提问期间文章库变了 the library has changed while it was asked\n")
    assert asked == [HESHAN]


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_a_process_that_is_killed_goes_on_where_it_was(library: Path, tmp_path: Path) -> None:
    all_of_them = [f"{HESHAN}（{number}）" for number in range(12)]
    sheet = questions(tmp_path / "q.csv", "问题", *all_of_them)
    output, notes = tmp_path / "a.csv", tmp_path / "notes"

    def command(seconds: str) -> list[str]:
        start = [sys.executable, "-m", "tests.questionnaire.asking_slowly", str(library)]
        return [*start, str(notes), seconds, "ask", "--file", str(sheet), "-o", str(output)]

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    stored = folder_of(output) / "answers.jsonl"
    process = subprocess.Popen(
        command("0.3"), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 120
    while not stored.exists() or stored.read_bytes().count(b"\n") < 4:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = stored.read_bytes().count(b"\n") - 1
    assert 3 <= before < 12
    assert not output.exists()
    notes.unlink()
    done = subprocess.run(
        command("0"), cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"going on, answers there already: {before}\n" in done.stderr
    assert notes.read_text(encoding="utf-8").splitlines() == all_of_them[before:]
    assert [row[0] for row in from_csv(output)[1:]] == all_of_them
    assert {row[2] for row in from_csv(output)[1:]} == {"60个"}
    assert not folder_of(output).exists()

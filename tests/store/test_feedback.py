"""qa.store.feedback: what people said of answers, and the questions made of it."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from qa.cli import main
from qa.errors import FeedbackError, LibraryWriteError, QuestionSetError
from qa.evaluation import Case, evaluate, read_cases
from qa.store import feedback
from qa.store.feedback import LONGEST, Feedback, cases, write_cases
from qa.types import Answer, Article, Citation, Filters
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader

ROOT = Path(__file__).parents[2]
ARTICLE = Article(1, "a.txt", "题", "报", None, "", "引进60个。", "0" * 64)
ANSWERED = Answer(
    "那潮州呢？",
    "answered",
    "60个",
    (Citation(1, ARTICLE, "引进60个。", 0, 6),),
    (),
    (),
    0.9,
    0.1,
    ("引进多少",),
    "潮州引进多少",
)
SILENT = Answer("江门呢", "no_evidence", "没有找到依据", (), (), ("江门",), 0.0, 0.1)


def test_what_is_added_is_read_again(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    assert kept.read() == ([], 0)
    first = kept.add(ANSWERED, "up", history=["鹤山引进多少"])
    second = kept.add(SILENT, "down", "missed", comment="有的\n“第二行”", expected="8个")
    assert Feedback(tmp_path).read() == ([first, second], 0)
    assert first.quotes == ("引进60个。",)
    assert (first.question, first.reading, first.path) == ("那潮州呢？", "潮州引进多少", "a.txt")
    assert (second.comment, second.status, second.path) == ("有的\n“第二行”", "no_evidence", "")
    told = datetime.fromisoformat(first.time)
    assert abs((datetime.now(timezone.utc) - told).total_seconds()) < 60


def test_a_question_within_filters_is_asked_again_within_them(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for year, count in (("2022", 41), ("2023", 60)):
        text = f"鹤山招商\n来源：江门日报 {year}-11-16\n\n鹤山市引进亿元以上项目{count}个。\n"
        (folder / f"{year}.txt").write_text(text, encoding="utf-8")
    filters = Filters(until=date(2022, 12, 31), path="/2022")
    path = tmp_path / "cases.json"
    with Library.open(tmp_path / "library", encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(folder)
        library.feedback.add(library.ask("鹤山引进了多少亿元以上项目", filters=filters), "up")
        entries, damaged = library.feedback.read()
        assert ([entry.filters for entry in entries], damaged) == ([filters], 0)
        write_cases(cases(entries), path)
        (outcome,) = evaluate(library, read_cases(path))
    assert (outcome.answer.text, outcome.answer.filters, outcome.right) == ("41个", filters, True)


def test_long_fields_are_cut_and_broken_text_is_kept_readable(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    kept.add(ANSWERED, "down", "other", comment="长" * 10_000, history=["\ud800问"] * 50)
    (entry,), damaged = kept.read()
    assert (len(entry.comment), len(entry.history), damaged) == (LONGEST, 6, 0)
    assert entry.history[0] == "?问"


@pytest.mark.parametrize(("verdict", "reason"), [("sideways", ""), ("up", "because"), ("", "")])
def test_unknown_verdicts_and_reasons_are_refused(
    tmp_path: Path, verdict: Any, reason: Any
) -> None:
    with pytest.raises(FeedbackError, match="there is no feedback"):
        Feedback(tmp_path).add(ANSWERED, verdict, reason)
    assert not (tmp_path / "feedback.jsonl").exists()


def test_a_line_that_a_crash_cut_short_costs_only_itself(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    first = kept.add(ANSWERED, "up")
    kept.path.write_bytes(kept.path.read_bytes() + kept.path.read_bytes()[:-40])
    second = kept.add(SILENT, "up")
    assert kept.read() == ([first, second], 1)


def test_a_full_file_takes_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Feedback(tmp_path)
    entry = kept.add(ANSWERED, "up")
    monkeypatch.setattr(feedback, "MAX_BYTES", kept.path.stat().st_size)
    with pytest.raises(FeedbackError, match="is full"):
        kept.add(ANSWERED, "up")
    assert kept.read() == ([entry], 0)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    kept.path.mkdir()
    with pytest.raises(LibraryWriteError, match="cannot be written"):
        kept.add(ANSWERED, "up")
    with pytest.raises(FeedbackError, match="cannot be read"):
        kept.read()


def test_threads_and_processes_write_whole_lines(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from qa.store.feedback import Feedback;"
        "from qa.types import Answer;"
        "kept = Feedback(Path(sys.argv[1]));"
        "[kept.add(Answer(f'{sys.argv[2]}.{n}', 'no_evidence', '', (), (), (), 0.0, 0.0), 'up')"
        " for n in range(20)]"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)], cwd=ROOT)
        for number in range(3)
    ]
    kept = Feedback(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            pool.submit(kept.add, ANSWERED, "up")
    assert [process.wait() for process in running] == [0, 0, 0]
    entries, damaged = kept.read()
    assert (len(entries), damaged) == (80, 0)
    asked = [entry.question for entry in entries]
    assert all(
        [n for n in asked if n.startswith(f"{p}.")] == [f"{p}.{n}" for n in range(20)]
        for p in range(3)
    )


def said(question: str, text: str) -> Answer:
    return Answer(question, "answered", text, (), (), (), 0.9, 0.1)


def test_feedback_becomes_questions(tmp_path: Path) -> None:
    kept = Feedback(tmp_path)
    kept.add(ANSWERED, "up", history=["鹤山引进多少"])
    kept.add(SILENT, "up")
    kept.add(said("甲", "1个\n2个"), "up")
    kept.add(said("乙", "1个"), "down", "unfounded")
    kept.add(said("丙", "1个"), "down", "wrong")
    kept.add(said("丁", "1个"), "down", "wrong", expected=" 3个 ")
    kept.add(said("戊", "1个"), "up")
    kept.add(said("戊", "1个"), "down", "unfounded")
    file = tmp_path / "questions.json"
    write_cases(cases(kept.read()[0]), file)
    assert read_cases(file) == [
        Case(
            question="那潮州呢？",
            answers=["60个"],
            kind="feedback",
            history=["鹤山引进多少"],
            doc="a.txt",
        ),
        Case(question="江门呢", answers=[], kind="feedback"),
        Case(question="甲", answers=["1个", "2个"], kind="feedback"),
        Case(question="乙", answers=[], kind="feedback"),
        Case(question="丁", answers=["3个"], kind="feedback"),
        Case(question="戊", answers=[], kind="feedback"),
    ]


def test_a_library_keeps_feedback_that_an_evaluation_confirms(
    seeds_folder: Path, tmp_path: Path
) -> None:
    with Library.open(tmp_path, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(seeds_folder)
        first = library.ask("鹤山引进了多少亿元以上项目")
        second = library.ask("那总投资呢？", [first])
        library.feedback.add(first, "up")
        library.feedback.add(second, "up", history=[first.question])
        library.feedback.add(library.ask("鹤山有多少座水库"), "up")
        file = tmp_path / "questions.json"
        write_cases(cases(library.feedback.read()[0]), file)
        outcomes = evaluate(library, read_cases(file))
    assert [outcome.right for outcome in outcomes] == [True, True, True]
    assert [outcome.answer.text for outcome in outcomes[:2]] == ["60个", "209亿元"]


def test_the_command_counts_and_exports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["yinju", "feedback", *arguments, "-l", str(tmp_path)])
        with pytest.raises(SystemExit) as left:
            main()
        return int(left.value.code or 0)

    Library.open(tmp_path).close()
    Feedback(tmp_path).add(ANSWERED, "up")
    Feedback(tmp_path).add(ANSWERED, "down", "wrong", history=["甲"])
    assert run() == 0
    assert capsys.readouterr().out == "👍 1 · 👎 1 · 无法读取 unreadable: 0\n"
    file = tmp_path / "questions.json"
    assert run("--export", str(file)) == 0
    assert capsys.readouterr().out.endswith(f"已导出 exported: 1 · {file}\n")
    assert [row["question"] for row in json.loads(file.read_text(encoding="utf-8"))] == [
        "那潮州呢？"
    ]
    assert run("--export", str(tmp_path / "nowhere" / "questions.json")) == 2
    assert "questions.json cannot be written" in capsys.readouterr().err
    with pytest.raises(QuestionSetError):
        read_cases(tmp_path / "nowhere" / "questions.json")

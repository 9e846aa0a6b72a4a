"""qa.cli.watchlist: kept, dropped, reviewed, listed; exit statuses, and what a sync tells."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qa import Library
from qa.cli import main
from qa.cli.watching import following
from qa.errors import LibraryBusyError
from qa.types import Filters
from qa.watchlist.watchlist import saved_id
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader
from tests.serving import ARTICLES, HESHAN, library_of

Run = Callable[..., tuple[int, str, str]]
OLD = "鹤山市1月至9月引进亿元以上项目60个,创新高。"
ID = saved_id(HESHAN, Filters())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    with library_of(tmp_path / "library"):
        return tmp_path / "library"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: Path) -> Run:
    opened = Library.open

    def cheap(path: Path, *, create: bool = True) -> Library:
        return opened(path, create=create, encoder=HashEncoder(), reader=RuleReader())

    monkeypatch.setattr(Library, "open", cheap)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["yinju", *arguments, "-l", str(place)])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    return call


def change(place: Path, old: str = "60", new: str = "75") -> str:
    folder = place.parent / "articles"
    (folder / "鹤山.txt").write_text(ARTICLES["鹤山.txt"].replace(old, new), encoding="utf-8")
    return str(folder)


def test_a_question_is_kept_told_of_after_a_sync_and_dropped(run: Run, place: Path) -> None:
    assert run("watchlist") == (0, "没有关注的问题 no question is kept\n", "")
    listed = (
        f"{ID}  {HESHAN}\n      60个\n      “{OLD}”\n"
        "      《鹤山提速》 · 广州日报 · 2023-11-16 · 鹤山.txt\n"
    )
    assert run("watchlist", "--keep", HESHAN) == (0, listed, "")
    assert run("watchlist") == (0, listed, "")
    assert run("watchlist", "--review") == (0, "没有变化 nothing changed\n", "")
    folder = change(place)
    status, out, _ = run("sync", folder)
    told = out[out.index("关注的问题有变化") :].splitlines()
    assert status == 0
    assert told[1] == f"{ID}  {HESHAN}"
    assert told[2].startswith("    答案变了 another answer · ")
    assert told[3:5] == ["    - 60个", f"      “{OLD}”"]
    assert told[6:8] == ["    + 75个", f"      “{OLD.replace('60', '75')}”"]
    assert run("watchlist", "--review")[0] == 0
    assert run("watchlist", "--drop", HESHAN) == (0, f"已取消关注 dropped: {HESHAN}\n", "")
    status, out, err = run("watchlist", "--drop", HESHAN)
    assert (status, out) == (2, "")
    assert err == (f"yinju: there is no saved question '{HESHAN}'; 'yinju watchlist' lists them\n")


def test_a_review_that_finds_a_change_exits_with_1(run: Run, place: Path) -> None:
    run("watchlist", "--keep", HESHAN, "--source", "广州日报")
    folder = change(place)
    with Library(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(folder)
    status, out, _ = run("watchlist", "--review", "--json")
    (saved,) = json.loads(out)
    assert status == 1
    assert (saved["change"], saved["before"]["quote"], saved["answer"]["text"]) == (
        *("answer", OLD),
        "75个",
    )
    assert saved["filters"]["source"] == "广州日报"
    assert run("watchlist", "--drop", saved["id"])[0] == 0


def test_a_sync_as_json_prints_its_report_alone(run: Run, place: Path) -> None:
    run("watchlist", "--keep", HESHAN)
    status, out, _ = run("sync", change(place), "--json")
    assert (status, json.loads(out)["updated"]) == (0, ["鹤山.txt"])
    assert json.loads(run("watchlist", "--json")[1])[0]["change"] == "answer"


def test_a_question_that_cannot_be_asked_is_told_and_the_sync_is_done(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("watchlist", "--keep", HESHAN)

    def fails(*_: object, **__: object) -> None:
        raise LibraryBusyError("database_busy", "{name} is busy", name="it")

    monkeypatch.setattr(Library, "ask", fails)
    status, out, err = run("sync", change(place))
    assert (status, err.strip()) == (0, f"yinju: {HESHAN}: it is busy")
    assert "更新 updated 1" in out
    assert run("watchlist", "--review")[0::2] == (2, f"yinju: {HESHAN}: it is busy\n")


def test_what_changed_is_written_as_a_word_document(run: Run, place: Path, tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    run("watchlist", "--keep", HESHAN)
    run("sync", change(place))
    file = tmp_path / "变化.docx"
    status, _, err = run("watchlist", "--digest", str(file))
    assert (status, err) == (0, f"已写入 written: {file}\n")
    texts = [part.text for part in docx.Document(io.BytesIO(file.read_bytes())).paragraphs]
    assert texts[2] == HESHAN
    assert "之前：60个" in texts
    assert "现在：75个" in texts
    status, _, err = run("watchlist", "--digest", str(tmp_path / "nowhere" / "x.docx"))
    assert status == 2
    assert "x.docx cannot be written" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--keep", "甲", "--drop", "乙"),
        ("--source", "报"),
        ("--keep", "甲", "--digest", "x.docx"),
        ("--digest", "x.txt"),
    ],
)
def test_what_does_not_go_together_is_refused(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("watchlist", *arguments)[:2] == (2, "")
    assert run("watchlist", "--json") == (0, "[]\n", "")


def test_who_follows_a_folder_reviews_after_each_sync(place: Path) -> None:
    with Library(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.watchlist.keep(HESHAN)
        change(place)
        with following(library):
            deadline = time.monotonic() + 30
            while library.watchlist.questions()[0].answer.text != "75个":
                assert time.monotonic() < deadline
                time.sleep(0.05)

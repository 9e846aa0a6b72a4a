"""The command line: names, fields, exit statuses, and errors in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

import qa
from qa import Library
from qa.cli import main, questioning, servers, watching
from qa.cli.filters import first_day, last_day
from qa.search import encoders
from tests.conftest import HashEncoder
from tests.llm_server import says, sends, serving
from tests.rule_reader import RuleReader
from ui import app
from ui.guard.settings import ServerSettings

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]
ARTICLE_FIELDS = {"id", "title", "source", "published", "path"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["yinju", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        printed = capsys.readouterr()
        return int(left.value.code or 0), printed.out, printed.err

    return call


@pytest.fixture(scope="module")
def library(seeds_library: Any) -> str:
    return str(seeds_library.path)


def test_ask_prints_the_answer_the_quote_and_its_origin(run: Run, library: str) -> None:
    status, out, err = run("ask", "鹤山引进了多少亿元以上项目", "--library", library)
    assert status == 0
    assert out.startswith("60个 [1]\n")
    assert "1月至9月引进亿元以上项目60个,计划总投资209亿元" in out
    assert "发展县域经济,奋力再造一个工业新鹤山 · 广州日报 · 2023-11-16" in out
    assert "Traceback" not in err


def test_ask_json_has_exactly_the_fields_of_the_data_model(run: Run, library: str) -> None:
    status, out, _ = run("ask", "鹤山引进了多少亿元以上项目", "--json", "-l", library)
    answer = json.loads(out)
    assert status == 0
    assert set(answer) == {
        "question",
        "status",
        "text",
        "citations",
        "related",
        "missing_terms",
        "confidence",
        "seconds",
        "carried",
        "nearest",
        "table",
        "kind",
        "listing",
        "suggestions",
        "reading",
        "filters",
    }
    citation = answer["citations"][0]
    assert set(citation) == {"number", "article", "quote", "start", "end"}
    assert set(citation["article"]) == ARTICLE_FIELDS
    assert (answer["status"], answer["text"]) == ("answered", "60个")
    assert citation["article"]["published"] == "2023-11-16"
    text = (ROOT / "seeds" / citation["article"]["path"]).read_text(encoding="utf-8")
    assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_dry_run_makes_no_library(run: Run, tmp_path: Path) -> None:
    folder, place = tmp_path / "articles", tmp_path / "library"
    folder.mkdir()
    (folder / "甲.txt").write_text("鹤山引进项目60个。", encoding="utf-8")
    status, out, _ = run("sync", str(folder), "--dry-run", "--json", "-l", str(place))
    assert (status, json.loads(out)["added"]) == (0, ["甲.txt"])
    assert not place.exists()
    assert run("sync", str(folder), "-l", str(place))[0] == 0
    status, out, _ = run("sync", str(folder), "--dry-run", "--json", "-l", str(place))
    assert (status, json.loads(out)["added"], json.loads(out)["unchanged"]) == (0, [], ["甲.txt"])


def test_no_evidence_is_exit_status_1_and_names_what_is_missing(run: Run, library: str) -> None:
    status, out, _ = run("ask", "开平引进了多少亿元以上项目", "-l", library)
    assert status == 1
    assert "没有找到依据" in out
    assert "最接近的原文（不是答案）：" in out
    assert "其中没有说到：开平" in out
    status, out, _ = run("ask", "开平引进了多少亿元以上项目", "-l", library, "--json")
    answer = json.loads(out)
    assert (status, answer["status"], answer["citations"]) == (1, "no_evidence", [])
    assert "开平" in answer["missing_terms"]
    assert set(answer["related"][0]) == {
        "passage",
        "article",
        "text",
        "score",
        "dense",
        "lexical",
    }


def test_history_completes_a_follow_up(run: Run, library: str) -> None:
    status, out, _ = run(
        "ask", "那总投资呢？", "--history", "鹤山引进了多少亿元以上项目", "-l", library
    )
    assert status == 0
    assert out.startswith("209亿元")


def test_search_prints_ranked_passages_with_both_scores(run: Run, library: str) -> None:
    status, out, _ = run("search", "亿元以上项目", "-k", "3", "--json", "-l", library)
    hits = json.loads(out)
    assert (status, len(hits)) == (0, 3)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert set(hits[0]["article"]) == ARTICLE_FIELDS
    assert "亿元以上项目" in hits[0]["text"]
    status, out, _ = run("search", "项目", "--since", "2030-01-01", "-l", library)
    assert (status, out.strip()) == (1, "没有找到段落")


HESHAN = "鹤山引进了多少亿元以上项目"
OF_HESHAN = "004_d6bc51ccf7696407.txt"


@pytest.mark.parametrize(
    "options",
    [
        ("--source", "广州日报", "--since", "2023", "--until", "2023"),
        ("--since", "2023-11", "--until", "2023-11"),
        ("--since", "2023-11-16", "--until", "2023-11-16"),
        ("--article", OF_HESHAN),
        ("--path", "/004"),
    ],
    ids=" ".join,
)
def test_filters_keep_a_question_within_what_they_admit(
    run: Run, library: str, options: tuple[str, ...]
) -> None:
    status, out, _ = run("ask", HESHAN, *options, "--json", "-l", library)
    answer = json.loads(out)
    assert (status, answer["text"]) == (0, "60个")
    assert {cited["article"]["path"] for cited in answer["citations"]} == {OF_HESHAN}
    status, out, _ = run("search", "项目", *options, "--json", "-l", library)
    assert status == 0
    for hit in json.loads(out):
        assert hit["article"]["published"].startswith("2023-11")


@pytest.mark.parametrize("options", [("--since", "2030"), ("--until", "1999-02"), ("--path", "/4")])
def test_a_question_to_no_article_is_told(run: Run, library: str, options: tuple[str, ...]) -> None:
    status, out, err = run("ask", HESHAN, *options, "-l", library)
    assert (status, out) == (2, "")
    assert err == "yinju: no article is within the filters: widen them, or leave them out\n"
    status, out, _ = run("search", HESHAN, *options, "-l", library)
    assert (status, out.strip()) == (1, "没有找到段落")


@pytest.mark.parametrize("value", ["23", "2023-1", "2023-13", "2023-02-30", "20231116", "去年"])
def test_what_is_no_date_is_bad_use(run: Run, library: str, value: str) -> None:
    for option in ("--since", "--until"):
        status, out, err = run("search", "项目", option, value, "-l", library)
        assert (status, out) == (2, "")
        assert f"'{option}'" in err
        assert "Traceback" not in err


def test_a_period_ends_with_its_last_day() -> None:
    values = ("2024", "2024-02", "2023-02", "2024-02-05")
    assert [first_day(value).isoformat() for value in values] == [
        *("2024-01-01", "2024-02-01", "2023-02-01", "2024-02-05")
    ]
    assert [last_day(value).isoformat() for value in values] == [
        *("2024-12-31", "2024-02-29", "2023-02-28", "2024-02-05")
    ]


def test_status_show_and_remove(run: Run, tmp_path: Path) -> None:
    place = str(tmp_path / "library")
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("鹤山概况\n\n鹤山市有镇9个。\n", encoding="utf-8")
    (folder / ".b.txt").write_text("x", encoding="utf-8")
    status, out, _ = run("sync", str(folder), "--library", place, "--json")
    assert status == 0
    assert json.loads(out) == {
        "added": ["a.txt"],
        "updated": [],
        "removed": [],
        "unchanged": [],
        "failed": [],
        "renamed": [],
        "reposts": [],
        "left_out": {"hidden": 1, "temporary": 0, "system": 0, "links": 0, "sockets": 0},
        "read": [
            {
                "path": "a.txt",
                "kind": "plain",
                "articles": 1,
                "characters": 15,
                "pages": 0,
                "recognized": 0,
            }
        ],
    }
    status, out, _ = run("status", "--json", "--library", place)
    found = json.loads(out)
    assert (status, found["articles"], found["fresh"], found["stale_model"]) == (0, 1, True, False)
    _, out, _ = run("status", "--library", place)
    assert "索引与文件夹一致" in out
    status, out, _ = run("show", "a.txt", "--library", place)
    assert status == 0
    assert out.endswith("鹤山市有镇9个。\n\n")
    status, out, _ = run("remove", "a.txt", "--library", place)
    assert (status, out) == (0, "已移除 removed: a.txt\n")
    status, out, err = run("show", "a.txt", "--library", place)
    assert (status, out) == (2, "")
    assert err == "yinju: there is no article 'a.txt'; 'yinju status' lists them\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sync", "/no/such/folder"), "yinju: there is no folder /no/such/folder; name the folder"),
        (("ask", "  "), "yinju: the question is empty; ask something"),
        (("eval", "/no/such/file.json"), "yinju: /no/such/file.json cannot be read"),
        (("rebuild", "--model", "nobody/nothing"), "yinju: the embedding model 'nobody/nothing'"),
    ],
)
def test_errors_are_one_line_with_exit_status_2(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    Library.open(tmp_path / "library").close()
    status, out, err = run(*arguments, "--library", str(tmp_path / "library"))
    assert status == 2
    assert out == ""
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version") == (0, f"yinju {qa.__version__}\n", "")


def test_a_shell_completes_commands(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, _ = run("--show-completion", "bash")
    assert status == 0
    assert "_YINJU_COMPLETE=complete_bash" in out
    monkeypatch.setenv("_YINJU_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "yinju se")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert run()[:2] == (0, "search\nserve\n")


NEED_A_LIBRARY = (
    *(("ask", "几个？"), ("search", "项目"), ("status",), ("show", "a.txt"), ("remove", "a.txt")),
    *(("export", "backup.yinju"), ("rebuild",), ("feedback",), ("serve",), ("mcp",)),
    *(("watchlist",), ("watchlist", "--review"), ("watchlist", "--keep", "几个？")),
    *(("serve", "--watch"), ("status", "--json"), ("work", "articles")),
)


@pytest.mark.parametrize("arguments", NEED_A_LIBRARY, ids=" ".join)
def test_a_library_that_is_not_there_is_an_error_and_is_not_made(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "articles").mkdir()
    Library.open(tmp_path / "library").close()
    before = sorted(tmp_path.rglob("*"))
    for named, hint in (("librray", " (did you mean library?)"), ("articles", "")):
        status, out, err = run(*arguments, "--library", named)
        assert (status, out) == (2, "")
        assert err == (
            f"yinju: there is no library in {named}{hint}; name another with --library, or make"
            f" this one: yinju sync FOLDER --library {named}\n"
        )
    monkeypatch.setenv("YINJU_LIBRARY", "elsewhere")
    assert run(*arguments)[2].startswith("yinju: there is no library in elsewhere; name another")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_mistyped_folder_or_backup_makes_no_library(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = run("sync", "sedes")
    assert (status, err) == (
        2,
        "yinju: there is no folder sedes; name the folder of articles\n",
    )
    status, _, err = run("import", "bakcup.yinju")
    assert (status, err) == (
        2,
        "yinju: bakcup.yinju cannot be imported: No such file or directory\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_a_library_cannot_be_made_where_a_file_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, _, err = run("sync", str(tmp_path), "--library", str(tmp_path / "file"))
    assert status == 2
    assert err == (
        f"yinju: the library folder {tmp_path / 'file'} cannot be made: File exists; name another"
        " folder\n"
    )
    status, _, err = run("status", "--library", str(tmp_path / "file"))
    assert status == 2
    assert err.startswith(f"yinju: there is no library in {tmp_path / 'file'}; name another")


@pytest.mark.parametrize("arguments", [("ask",), ("search", "x", "-k", "0"), ("nonsense",)])
def test_bad_use_is_exit_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    status, _, err = run(*arguments)
    assert status == 2
    assert "Traceback" not in err


def test_eval_prints_figures_by_kind(run: Run, library: str, tmp_path: Path) -> None:
    questions = tmp_path / "questions.json"
    cases = [
        {"question": "鹤山引进了多少亿元以上项目", "answers": ["60个"], "kind": "number"},
        {"question": "开平引进了多少亿元以上项目", "answers": [], "kind": "unanswerable"},
    ]
    questions.write_text(json.dumps(cases), encoding="utf-8")
    status, out, _ = run("eval", str(questions), "--json", "-l", library)
    report = json.loads(out)
    assert status == 0
    figures = {row["kind"]: row for row in report["summary"]}
    assert figures["number"]["first_quote"] == figures["number"]["span"] == 1
    assert figures["unanswerable"]["abstained"] == 1
    assert all(outcome["right"] for outcome in report["outcomes"])
    status, out, _ = run("eval", str(questions), "-l", library)
    assert "all answerable" in out
    assert "confidence" not in out
    status, out, _ = run("eval", str(questions), "--curve", "-l", library)
    assert "confidence ≥" in out


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("--help",), ("status",)])
def test_help_and_status_start_quickly(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    environment = {**os.environ, "YINJU_LIBRARY": str(tmp_path / "library")}
    Library.open(tmp_path / "library").close()

    def seconds(code: str) -> float:
        """Of processor, which a busy machine does not change much."""
        command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
        spent = []
        for _ in range(5):
            before = os.times()
            subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
            after = os.times()
            spent.append(after.children_user + after.children_system)
            spent[-1] -= before.children_user + before.children_system
        return min(spent)

    # Held against what any such program needs on this processor; torch alone would be ten times it.
    needed = seconds("import sqlite3, typer, pydantic, rich.progress, rich.table")
    assert seconds("from qa.cli import main; main()") < 6 * needed


@pytest.fixture
def light(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seeds_folder: Path, hash_encoder: Any
) -> None:
    """Have the command open a library of the sample articles that needs no torch."""
    path = tmp_path / "library"
    with Library.open(path, encoder=hash_encoder, reader=RuleReader()) as library:
        library.sync(seeds_folder)
    monkeypatch.setattr(
        questioning,
        "open_library",
        lambda _: Library.open(path, encoder=hash_encoder, reader=RuleReader()),
    )


QUESTION = "鹤山引进了多少亿元以上项目"


@pytest.mark.usefixtures("light")
def test_prose_of_a_language_model_is_printed_as_far_as_the_quotes_bear_it_out(run: Run) -> None:
    written = "鹤山市1月至9月引进亿元以上项目60个。[1]鹤山市引进亿元以上项目61个。[1]"
    with serving(says(written)) as server:
        status, out, err = run("ask", QUESTION, "--llm", server.url, "--llm-model", "m")
        asked_as_json = run("ask", QUESTION, "--json", "--llm", server.url, "--llm-model", "m")
    assert (status, err) == (0, "")
    assert out.startswith(
        "鹤山市1月至9月引进亿元以上项目60个。 [1]\n"
        "鹤山市引进亿元以上项目61个。  未经原文证实：61个\n"
        "[1] "
    )
    answer = json.loads(asked_as_json[1])
    assert answer["text"] == "60个"
    assert answer["prose"] == {
        "sentences": [
            {
                "text": "鹤山市1月至9月引进亿元以上项目60个。",
                "numbers": [1],
                "verified": True,
                "problem": "",
            },
            {
                "text": "鹤山市引进亿元以上项目61个。",
                "numbers": [1],
                "verified": False,
                "problem": "61个",
            },
        ],
        "answered": True,
    }


@pytest.mark.usefixtures("light")
def test_the_answer_leads_where_verified_prose_does_not_say_it(run: Run) -> None:
    with serving(says("鹤山市引进亿元以上项目61个。[1]")) as server:
        _, out, _ = run("ask", QUESTION, "--llm", server.url, "--llm-model", "m")
    assert out.startswith("60个 [1]\n鹤山市引进亿元以上项目61个。  未经原文证实：61个\n[1] ")


@pytest.mark.usefixtures("light")
def test_the_answer_comes_alone_where_the_language_model_fails(run: Run) -> None:
    with serving(sends(b"", status=500)) as server:
        status, out, err = run("ask", QUESTION, "--llm", server.url, "--llm-model", "m")
    assert status == 0
    assert out.startswith("60个 [1]\n[1] ")
    assert err == f"yinju: the language model at {server.url}/chat/completions refuses: HTTP 500\n"


@pytest.mark.usefixtures("light")
def test_a_language_model_is_asked_about_evidence_only(run: Run) -> None:
    with serving(says("开平引进60个。[1]")) as server:
        question = "开平引进了多少亿元以上项目"
        status, out, err = run("ask", question, "--llm", server.url, "--llm-model", "m")
    assert (status, err, server.asked) == (1, "", [])
    assert out.startswith("没有找到依据")


@pytest.mark.parametrize("option", [("--llm", "http://127.0.0.1:1/v1"), ("--llm-model", "m")])
def test_a_server_and_a_model_belong_together(run: Run, option: tuple[str, str]) -> None:
    for command in (("ask", QUESTION), ("serve",)):
        status, _, err = run(*command, *option)
        assert status == 2
        assert "belong together" in err


def test_an_address_that_is_none_is_told_in_one_line(run: Run) -> None:
    status, _, err = run("ask", QUESTION, "--llm", "here", "--llm-model", "m")
    assert (status, err.count("\n")) == (2, 1)
    assert "is no address of a server" in err


def test_limits_of_uploads_reach_the_server(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ServerSettings] = []
    monkeypatch.setattr(app, "serve", lambda _, settings, **__: started.append(settings))
    monkeypatch.setattr(servers, "open_library", lambda *_, **__: nullcontext(None))
    assert run("serve", "--max-upload", "3", "--max-uploads", "7")[0] == 0
    assert run("serve")[0] == 0
    assert (started[0].max_upload_bytes, started[0].max_upload_files) == (3 << 20, 7)
    assert started[1] == ServerSettings()  # the options' defaults are the server's


def test_serving_a_folder_makes_its_library_and_follows_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, place = tmp_path / "articles", tmp_path / "library"
    folder.mkdir()
    (folder / "a.txt").write_text("鹤山市有镇9个。", encoding="utf-8")
    followed: list[str | None] = []
    monkeypatch.setattr(
        watching, "following", lambda library: nullcontext(followed.append(library.status().folder))
    )
    monkeypatch.setattr(app, "serve", lambda library, **_: followed.append(str(library.count)))
    status, out, _ = run("serve", str(folder), "--library", str(place))
    assert status == 0
    assert followed == [str(folder), "1"]
    assert "http://127.0.0.1:7860" in out
    status, _, err = run("serve", str(tmp_path / "sedes"), "--library", str(tmp_path / "other"))
    assert status == 2
    assert "there is no folder" in err
    assert not (tmp_path / "other").exists()


def test_verify_names_what_is_damaged_and_mends_it(run: Run, tmp_path: Path) -> None:
    folder, place = tmp_path / "articles", str(tmp_path / "library")
    folder.mkdir()
    (folder / "a.txt").write_text("鹤山去年修路12公里。", encoding="utf-8")
    with Library.open(place, encoder=HashEncoder()) as library:
        library.sync(folder)
        with library.store.transaction(revises=False):
            library.store.database.execute("UPDATE articles SET title = '别的'")
        assert library.verify().damaged
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders, "SentenceTransformerEncoder", lambda *_, **__: HashEncoder())
        status, out, _ = run("verify", "-l", place)
        assert status == 1
        assert out.startswith("文章 articles 1 · 段落 passages 1 · 损坏 damaged 1\n  ✗ a.txt: ")
        status, out, _ = run("status", "-l", place)
        assert (status, "别的" in out) == (0, True)
        status, out, err = run("show", "a.txt", "-l", place)
        assert (status, out) == (2, "")
        assert "a.txt is damaged" in err
        status, out, _ = run("verify", "--json", "-l", place)
        damages = json.loads(out)["damaged"]
        assert (status, [damage["code"] for damage in damages]) == (1, ["article_damaged"])
        status, out, _ = run("verify", "--mend", "-l", place)
        assert status == 0
        assert "修好 mended 1 · 完好 sound\n  ✓ a.txt: " in out
        sound = "文章 articles 1 · 段落 passages 1 · 完好 sound\n"
        assert run("verify", "-l", place)[:2] == (0, sound)


def test_history_and_undo_tell_what_a_sync_changed(run: Run, tmp_path: Path) -> None:
    folder, place = tmp_path / "articles", str(tmp_path / "library")
    folder.mkdir()
    (folder / "a.txt").write_text("鹤山去年修路12公里。", encoding="utf-8")
    with Library.open(place, encoder=HashEncoder()) as library:
        library.sync(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders, "SentenceTransformerEncoder", lambda *_, **__: HashEncoder())
        status, out, _ = run("history", "-l", place)
        assert status == 0
        counts = "新增 added 1 · 更新 updated 0 · 移除 removed 0 · 改名 renamed 0"
        assert out.startswith("   1  20")
        assert out.endswith(f"{counts} · 可撤销 can be undone\n      {folder}\n      + a.txt\n")
        status, out, _ = run("undo", "-l", place)
        assert status == 0
        assert out.startswith("已撤销 undone:\n   1  20")
        status, out, err = run("undo", "-l", place)
        assert (status, out) == (2, "")
        assert "no sync that can be undone" in err
        status, out, _ = run("history", "--json", "-l", place)
        (record,) = json.loads(out)
        assert (record["number"], record["added"], record["can_undo"]) == (1, ["a.txt"], False)
        assert record["undone"] >= record["time"]
        assert run("search", "修路", "-l", place)[0] == 1

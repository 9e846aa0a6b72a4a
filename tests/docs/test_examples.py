"""The programs in ``docs/examples`` on the sample articles."""

from __future__ import annotations

import csv
import runpy
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from tests.docs.pages import DOCS
from tests.serving import library_of, serving

pytestmark = pytest.mark.slow
ASKED = "鹤山引进了多少亿元以上项目"
QUOTED = "1月至9月引进亿元以上项目60个,计划总投资209亿元"
ORIGIN = "    发展县域经济,奋力再造一个工业新鹤山 · 广州日报 · 2023-11-16"
Main = Callable[[Sequence[str]], int]


def program(name: str) -> Main:
    main: Main = runpy.run_path(str(DOCS / "examples" / f"{name}.py"))["main"]
    return main


def test_ask(
    seeds_folder: Path, seeds_library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "articles"
    shutil.copytree(seeds_folder, folder)
    seeds_library.export(tmp_path / "backup")
    Library.restore(tmp_path / "backup", tmp_path / "articles.library")
    assert program("ask")([str(folder), ASKED, "那总投资呢？"]) == 0
    first, quote, origin, second, *_ = capsys.readouterr().out.splitlines()
    assert (first, second) == ("60个", "209亿元")
    assert quote.startswith("[1] ")
    assert QUOTED in quote
    assert origin == f"{ORIGIN} · 004_d6bc51ccf7696407.txt"
    assert program("ask")([str(folder), "开平引进了多少亿元以上项目"]) == 1
    assert capsys.readouterr().out == "没有找到依据\n最接近的段落没有提到：开平\n"
    assert program("ask")([str(tmp_path / "nowhere"), ASKED]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert program("ask")([]) == 2


def test_batch(seeds_library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions, answers = tmp_path / "questions.csv", tmp_path / "answers.csv"
    rows = f"编号,问题\n7,{ASKED}\n8,开平引进了多少亿元以上项目\n"
    questions.write_text(rows, encoding="utf-8-sig")
    arguments = [str(seeds_library.path), str(questions), str(answers)]
    assert program("batch")(arguments) == 0
    assert capsys.readouterr().out == "1 / 2\n"
    assert answers.read_bytes().startswith(b"\xef\xbb\xbf")  # by which Excel knows the encoding
    with answers.open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["编号"], first["答案"], first["来源"]) == ("7", "60个", "广州日报")
    assert (first["日期"], first["文件"]) == ("2023-11-16", "004_d6bc51ccf7696407.txt")
    assert QUOTED in first["引文"]
    assert 0.5 <= float(first["把握"]) <= 1
    assert second == {"编号": "8", "问题": "开平引进了多少亿元以上项目"} | dict.fromkeys(
        ("答案", "引文", "标题", "来源", "日期", "文件", "把握"), ""
    )
    questions.write_text(rows, encoding="gb18030")  # as Excel saves it on a Chinese Windows
    before = answers.read_bytes()
    assert program("batch")(arguments) == 0
    assert answers.read_bytes() == before
    questions.write_text("a,b\n1,2\n", encoding="utf-8")
    capsys.readouterr()
    assert program("batch")(arguments) == 2
    assert "has no column 问题 or question" in capsys.readouterr().err


def test_no_cell_of_the_batch_is_a_formula() -> None:
    harmless: Any = runpy.run_path(str(DOCS / "examples" / "batch.py"))["harmless"]
    assert harmless("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert harmless("60个") == "60个"


def test_rest_client(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main = program("rest_client")
    with library_of(tmp_path / "library") as library, serving(library) as address:
        assert main([address, ASKED]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "60个",
            "[1] 鹤山市1月至9月引进亿元以上项目60个,创新高。",
            "    鹤山提速 · 广州日报 · 2023-11-16",
        ]
        assert main([address, "惠州引进了多少亿元以上项目"]) == 1
        capsys.readouterr()
        assert main([address, " "]) == 2
        assert "question" in capsys.readouterr().err
    assert main([address, ASKED]) == 2
    assert "cannot be reached" in capsys.readouterr().err

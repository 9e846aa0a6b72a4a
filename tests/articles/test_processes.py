"""qa.articles.processes: no process of ours runs what lies in the current folder or beside the
articles.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qa import Library
from qa.articles import processes
from qa.articles.formats import read_documents
from qa.articles.processes import forget_current_folder, import_paths, start_module
from qa.articles.sandbox import Sandbox
from qa.errors import ModelError
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader

ROOT = Path(__file__).parents[2]
# What a process imports sooner or later: of Python itself, of ours, and what is not installed.
TRAPS = (
    *("json.py", "runpy.py", "pickle.py", "csv.py", "signal.py", "sitecustomize.py"),
    *("qa/__init__.py", "qa/syncing/worker.py", "embeddings/__init__.py", "lxml/__init__.py"),
    *("trafilatura.py", "multiprocessing/__init__.py", "usercustomize.py"),
)


@pytest.fixture
def sprung(tmp_path: Path) -> Path:
    """Where a trap writes its name when it is imported."""
    return tmp_path / "sprung"


@pytest.fixture
def trapped(tmp_path: Path, sprung: Path) -> Path:
    """A folder of articles with modules that nobody may import."""
    folder = tmp_path / "articles"
    for name in TRAPS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(sprung)!r}, 'a').write(__name__ + '\\n')\n", encoding="utf-8")
    (folder / "网页.html").write_text("<h1>鹤山</h1><p>鹤山有60个项目。</p>", encoding="utf-8")
    return folder


@pytest.fixture(params=["current", "empty", "named", "elsewhere"])
def reached(
    request: pytest.FixtureRequest, trapped: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The folder, as Python comes to look into it: as the current one, or by PYTHONPATH."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    if request.param != "elsewhere":
        monkeypatch.chdir(trapped)
    if request.param == "empty":  # as of export PYTHONPATH=$PYTHONPATH:/somewhere
        monkeypatch.setenv("PYTHONPATH", f"{os.pathsep}{ROOT}")
        sys.path.insert(0, "")
    elif request.param in {"named", "elsewhere"}:
        monkeypatch.setenv("PYTHONPATH", str(trapped))
        sys.path.insert(0, str(trapped))
    return trapped


@pytest.fixture(params=["-P", "-I"])
def safe(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Start processes as one Python does, and as an older one without -P does."""
    if request.param == "-P" and sys.version_info < (3, 11):
        pytest.skip("this Python has no -P")
    monkeypatch.setattr(processes, "_SAFE", request.param)
    return str(request.param)


@pytest.mark.usefixtures("safe")
def test_the_reader_process_imports_nothing_from_the_articles(reached: Path, sprung: Path) -> None:
    page = reached / "网页.html"
    with Sandbox(articles=reached) as sandbox:
        found = list(sandbox.read(page))
    assert not sprung.exists()
    assert found == list(read_documents(page))


@pytest.mark.slow
def test_workers_import_nothing_from_the_articles(
    reached: Path, sprung: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for number in range(20):
        (reached / f"{number}.txt").write_text(f"第{number}镇修了公路。", encoding="utf-8")
    encoder = HashEncoder()
    with Library(tmp_path / "library", encoder=encoder, reader=RuleReader()) as library:
        report = library.sync(reached, workers=2)
    assert not sprung.exists()
    assert len(report.added) == 21
    assert encoder.encoded == []  # the workers did it
    assert capfd.readouterr().err == ""


def test_what_such_a_process_starts_imports_nothing_from_there_either(
    trapped: Path, sprung: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, safe: str
) -> None:
    """By multiprocessing, which hands on the paths, and by itself."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "starting.py").write_text(
        "import multiprocessing, os, subprocess, sys\n"
        "def told(pipe):\n    pipe.send([os.getcwd() in sys.path, '' in sys.path])\n"
        "if __name__ == '__main__':\n"
        "    spawn = multiprocessing.get_context('spawn')\n"
        "    spawn.Lock()\n"  # for which a process that keeps count is started
        "    here, there = spawn.Pipe()\n"
        "    process = spawn.Process(target=told, args=(there,))\n"
        "    process.start()\n"
        "    print(here.recv())\n"
        "    process.join()\n"
        "    if sys.version_info >= (3, 11):\n"
        "        subprocess.run([sys.executable, '-c', 'import json, pickle'], check=True)\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "modules")])
    monkeypatch.chdir(trapped)
    with start_module("starting", articles=trapped, silent=False) as process:
        assert process.stdout is not None
        told = process.stdout.read().decode().splitlines()
    assert process.returncode == 0
    assert told == ["[False, False]"]
    assert not sprung.exists()


def test_the_paths_are_those_of_this_process_but_for_folders_of_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current, articles, other = (tmp_path / name for name in ("current", "articles", "other"))
    for folder in (current, articles, other):
        folder.mkdir()
    monkeypatch.chdir(current)
    link = tmp_path / "link"
    link.symlink_to(current)
    (current / "below").mkdir()
    named = ["", ".", "below", str(current), str(link), str(articles), str(other)]
    monkeypatch.setattr(sys, "path", [*named, str(ROOT)])
    assert import_paths(articles) == [str(other), str(ROOT)]
    assert import_paths() == [str(articles), str(other), str(ROOT)]
    monkeypatch.chdir(ROOT)  # where this program lies is looked at, last of all
    monkeypatch.setattr(sys, "path", ["", str(ROOT), str(other)])
    assert import_paths() == [str(other), str(ROOT)]


def test_a_current_folder_that_is_gone_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    page = tmp_path / "a.html"
    page.write_text("<p>鹤山有60个项目。</p>", encoding="utf-8")
    with Sandbox() as sandbox:
        assert list(sandbox.read(page)) == list(read_documents(page))
    monkeypatch.setattr(sys, "path", ["", str(ROOT)])
    assert import_paths() == [str(ROOT)]


def test_the_command_forgets_the_current_folder(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom qa.cli import main\nsys.argv = ['yinju', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n"
        "    print(os.getcwd() in sys.path, '' in sys.path, os.environ['PYTHONSAFEPATH'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
    environment.pop("PYTHONSAFEPATH", None)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "False False 1"


def test_forgetting_changes_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    paths = ["", str(tmp_path), str(ROOT)]
    monkeypatch.setattr(sys, "path", paths)
    forget_current_folder()
    assert (sys.path, paths) == ([str(ROOT)], [str(ROOT)])  # the list that others hold as well
    assert os.environ["PYTHONSAFEPATH"] == "1"


def test_an_encoder_from_the_current_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Workers do not find its module: that is said, instead of encoding with one worker."""
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number}.txt").write_text(f"第{number}镇修了公路。", encoding="utf-8")
    (tmp_path / "own_encoder.py").write_text(
        "from tests.conftest import HashEncoder\nclass Own(HashEncoder):\n    pass\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    request.addfinalizer(_without("own_encoder"))
    from own_encoder import Own  # type: ignore[import-not-found]

    with (
        Library(tmp_path / "library", encoder=Own(), reader=RuleReader()) as library,
        pytest.raises(ModelError, match=r"No module named 'own_encoder'\); put its module where"),
    ):
        library.sync(folder, workers=2)


def _without(module: str) -> Callable[[], None]:
    return lambda: sys.modules.pop(module, None) and None

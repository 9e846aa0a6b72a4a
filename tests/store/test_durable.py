"""What is on the disk after a power cut, and what a kill leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from qa.store import durable
from qa.store.durable import put_in_place, scratch_folder
from qa.syncing.inbox import Inbox
from tests.conftest import HashEncoder
from ui.guard.login import Cost, write_login

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="which file a descriptor is, Linux tells"
)


class Recorder:
    """The order in which this process settles and moves files.

    A file's state at the time goes with it: what is written after it was settled is not settled.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settled: list[tuple[Path, Any]] = []
        self.moved: list[tuple[Path, int]] = []  # and how often had been settled before
        sync = os.fsync

        def fsync(handle: int) -> None:
            sync(handle)
            path = Path(f"/proc/self/fd/{handle}").readlink()
            self.settled.append((path, _state(path)))

        monkeypatch.setattr(os, "fsync", fsync)
        for name in ("replace", "link"):
            monkeypatch.setattr(os, name, self._noting(getattr(os, name)))

    def _noting(self, move: Callable[..., None]) -> Callable[..., None]:
        def moving(source: Any, target: Any, **options: Any) -> None:
            before = _state(Path(source))
            move(source, target, **options)
            path = Path(target).resolve()
            content = any(state == before for _, state in self.settled)
            assert content, f"{path} was given its name before what it holds was on the disk"
            self.moved.append((path, len(self.settled)))

        return moving

    def check(self, *names: str) -> None:
        """Hold that files of these names, and no others, were moved, each folder settled after."""
        assert {path.name for path, _ in self.moved} == set(names)
        for path, when in self.moved:
            assert any(folder == path.parent for folder, _ in self.settled[when:]), path


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


@pytest.fixture
def library(tmp_path: Path) -> Path:
    place, folder = tmp_path / "library", tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("鹤山市有镇9个。\n", encoding="utf-8")
    with Library.open(place, encoder=HashEncoder()) as opened:
        opened.sync(folder)
        (place / "removed" / "1").mkdir(parents=True)
        (place / "removed" / "1" / "b.txt").write_text("开平", encoding="utf-8")
        (place / "feedback.jsonl").write_text("{}\n", encoding="utf-8")
        opened.export(tmp_path / "first.yinju")
    return place


def test_an_export_is_there_when_its_name_is(
    tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(library, encoder=HashEncoder()) as opened:
        recorder = Recorder(monkeypatch)
        opened.export(tmp_path / "backup.yinju")
    recorder.check("backup.yinju")


def test_an_import_puts_the_database_last(
    tmp_path: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert library.exists()
    recorder = Recorder(monkeypatch)
    Library.restore(tmp_path / "first.yinju", tmp_path / "other")
    recorder.check("feedback.jsonl", "b.txt", "library.db")
    assert recorder.moved[-1][0].name == "library.db"


def test_logins_and_uploads_are_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    write_login(tmp_path / "logins", "anna", "a long password", Cost(n=16, r=1, p=1))
    Inbox(tmp_path, tmp_path / "removed").receive("a.txt", [b"text"])
    recorder.check("logins", "a.txt")


def test_the_recorder_sees_what_is_not_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Recorder(monkeypatch)
    (tmp_path / "new").write_text("x", encoding="utf-8")
    with pytest.raises(AssertionError, match="before what it holds"):
        (tmp_path / "new").replace(tmp_path / "old")


def test_what_a_killed_process_left_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from qa.store.durable import scratch_folder\n"
        "with scratch_folder(Path(sys.argv[1]), '.yinju-export-') as found:\n"
        "    (found / 'half').write_text('x'); print(found, flush=True); time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    left = Path(process.stdout.readline().strip())
    monkeypatch.setattr(durable, "_YOUNG", -1.0)
    with scratch_folder(tmp_path, ".yinju-export-"):
        assert left.exists()  # it is alive
    process.kill()
    process.wait()
    process.stdout.close()
    with scratch_folder(tmp_path, ".yinju-export-") as own:
        assert [path for path in tmp_path.iterdir() if path != own] == []
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_asked_to_end_cleans_up(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from qa.store.durable import scratch_folder\n"
        "from qa import cli\n"
        "def export():\n"
        "    with scratch_folder(Path(sys.argv[1]), '.yinju-export-'):\n"
        "        print('there', flush=True); time.sleep(600)\n"
        "cli.app = lambda prog_name: export()\n"
        "cli.main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 130
    process.stdout.close()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_moved_whole(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new", encoding="utf-8")
    (tmp_path / "old").write_text("old", encoding="utf-8")
    put_in_place(tmp_path / "new", tmp_path / "old")
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text(encoding="utf-8") == "new"

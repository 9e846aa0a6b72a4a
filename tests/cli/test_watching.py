"""Following a folder: what changes in it is answered from soon after, whatever comes between."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import watchfiles

from qa import Library
from qa.cli import watching
from qa.cli.watching import following
from qa.errors import FolderNotFoundError, LibraryBusyError
from tests.conftest import HashEncoder

BUSY = LibraryBusyError("library_in_use_here", "busy with {library}", library="x")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    (made / "a.txt").write_text("鹤山市有镇9个。\n", encoding="utf-8")
    return made


@pytest.fixture
def library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A synced library within its folder; whoever follows it is in a hurry."""
    monkeypatch.setattr(watching, "_LOOK", 0.1)
    monkeypatch.setattr(watching, "_STEP", 50)
    monkeypatch.setattr(watching, "_FIRST", 0.1)
    monkeypatch.setattr(watching, "_LONGEST", 0.2)
    with Library.open(folder / "library", encoder=HashEncoder()) as opened:
        opened.sync(folder)
        yield opened


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def put(folder: Path, name: str) -> None:
    (folder / name).write_text(f"{name} 开平市有镇13个。\n", encoding="utf-8")


def test_a_change_of_the_folder_is_synced(folder: Path, library: Library) -> None:
    with following(library):
        time.sleep(1)  # until the watcher stands
        put(folder, "b.txt")
        until(lambda: library.has("b.txt"))
    assert library.ask("开平市有多少个镇").text == "13个"


def test_what_changed_while_nobody_watched_is_synced(folder: Path, library: Library) -> None:
    put(folder, "b.txt")
    with following(library):
        until(lambda: library.has("b.txt"))


def test_its_own_library_is_no_change(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = []
    sync = library.sync
    monkeypatch.setattr(library, "sync", lambda place: syncs.append(place) or sync(place))
    with following(library):
        put(folder, "b.txt")
        until(lambda: library.has("b.txt"))
        time.sleep(1)
        before = len(syncs)
        put(folder / "library", "notes.txt")
        time.sleep(1)
        assert len(syncs) == before


@pytest.mark.parametrize("error", [BUSY, RuntimeError("a bug")])
def test_a_sync_that_fails_is_told_and_tried_again(
    folder: Path,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    failures, sync = [error] * 3, library.sync

    def failing(place: Path) -> object:
        if failures:
            raise failures.pop()
        return sync(place)

    monkeypatch.setattr(library, "sync", failing)
    put(folder, "b.txt")
    with following(library):
        until(lambda: library.has("b.txt"))
    assert caplog.text.count("does not follow its folder") == 3
    assert ("busy with x" if error is BUSY else "Traceback") in caplog.text
    assert "follows its folder again" in caplog.text


def test_a_folder_that_is_gone_and_made_anew_is_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watching, "_LOOK", 0.1)
    monkeypatch.setattr(watching, "_LONGEST", 0.2)
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        with following(library):
            time.sleep(0.5)
            shutil.move(folder, tmp_path / "elsewhere")
            until(lambda: "does not follow its folder" in caplog.text)
            shutil.copytree(tmp_path / "elsewhere", folder)
            put(folder, "b.txt")
            until(lambda: library.has("b.txt"))
            put(folder, "c.txt")
            until(lambda: library.has("c.txt"))
        assert library.has("a.txt")


def test_where_nothing_can_be_watched_changes_are_looked_for(
    folder: Path,
    library: Library,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refused(*_: object, **__: object) -> Iterator[None]:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr(watchfiles, "watch", refused)
    with following(library):
        put(folder, "b.txt")
        until(lambda: library.has("b.txt"))
    assert "cannot be watched: OS file watch limit reached" in caplog.text


def test_a_library_that_was_never_synced_has_nothing_to_follow(tmp_path: Path) -> None:
    with (
        Library.open(tmp_path / "library", encoder=HashEncoder()) as library,
        pytest.raises(FolderNotFoundError, match="yinju sync FOLDER"),
        following(library),
    ):
        pass


@pytest.mark.slow
def test_a_change_that_another_sync_missed_is_synced_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        held, release = threading.Event(), threading.Event()

        def write() -> None:  # another thread: this one may take the lock twice
            with library.lock.held_here(patience=30):  # the watcher's first sync may still run
                held.set()
                release.wait()

        writer = threading.Thread(target=write)
        with following(library):
            time.sleep(1)  # until the watcher stands
            writer.start()
            assert held.wait(30)
            (folder / "b.txt").write_text("开平市有镇13个。\n", encoding="utf-8")
            time.sleep(3)
            assert not library.has("b.txt")
            release.set()
            writer.join()
            deadline = time.monotonic() + 30
            while not library.has("b.txt") and time.monotonic() < deadline:
                time.sleep(0.1)
        assert library.has("b.txt")

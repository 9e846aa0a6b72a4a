"""qa.syncing.lock: one process, and in it one thread, writes at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qa.errors import LibraryBusyError, LibraryWriteError
from qa.syncing.lock import WriteLock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from qa.syncing.lock import WriteLock
with WriteLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""
TRY = """
import sys
from pathlib import Path
from qa.errors import LibraryBusyError, LibraryWriteError
from qa.syncing.lock import WriteLock
try:
    with WriteLock(Path(sys.argv[1])).held():
        print("held")
except LibraryBusyError as error:
    print(error)
"""


@contextmanager
def another_process_holding(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.communicate()


def try_in_another_process(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def try_in_another_thread(lock: WriteLock) -> BaseException | None:
    caught: list[BaseException | None] = []

    def attempt() -> None:
        try:
            with lock.held():
                caught.append(None)
        except LibraryBusyError as error:
            caught.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    (outcome,) = caught
    return outcome


def test_a_second_process_is_told_which_one_is_writing(tmp_path: Path) -> None:
    with (
        another_process_holding(tmp_path) as process,
        pytest.raises(LibraryBusyError, match=f"process {process.pid} is writing to"),
        WriteLock(tmp_path).held(),
    ):
        pytest.fail("two processes hold the lock")


def test_a_second_process_is_refused_until_the_lock_is_given_back(tmp_path: Path) -> None:
    with WriteLock(tmp_path).held():
        told = try_in_another_process(tmp_path)
    assert told == f"process {os.getpid()} is writing to {tmp_path}; wait for it to finish"
    assert try_in_another_process(tmp_path) == "held"


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    with another_process_holding(tmp_path) as process:
        process.kill()
        process.wait()
        with WriteLock(tmp_path).held():
            assert (tmp_path / "write.pid").read_text() == str(os.getpid())


def test_a_process_whose_number_is_unknown_is_called_so(tmp_path: Path) -> None:
    with another_process_holding(tmp_path):
        (tmp_path / "write.pid").unlink()
        with (
            pytest.raises(LibraryBusyError, match=r"process \(unknown\) is writing to"),
            WriteLock(tmp_path).held(),
        ):
            pytest.fail("two processes hold the lock")


def test_the_holder_may_take_it_again_and_keeps_it_until_the_last_is_given_back(
    tmp_path: Path,
) -> None:
    lock = WriteLock(tmp_path)
    with lock.held():
        with lock.held():
            assert "is writing to" in try_in_another_process(tmp_path)
        assert "is writing to" in try_in_another_process(tmp_path)
        assert str(try_in_another_thread(lock)) == f"this process is already writing to {tmp_path}"
    assert try_in_another_process(tmp_path) == "held"


def test_another_thread_is_refused_until_it_is_given_back(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path)
    with lock.held():
        refused = try_in_another_thread(lock)
    assert isinstance(refused, LibraryBusyError)
    assert str(refused) == f"this process is already writing to {tmp_path}"
    assert try_in_another_thread(lock) is None


def test_it_is_given_back_when_the_work_fails(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path)
    with pytest.raises(ZeroDivisionError), lock.held():
        raise ZeroDivisionError
    assert try_in_another_thread(lock) is None
    assert try_in_another_process(tmp_path) == "held"


def test_a_refused_thread_leaves_the_lock_usable(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path)
    with another_process_holding(tmp_path):
        for _ in range(2):
            with pytest.raises(LibraryBusyError, match="is writing to"), lock.held():
                pytest.fail("two processes hold the lock")
    with lock.held():
        assert isinstance(try_in_another_thread(lock), LibraryBusyError)


def test_whoever_waits_gets_the_folder_when_it_is_given_back(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path)
    taken = threading.Event()
    given_back: list[float] = []

    def hold() -> None:
        with lock.held():
            taken.set()
            time.sleep(0.3)
            given_back.append(time.monotonic())

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(30)
    with pytest.raises(LibraryBusyError), lock.held_here():
        pytest.fail("two threads hold the lock")
    with lock.held_here(patience=30):
        assert given_back
        assert given_back[0] <= time.monotonic()
    thread.join()


def test_the_store_is_kept_with_the_folder_and_not_without(tmp_path: Path) -> None:
    seen: list[str] = []

    @contextmanager
    def store() -> Iterator[None]:
        seen.append("taken")
        yield
        seen.append("given back")

    lock = WriteLock(tmp_path, store)
    with lock.held_here():
        pass
    assert seen == []
    with lock.held():
        assert seen == ["taken"]
        assert "is writing to" in try_in_another_process(tmp_path)
    assert seen == ["taken", "given back"]


def test_a_store_that_another_machine_keeps_leaves_the_folder_free(tmp_path: Path) -> None:
    @contextmanager
    def store() -> Iterator[None]:
        raise LibraryBusyError("busy", "another machine is writing")
        yield

    with (
        pytest.raises(LibraryBusyError, match="another machine"),
        WriteLock(tmp_path, store).held(),
    ):
        pytest.fail("the lock is held")
    assert try_in_another_process(tmp_path) == "held"


def test_a_lock_that_cannot_be_taken_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with (
        pytest.raises(LibraryWriteError, match=r"cannot be locked for writing \(Permission denied"),
        WriteLock(tmp_path).held(),
    ):
        pass

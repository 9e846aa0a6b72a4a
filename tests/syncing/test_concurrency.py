"""Many threads and processes ask while one process syncs: each answer is of one state, whole."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from qa import Library
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader

ROOT = Path(__file__).parents[2]
ARTICLES = 12
ROUNDS = 6
THREADS = 20
PROCESSES = 4


def article(number: int, state: int) -> str:
    """Return an article whose figures all tell of which state it is."""
    return (
        f"第{number}镇招商\n\n来源：日报 2023-11-16\n\n"
        f"第{number}镇引进亿元以上项目{state}{number:02d}个，新增学位{state}{number:02d}个。\n"
    )


def write(folder: Path, state: int) -> None:
    """Put all articles into another state, each file in one step."""
    for number in range(ARTICLES):
        scratch = folder / ".scratch"
        scratch.write_text(article(number, state), encoding="utf-8")
        scratch.replace(folder / f"{number:02d}.txt")


def state_of(library: Library) -> str:
    """Return what is found for every article, in one retrieval."""
    hits = library.retrieve("镇引进亿元以上项目", 50)
    found = {hit.article.path: hit.article.text for hit in hits}
    states = {path: text[text.index("项目") + 2] for path, text in found.items()}
    assert len(states) == ARTICLES, sorted(states)
    for number in range(ARTICLES):
        path = f"{number:02d}.txt"
        assert found[path] == article(number, int(states[path]))
    return "".join(sorted(set(states.values())))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    write(found, 1)
    return found


def test_no_retrieval_is_torn_while_a_sync_runs(tmp_path: Path, folder: Path) -> None:
    """Twenty threads and four processes see all articles, all of them of one state."""
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(folder)
        stop = threading.Event()
        seen: list[str] = []
        errors: list[BaseException] = []

        def look() -> None:
            try:
                while not stop.is_set():
                    seen.append(state_of(library))
            except BaseException as error:
                errors.append(error)

        script = f"import tests.syncing.test_concurrency as t; t.watch({str(place)!r})"
        watchers = [
            subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", script],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for _ in range(PROCESSES)
        ]  # fmt: skip
        for watcher in watchers:
            assert watcher.stdout is not None
            assert watcher.stdout.readline() == b"ready\n"
        threads = [threading.Thread(target=look) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for state in range(2, 2 + ROUNDS):
            write(folder, state)
            library.sync(folder)
            time.sleep(0.1)
        stop.set()
        for thread in threads:
            thread.join()
        assert errors == []
        told = [watcher.communicate(b"stop\n") for watcher in watchers]
        for watcher, (out, err) in zip(watchers, told, strict=True):
            assert watcher.returncode == 0, err.decode()
            seen += json.loads(out)
        assert set(seen) <= {str(state) for state in range(1, 2 + ROUNDS)}, set(seen)
        assert state_of(library) == str(1 + ROUNDS)


def watch(place: str) -> None:
    """Look at the library until a line comes in; print the states that were seen."""
    seen: list[str] = []
    done = threading.Event()

    def wait() -> None:
        sys.stdin.readline()
        done.set()

    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        state_of(library)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        threading.Thread(target=wait, daemon=True).start()
        while not done.is_set():
            seen.append(state_of(library))
    sys.stdout.write(json.dumps(seen))


def test_answers_are_of_one_state_while_a_sync_runs(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(folder)
        answers: list[str] = []
        errors: list[BaseException] = []
        stop = threading.Event()

        def ask() -> None:
            try:
                while not stop.is_set():
                    answers.append(library.ask("第3镇引进了多少亿元以上项目").text)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for state in (2, 3):
            write(folder, state)
            library.sync(folder)
        stop.set()
        for thread in threads:
            thread.join()
        assert errors == []
        assert answers
        for answer in answers:  # other towns' figures stand beside it, of the same state
            said = answer.split("\n")
            assert said[0] in {"103个", "203个", "303个"}
            assert {line[0] for line in said} == {said[0][0]}
        assert library.ask("第3镇引进了多少亿元以上项目").text.startswith("303个")

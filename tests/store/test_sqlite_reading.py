"""qa.store.databases.sqlite_reading: a library that may not be written is asked all the same.

Tests may run as root, for whom permissions do not count: then the process that asks has none of
root's capabilities, or sees the library through a mount that is read-only.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from qa.errors import LibraryWriteError
from qa.store.databases.sqlite_reading import SqliteReading
from qa.store.location import DATABASE
from tests.conftest import ROOT, HashEncoder
from tests.rule_reader import RuleReader
from tests.syncing.test_syncing import HESHAN, KAIPING

QUESTION = "鹤山引进了多少亿元以上项目"
# What a process that may only read finds, as JSON.
PROGRAM = f"""
import json, sys
from pathlib import Path
from qa import Library, YinjuError
from tests.rule_reader import RuleReader
from tests.conftest import HashEncoder

place, folder = map(Path, sys.argv[1:])
told = {{}}
try:
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader(), create=False) as library:
        told["answer"] = library.ask("{QUESTION}").text
        told["hits"] = len(library.retrieve("{QUESTION}", 50))
        told["articles"] = [article.path for article in library.articles()]
        told["fresh"] = library.status().fresh
        told["history"] = [record.number for record in library.history()]
        told["damaged"] = len(library.verify().damaged)
        told["exported"] = library.export(sys.argv[2] + ".yinju")[0]
        for name, write in {{
            "sync": lambda: library.sync(folder),
            "undo": library.undo,
            "rebuild": library.rebuild,
            "remove": lambda: library.remove("heshan.txt"),
            "mend": lambda: library.verify(mend=True),
            "setting": lambda: library.store.set_meta("a", "b"),
            "vectors": lambda: library.store.vectors.put("a", {{}}),
            "transaction": lambda: library.store.purge(),
        }}.items():
            try:
                write()
            except YinjuError as error:
                told[name] = error.code
except YinjuError as error:
    told["refused"] = error.code
print(json.dumps(told))
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    (found / "heshan.txt").write_text(HESHAN, encoding="utf-8")
    (found / "kaiping.txt").write_text(KAIPING, encoding="utf-8")
    for path in found.iterdir():
        os.utime(path, ns=(10**18, 10**18))
    return found


@pytest.fixture
def place(tmp_path: Path, folder: Path) -> Iterator[Path]:
    made = tmp_path / "library"
    with Library.open(made, encoder=HashEncoder()) as library:
        library.sync(folder)
    yield made
    for path in (made, *made.rglob("*")):
        path.chmod(0o755)


def asked(before: list[str], place: Path, folder: Path) -> dict[str, Any]:
    """Return what the program tells that is started by the words ``before``."""
    done = subprocess.run(
        [*before, sys.executable, "-c", PROGRAM, str(place), str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def without_rights(place: Path, need: Callable[[object, str], None]) -> list[str]:
    """Take the rights to write from everything in ``place``; return what starts who has them not.

    That is anybody, but root only without the capability to pass over them.
    """
    for path in (*place.rglob("*"), place):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid():
        return []
    need(shutil.which("setpriv"), "setpriv, which leaves root's capabilities behind: util-linux")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


def read_only_mount(place: Path, need: Callable[[object, str], None]) -> list[str]:
    """Return what starts a process that sees ``place`` on a read-only file system."""
    need(shutil.which("unshare"), "unshare: util-linux")
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    flags = "-m" if os.geteuid() == 0 else "-rm"
    before = ["unshare", flags, "sh", "-c", script, str(place)]
    tried = subprocess.run([*before, "true"], capture_output=True, text=True, check=False)
    need(tried.returncode == 0, f"the right to mount in a namespace of one's own: {tried.stderr}")
    return before


WAYS = {"rights": without_rights, "mount": read_only_mount}
FOUND = {
    "answer": "60个",
    "hits": 4,
    "articles": ["heshan.txt", "kaiping.txt"],
    "fresh": True,
    "history": [1],
    "damaged": 0,
    "exported": 2,
    **dict.fromkeys(("sync", "undo", "rebuild", "remove", "mend"), "library_not_locked"),
    **dict.fromkeys(("setting", "vectors", "transaction"), "library_read_only"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_library_that_may_not_be_written_is_asked(
    place: Path, folder: Path, way: str, need: Callable[[object, str], None]
) -> None:
    before = WAYS[way](place, need)
    names = sorted(path.name for path in place.rglob("*"))
    assert asked(before, place, folder) == FOUND
    assert sorted(path.name for path in place.rglob("*")) == names


@pytest.mark.parametrize("way", WAYS)
def test_it_is_asked_while_its_owner_has_it_open(
    place: Path, folder: Path, way: str, need: Callable[[object, str], None]
) -> None:
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        (folder / "enping.txt").write_text("恩平市有温泉度假村12家。", encoding="utf-8")
        os.utime(folder / "enping.txt", ns=(10**18, 10**18))
        library.sync(folder)
        found = asked(WAYS[way](place, need), place, folder)
    changed = {"hits": 5, "history": [2, 1], "exported": 3}
    articles = ["enping.txt", "heshan.txt", "kaiping.txt"]
    assert found == FOUND | changed | {"articles": articles}


@pytest.mark.parametrize("is_fixed", [False, True])
def test_who_only_reads_sees_what_its_owner_writes_meanwhile(
    place: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_fixed: bool
) -> None:
    connected = SqliteReading._connected

    def without_journal(self: SqliteReading, how: str) -> sqlite3.Connection:
        """Refuse what SQLite refuses where it cannot make the file of readers and writers."""
        if is_fixed and how == "mode=ro" and not self._is_written():
            raise LibraryWriteError("refused", "unable to open database file")
        return connected(self, how)

    monkeypatch.setattr(SqliteReading, "_connected", without_journal)
    reading = SqliteReading(place / DATABASE)
    assert reading._is_fixed is is_fixed
    count = "SELECT count(*) FROM articles WHERE live"
    assert reading.execute(count) == [(2,)]
    for number in range(3, 6):
        (folder / f"{number}.txt").write_text(f"第{number}村修路。", encoding="utf-8")
        with Library.open(place, encoder=HashEncoder()) as library:
            library.sync(folder)
            assert reading.execute(count) == [(number,)]
        assert reading.execute(count) == [(number,)]
    reading.close()


def test_what_changes_while_it_is_read_is_read_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = SqliteReading(place / DATABASE)
    reading._is_fixed = True
    now = reading._seen = reading._state()
    # Before and after the statement, and again before and after it.
    states = iter([now, (0, 0, 0, False), now, now])
    monkeypatch.setattr(reading, "_state", lambda: next(states))
    assert reading.execute("SELECT count(*) FROM articles") == [(2,)]
    assert next(states, None) is None
    reading.close()


def test_a_library_of_an_older_version_is_left_as_it_is(
    place: Path, folder: Path, need: Callable[[object, str], None]
) -> None:
    with sqlite3.connect(place / DATABASE) as connection:
        connection.execute("PRAGMA user_version = 5")
    connection.close()
    before = without_rights(place, need)
    assert asked(before, place, folder) == {"refused": "library_older"}


def test_a_library_left_in_the_middle_of_writing_is_told(
    place: Path, folder: Path, tmp_path: Path, need: Callable[[object, str], None]
) -> None:
    with Library.open(place, encoder=HashEncoder()) as library:
        library.store.set_meta("a", "b")
        left = shutil.copytree(place, tmp_path / "left", ignore=shutil.ignore_patterns("*-shm"))
    assert (left / f"{DATABASE}-wal").stat().st_size > 0
    assert asked(without_rights(left, need), left, folder) == {"refused": "library_left_open"}
    for path in (left, *left.rglob("*")):
        path.chmod(0o755)

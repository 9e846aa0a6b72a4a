"""Kill −9 a sync or rebuild at random moments, and look at what is left.

Call::

    python -m tests.benchmarks.crashes ROUNDS [--seed N]

Every round copies a library, starts a sync of a changed folder (or a rebuild) in a process of its
own and kills that at a random moment.  Every other round then does what a power cut may add: it
spoils the end of the write-ahead log, or of an index file, that was not on disk yet.  Another
process checks that the library opens, holds every article as before or as after, retrieves what a
library built afresh from these articles retrieves, and that the next sync finishes the job and
encodes nothing that was stored.  The exit status is 1 if any round failed, and each is told.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import faiss  # noqa: F401 - imported before the forks, so that each of them starts at once
import tantivy  # noqa: F401

import qa.answering.answering
import qa.search.retrieval
import qa.syncing.ingest
from embeddings import index as _index  # noqa: F401
from qa import Library
from tests.conftest import HashEncoder

QUERIES = ("鹤山引进了多少亿元以上项目", "第7篇的数字", "新增学位", "招商小组", "改名的文章")
REBUILD_EVERY = 5  # rounds
BODY = (
    "{place}市组建由市领导牵头挂帅的{n}支招商小组，大力开展产业链招商。\n"
    "1月至9月引进亿元以上项目{n}0个，计划总投资2{n}9亿元，均创近五年新高。\n"
    "第{n}篇文章的负责人表示，下一步将继续围绕主导产业开展招商，新增学位{n}个。\n"
)


def article(number: int, place: str = "鹤山") -> str:
    return f"第{number}篇\n\n来源：日报 2023-11-{number % 28 + 1:02d}\n\n" + BODY.format(
        n=number, place=place
    )


def before() -> dict[str, str]:
    """Return the articles that are synced at first."""
    found = {f"{number:02d}.txt": article(number) for number in range(24)}
    return found | {"repost.txt": article(3).replace("日报", "转载网")}


def after() -> dict[str, str]:
    """Return what the folder has become: articles added, changed, removed and renamed."""
    found = before()
    for number in range(6):
        found[f"{number:02d}.txt"] = article(number, "开平")
    for number in range(6, 10):
        del found[f"{number:02d}.txt"]
    found["改名.txt"] = found.pop("10.txt")
    return found | {f"new{number}.txt": article(number) for number in range(30, 40)}


def write(folder: Path, texts: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def in_child(work: Callable[[], None], kill_after: float | None = None) -> int:
    """Run ``work`` in a process of its own; return its exit status, negative if it was killed."""
    pid = os.fork()
    if not pid:
        try:
            work()
        except BaseException:  # whatever it is, the child ends here
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def sync(place: Path, folder: Path) -> None:
    with Library.open(place, encoder=HashEncoder()) as library:
        library.sync(folder)


def rebuild(place: Path, _: Path) -> None:
    with Library.open(place, encoder=HashEncoder()) as library:
        library.rebuild()


def spoil(place: Path, dice: random.Random) -> None:
    """Do to files what a power cut does to writes that were not on disk."""
    wal = place / "library.db-wal"
    files = [path for path in (place / "index").rglob("*") if path.is_file()]
    if wal.exists() and dice.random() < 0.5:
        with wal.open("ab") as file:
            file.write(dice.randbytes(dice.randrange(1, 9000)))
    elif files:
        path = dice.choice(files)
        path.write_bytes(path.read_bytes()[: dice.randrange(0, path.stat().st_size + 1)])


def retrieved(library: Library) -> list[list[tuple[str, float, float]]]:
    """Return what is found: repost or original, the text and its scores are the same."""
    return [
        [
            (hit.text, round(hit.dense, 4), round(hit.lexical, 3))
            for hit in library.retrieve(query, 20)
        ]
        for query in QUERIES
    ]


def afresh(texts: dict[str, str]) -> list[list[tuple[str, float, float]]]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = write(Path(scratch, "articles"), texts)
        with Library.open(Path(scratch, "library"), encoder=HashEncoder()) as library:
            library.sync(folder)
            return retrieved(library)


def stored_hashes(place: Path) -> set[bytes]:
    with closing(sqlite3.connect(place / "library.db")) as connection:
        return {found for (found,) in connection.execute("SELECT text_hash FROM vectors")}


def check(place: Path, folder: Path) -> None:
    """Raise an AssertionError if the library in ``place`` is not as it has to be."""
    encoder = HashEncoder()
    old, new = before(), after()
    with Library.open(place, encoder=encoder) as library:
        texts = {item.path: item.text for item in library.articles()}
        for path in old.keys() | new.keys() | texts.keys():
            assert texts.get(path) in {old.get(path), new.get(path)}, f"{path} is neither"
        assert retrieved(library) == afresh(texts), "it retrieves otherwise than one made afresh"
        stored = stored_hashes(place)
        encoder.encoded.clear()
        library.sync(folder)
        again = {hashlib.sha256(text.encode()).digest() for text in encoder.encoded} & stored
        assert not again, f"{len(again)} texts were encoded again"
        assert {item.path: item.text for item in library.articles()} == new
        assert retrieved(library) == afresh(new), "it retrieves otherwise after the next sync"
        assert library.status().fresh
    kept = sorted(path.name for path in (place / "index").iterdir())
    assert len(kept) == 2, f"left behind: {kept}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", type=int)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)  # noqa: S311 - the same moments every time
    qa.syncing.ingest.BATCH = 4  # passages: many small transactions
    failed = moments = 0
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        place = root / "round"
        first, second = write(root / "before", before()), write(root / "after", after())
        assert in_child(lambda: sync(root / "library", first)) == 0
        lasts = {}
        for work in (sync, rebuild):
            shutil.copytree(root / "library", root / "timed")
            started = time.perf_counter()
            assert in_child(lambda work=work: work(root / "timed", second)) == 0
            lasts[work] = time.perf_counter() - started
            shutil.rmtree(root / "timed")
        for number in range(arguments.rounds):
            work = rebuild if number % REBUILD_EVERY == REBUILD_EVERY - 1 else sync
            shutil.copytree(root / "library", place)
            delay = dice.uniform(0, lasts[work] * 1.05)
            moments += in_child(lambda work=work: work(place, second), delay) == -signal.SIGKILL
            if number % 2:
                spoil(place, dice)
            if in_child(lambda: check(place, second)):
                failed += 1
                print(f"round {number}: {work.__name__} killed after {delay:.3f} s")
            shutil.rmtree(place)
    print(f"{arguments.rounds} rounds, {moments} killed before the end, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()

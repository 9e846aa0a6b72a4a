"""Syncs by several workers: real processes, killed and cut off, with the outcome of one."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Library, SyncReport
from qa.articles.processes import start_module
from qa.articles.sandbox import Sandbox
from qa.cli import main
from qa.errors import (
    FolderNotFoundError,
    LibraryBusyError,
    LibraryConnectionError,
    ModelError,
    SyncNotFoundError,
)
from qa.store.files import StoredFile
from qa.store.share_table import Piece, Share
from qa.store.store import Store
from qa.syncing.parallel_encoding import divide
from qa.syncing.worker import Worker
from qa.syncing.worker_pool import Orders, WorkerPool
from qa.types import Failure
from tests.conftest import HashEncoder
from tests.postgres_server import Server
from tests.working import BrokenEncoder, NotingEncoder, StubbornEncoder, noted

ROOT = Path(__file__).parents[2]
OLD = 1_600_000_000  # a time of change that needs no second look
FILES, ROWS = 40, 150


def text_of(number: int, source: str = "日报") -> str:
    return (
        f"第{number}镇招商\n\n来源：{source} 2023-11-16\n\n"
        f"第{number}镇组建了由市领导牵头挂帅的招商小组，大力开展产业链招商。\n"
        f"1月至9月引进亿元以上项目{number}0个，计划总投资2{number}9亿元，均创近五年新高。\n"
        f"第{number}镇的负责人表示，下一步将继续围绕主导产业开展招商，新增学位{number}个。\n"
    )


def write_rows(path: Path, numbers: list[int]) -> None:
    rows = [json.dumps({"id": str(n), "text": text_of(1000 + n)}) for n in numbers]
    rows[3] = '{"id": "none"}'
    path.write_text("\n".join(rows) + "\n\n\n\n\n\n\n\n\n\n", encoding="utf-8")  # lines, no rows


def settle_times(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (OLD, OLD))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of several kinds, reposts near and far, failures, and a table with many rows."""
    found = tmp_path / "articles"
    (found / "deep").mkdir(parents=True)
    for number in range(FILES):
        name = f"{'deep/' if number % 7 == 0 else ''}{number:03d}.txt"
        (found / name).write_text(text_of(number), encoding="utf-8")
    for number in (2, 3, 30):
        (found / f"zz{number}.txt").write_text(text_of(number, "转载网"), encoding="utf-8")
    (found / "003b.txt").write_text(text_of(3, "晚报"), encoding="utf-8")
    (found / "000.pdf").write_bytes(b"no pdf")
    (found / "empty.txt").write_bytes(b"")
    (found / "page.html").write_text(f"<p>{text_of(77)}</p>", encoding="utf-8")
    write_rows(found / "rows.jsonl", list(range(ROWS)))
    (found / "rows.csv").write_text(
        'id,text\n1,"第一行。\n\n\n\n下一行。"\n2,甲镇引进项目3个。\n', encoding="utf-8"
    )
    settle_times(found)
    return found


def change(folder: Path) -> None:
    """Update, rename, remove and add."""
    for number in (1, 4, 8):
        (folder / f"{number:03d}.txt").write_text(text_of(number + 500), encoding="utf-8")
    (folder / "003.txt").unlink()  # an original, whose reposts stay
    (folder / "005.txt").unlink()
    (folder / "010.txt").rename(folder / "改名.txt")
    for number in range(200, 230):
        (folder / f"{number}.txt").write_text(text_of(number), encoding="utf-8")
    write_rows(folder / "rows.jsonl", list(range(20, ROWS + 20)))
    settle_times(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where the library of several workers lies: in its folder, or on a server."""
    if request.param == "sqlite":
        yield None
    else:
        with request.getfixturevalue("postgres").database() as made:
            yield made


Opening = Callable[..., Library]


@pytest.fixture
def opened(tmp_path: Path, address: str | None) -> Iterator[Opening]:
    """Open the library, with some encoder."""
    libraries: list[Library] = []

    def open_one(encoder: HashEncoder | None = None, place: str = "several") -> Library:
        libraries.append(Library(tmp_path / place, encoder=encoder or HashEncoder(), store=address))
        return libraries[-1]

    yield open_one
    for library in libraries:
        library.close()


def rows_of(library: Library) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that a library stores, ids included."""
    tables = {
        "articles": "version, id, path, file, title, source, published, url, text, sha256, pages,"
        " repost_of",
        "passages": 'id, version, start, "end", text_hash',
        "sketches": "hash, version",
        "vectors": "text_hash, fingerprint, vector",
        "files": "path, size, modified, sha256",
        "failures": "path, reason",
        "shares": "number, pieces",
    }
    database = library.store.database
    return {
        name: sorted(database.execute(f"SELECT {columns} FROM {name}"))  # noqa: S608
        for name, columns in tables.items()
    }


Outcome = tuple[SyncReport, dict[str, list[tuple[Any, ...]]]]


def alone(tmp_path: Path, folder: Path, *changes: Callable[[Path], None]) -> list[Outcome]:
    """Return the outcomes of one worker: of a sync, and of one after each change."""
    with Library(tmp_path / "alone", encoder=HashEncoder()) as library:
        outcomes = [(library.sync(folder), rows_of(library))]
        for make in changes:
            make(folder)
            outcomes.append((library.sync(folder), rows_of(library)))
        return outcomes


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process numbers of the workers that are started."""
    pids: list[int] = []
    start = WorkerPool.start

    def noting(self: WorkerPool, count: int) -> None:
        start(self, count)
        pids.extend(self.pids)

    monkeypatch.setattr(WorkerPool, "start", noting)
    return pids


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process that stores do so often; workers have batches as ever."""
    monkeypatch.setattr("qa.syncing.ingest.BATCH", 10)


def is_running(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").read_text().split(")")[1].startswith(" Z")


# -- the outcome -------------------------------------------------------------------------------


def test_three_workers_store_what_one_stores(
    tmp_path: Path, folder: Path, opened: Opening, pool: list[int]
) -> None:
    notes = tmp_path / "notes"
    library = opened(NotingEncoder(notes, 0.002))
    told: list[tuple[int, int]] = []
    first = library.sync(folder, lambda *step: told.append(step), workers=3)
    now = rows_of(library)
    assert len(pool) == 3
    assert {pid for pid, _ in noted(notes)} == set(pool)  # each of them, and not this process
    assert library.encoders.current.encoded == []  # type: ignore[attr-defined]
    total = told[0][1]
    assert told[0] == (0, total)
    assert told == sorted(told)
    assert told[-1][0] == len(first.added)
    ((once, stored),) = alone(tmp_path, folder)
    assert first == once
    assert now == stored
    assert len(first.reposts) == 4
    assert Failure("empty.txt", "the file has no text") in first.failed
    assert {"000.pdf", "rows.jsonl#none"} <= {failure.path for failure in first.failed}
    assert library.sync(folder, workers=3) == library.sync(folder)


@pytest.mark.slow
def test_three_workers_follow_changes_as_one_does(
    tmp_path: Path, folder: Path, opened: Opening
) -> None:
    library = opened()
    first = library.sync(folder, workers=3)
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    change(folder)
    second, now = library.sync(folder, workers=3), rows_of(library)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        path.unlink()
    for path, data in kept.items():
        path.write_bytes(data)
    settle_times(folder)
    (once, _), (twice, stored) = alone(tmp_path, folder, change)
    assert (first, second) == (once, twice)
    assert second.renamed == (("010.txt", "改名.txt"),)
    assert second.removed[:2] == ("003.txt", "005.txt")
    assert now == stored
    assert library.status().fresh


def test_little_work_is_done_without_workers(
    folder: Path, opened: Opening, pool: list[int]
) -> None:
    library = opened()
    library.sync(folder)
    (folder / "001.txt").write_text(text_of(99), encoding="utf-8")
    assert library.sync(folder, workers=3).updated == ("001.txt",)
    assert pool == []


def test_workers_share_the_cores(
    tmp_path: Path, place: Path | str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def noting(module: str, environment: dict[str, str], **more: Any) -> Any:
        threads.append(environment["OMP_NUM_THREADS"])
        return start_module(module, environment, **more)

    monkeypatch.setattr("qa.syncing.worker_pool.start_module", noting)
    monkeypatch.setattr("qa.syncing.worker_pool._cores", lambda: 8)
    orders = Orders(place, tmp_path, HashEncoder(), elsewhere=False, name="")
    for count in (1, 3):
        with WorkerPool(store, orders) as pool:
            pool.start(count)
    assert threads == ["8", "2", "2", "2"]


# -- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("killed", [1, 2])
def test_workers_that_are_killed_cost_time_only(
    tmp_path: Path, folder: Path, opened: Opening, pool: list[int], killed: int
) -> None:
    library = opened(NotingEncoder(tmp_path / "notes", 0.02))

    def kill(done: int, _: int) -> None:
        if done:
            for pid in pool[:killed]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    outcome = library.sync(folder, kill, workers=2), rows_of(library)
    assert [outcome] == alone(tmp_path, folder)
    own = [text for pid, text in noted(tmp_path / "notes") if pid == os.getpid()]
    assert bool(own) == (killed == 2)  # who is left does it
    theirs = {text for pid, text in noted(tmp_path / "notes") if pid != os.getpid()}
    assert theirs
    assert len(own) == len(set(own))
    assert not set(own) & theirs


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
def test_ctrl_c_ends_the_workers_and_the_next_sync_goes_on(
    tmp_path: Path, folder: Path, opened: Opening, pool: list[int]
) -> None:
    notes = tmp_path / "notes"
    library = opened(NotingEncoder(notes, 0.03))

    def interrupt(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.sync(folder, interrupt, workers=2)
    assert not any(map(is_running, pool))
    hashes = {key for (key,) in library.store.database.execute("SELECT text_hash FROM vectors")}
    before = len(noted(notes))
    library.sync(folder, workers=2)
    again = {hashlib.sha256(text.encode()).digest() for _, text in noted(notes)[before:]}
    assert hashes
    assert again
    assert not hashes & again
    ((_, stored),) = alone(tmp_path, folder)
    assert contents(rows_of(library)) == contents(stored)


def contents(rows: dict[str, list[tuple[Any, ...]]]) -> object:
    """Return what is stored but for versions and ids, which a sync that was cut off may spend."""
    paths = {number: path for version, number, path, *_ in rows["articles"]}
    files = {version: path for version, _, path, *_ in rows["articles"]}
    return (
        sorted((path, *rest[:-1], paths.get(rest[-1])) for _, _, path, *rest in rows["articles"]),
        sorted((files[version], *rest) for _, version, *rest in rows["passages"]),
        [rows[name] for name in ("vectors", "files", "failures", "shares")],
    )


SYNC = """
import sys
from pathlib import Path
import qa.syncing.ingest
from qa import Library
from qa.syncing.worker_pool import WorkerPool
from tests.working import NotingEncoder

qa.syncing.ingest.BATCH = 10
start = WorkerPool.start
def noting(self, count):
    start(self, count)
    print(*self.pids, flush=True)
WorkerPool.start = noting
place, folder, notes, store = sys.argv[1:]
library = Library(place, encoder=NotingEncoder(Path(notes), 0.03), store=store or None)
library.sync(folder, lambda done, _: done and print("stored", flush=True), workers=2)
"""


@pytest.mark.slow
def test_workers_end_with_the_sync_that_is_killed_and_the_next_one_goes_on(
    tmp_path: Path, folder: Path, opened: Opening, address: str | None
) -> None:
    notes, place = tmp_path / "notes", tmp_path / "several"
    command = [sys.executable, "-W", "ignore", "-c", SYNC, str(place), str(folder), str(notes)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, address or ""], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert process.stdout.readline() == "stored\n"
        process.kill()
    until = time.monotonic() + 60
    while any(map(is_running, pids)):
        assert time.monotonic() < until, "a worker outlives the sync"
        time.sleep(0.1)
    encoder = HashEncoder()
    library = opened(encoder)
    # A vector that nothing will need, as a worker makes of a repost.
    with library.store.transaction(revises=False):
        library.store.vectors.put("hash64", {b"x" * 32: HashEncoder().encode_queries(["x"])[0]})
    stored = {key for (key,) in library.store.database.execute("SELECT text_hash FROM vectors")}
    library.sync(folder)  # one worker takes over from two
    again = {hashlib.sha256(text.encode()).digest() for text in encoder.encoded}
    assert again
    assert not stored & again
    ((_, wanted),) = alone(tmp_path, folder)
    assert contents(rows_of(library)) == contents(wanted)


def test_what_a_worker_meets_is_told_once(folder: Path, opened: Opening, pool: list[int]) -> None:
    library = opened(BrokenEncoder())
    with pytest.raises(ModelError, match=r"^no usable model in /models/broken: it lacks weights$"):
        library.sync(folder, workers=2)
    assert len(pool) == 2
    assert not any(map(is_running, pool))


def test_files_that_go_while_they_are_synced_fail_alone(folder: Path, opened: Opening) -> None:
    def remove(done: int, _: int) -> None:
        if not done:  # they were counted, and divided into several shares
            (folder / "rows.jsonl").unlink(missing_ok=True)

    report = opened().sync(folder, remove, workers=2)
    failed = {failure.path: failure.reason for failure in report.failed}
    assert "No such file" in failed["rows.jsonl"]
    assert "zz30.txt" in report.added
    assert not [path for path in report.added if path.startswith("rows.jsonl")]


def test_an_encoder_that_cannot_be_handed_on_is_told(folder: Path, opened: Opening) -> None:
    with pytest.raises(ModelError, match=r"cannot be handed .* \(cannot pickle 'device' object\)"):
        opened(StubbornEncoder()).sync(folder, workers=2)


@pytest.mark.usefixtures("small_batches")
def test_there_is_one_sync_at_a_time(folder: Path, opened: Opening) -> None:
    library, second = opened(), opened()
    refused: list[str] = []

    def sync_too(*_: int) -> None:
        if not refused:
            with pytest.raises(LibraryBusyError) as error:
                second.sync(folder, workers=2)
            refused.append(str(error.value))

    library.sync(folder, sync_too, workers=2)
    assert f"process {os.getpid()}" in refused[0]
    assert library.status().fresh


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
def test_a_lost_server_ends_the_sync_and_the_next_one_goes_on(
    tmp_path: Path, folder: Path, postgres: Server, pool: list[int]
) -> None:
    cut: list[int] = []

    def lose(done: int, _: int) -> None:
        if done and not cut:
            cut.append(postgres.cut_connections())

    with (
        postgres.database() as address,
        Library(tmp_path / "several", encoder=HashEncoder(), store=address) as library,
    ):
        with pytest.raises(LibraryConnectionError, match="what was stored is safe"):
            library.sync(folder, lose, workers=2)
        assert not any(map(is_running, pool))
        library.sync(folder, workers=2)
        ((_, stored),) = alone(tmp_path, folder)
        assert contents(rows_of(library)) == contents(stored)


@pytest.mark.slow
def test_what_a_lost_machine_had_is_taken_over_when_its_lease_is_over(
    tmp_path: Path, folder: Path, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = opened()
    start = WorkerPool.start

    def after_another(self: WorkerPool, count: int) -> None:
        assert library.store.shares.take("lost", 2) is not None
        start(self, count)

    monkeypatch.setattr(WorkerPool, "start", after_another)
    started = time.monotonic()
    outcome = library.sync(folder, workers=2), rows_of(library)
    assert time.monotonic() - started > 1
    assert [outcome] == alone(tmp_path, folder)


# -- shares ------------------------------------------------------------------------------------

FILE = StoredFile(1, 1, "digest")


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    found = Store(place)
    yield found
    found.close()


def test_a_share_is_one_workers_until_its_lease_is_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = store.database.clock()
    assert abs(now - time.time()) < 60
    monkeypatch.setattr(store.database, "clock", lambda: now)
    shares = [Share(number, (Piece(f"{number}.txt", "", 0, None),)) for number in range(3)]
    store.shares.fill(shares)
    table = store.shares
    assert table.take("a", 10) == shares[0]
    assert table.take("b", 20) == shares[1]
    assert not table.withdraw(0)
    assert table.withdraw(2)
    assert table.take("c", 10) is None
    now += 9
    table.extend("a", 15)
    now += 9
    assert table.take("c", 10) is None
    now += 2  # over for b, not for a
    assert table.take("c", 10) == shares[1]
    assert (table.is_held(1, "b"), table.is_held(1, "c")) == (False, True)
    table.finish(1, "b")  # too late
    assert table.is_open(1)
    table.finish(1, "c")
    assert not table.is_open(1)
    table.release("a")
    assert table.take("c", 10) == shares[0]
    table.fill(shares[:1])
    assert not table.is_held(0, "c")


def test_what_comes_after_the_end_of_a_sync_is_not_stored(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(text_of(1), encoding="utf-8")

    class Late(HashEncoder):
        def encode_documents(self, texts: Any, progress: Any = None) -> Any:
            store.shares.clear()
            return super().encode_documents(texts, progress)

    orders = Orders("", tmp_path, None, elsewhere=False, name="me")
    for encoder, count in ((Late(), 0), (HashEncoder(), 2)):
        store.shares.fill([Share(0, (Piece("a.txt", "", 0, None),))])
        with Sandbox() as sandbox:
            assert Worker(store, encoder, orders, sandbox).step()
        assert len(encoder.encoded) == 2
        assert store.database.execute("SELECT count(*) FROM vectors") == [(count,)]
        assert not store.shares.is_open(0)


def test_files_are_divided_in_their_order() -> None:
    counts = {"a": 1, "t": 7, "b": 1, "c": 1, "d": 1}
    assert divide(dict.fromkeys(counts, FILE), counts, 3) == [
        Share(0, (Piece("a", "digest"), Piece("t", "digest", 0, 2))),
        Share(1, (Piece("t", "digest", 2, 5),)),
        Share(2, (Piece("t", "digest", 5, None), Piece("b", "digest"))),
        Share(3, (Piece("c", "digest"), Piece("d", "digest"))),
    ]


@given(st.lists(st.integers(1, 40), max_size=12), st.integers(1, 15))
def test_shares_hold_every_document_once(sizes: list[int], size: int) -> None:
    counts = {f"{number:02d}": count for number, count in enumerate(sizes)}
    shares = divide(dict.fromkeys(counts, FILE), counts, size)
    assert [share.number for share in shares] == list(range(len(shares)))
    covered = [
        (piece.path, row)
        for share in shares
        for piece in share.pieces
        for row in range(piece.first, counts[piece.path] if piece.last is None else piece.last)
    ]
    assert covered == [(path, row) for path, count in counts.items() for row in range(count)]
    held = [
        sum((counts[piece.path] if piece.last is None else piece.last) - piece.first for piece in s)
        for s in (share.pieces for share in shares)
    ]
    assert all(count == size for count in held[:-1])
    assert all(0 < count <= size for count in held[-1:])


# -- further machines --------------------------------------------------------------------------


@contextmanager
def syncing(library: Library, folder: Path, begun: threading.Event) -> Iterator[list[SyncReport]]:
    reports: list[SyncReport] = []

    def sync() -> None:
        reports.append(library.sync(folder, lambda *_: begun.set(), workers=2))

    thread = threading.Thread(target=sync)
    thread.start()
    try:
        yield reports
    finally:
        thread.join()


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
def test_another_machine_helps_until_the_sync_is_over(
    tmp_path: Path, folder: Path, postgres: Server, pool: list[int]
) -> None:
    notes = tmp_path / "notes"
    begun = threading.Event()
    with (
        postgres.database() as address,
        Library(tmp_path / "one", encoder=NotingEncoder(notes, 0.03), store=address) as one,
        Library(tmp_path / "two", encoder=NotingEncoder(notes), store=address) as two,
        syncing(one, folder, begun) as reports,
    ):
        assert begun.wait(60)
        elsewhere = tmp_path / "mounted"
        elsewhere.symlink_to(folder)
        two.help_syncing(elsewhere)
        assert len(pool) == 3
        helper = pool[-1]
        assert not two.store.database.is_being_written()
        assert helper in {pid for pid, _ in noted(notes)}
        stored = rows_of(two)
    assert [(reports[0], stored)] == alone(tmp_path, folder)


@pytest.mark.slow
def test_who_helps_has_to_see_the_files(tmp_path: Path, folder: Path, postgres: Server) -> None:
    begun = threading.Event()
    (tmp_path / "empty").mkdir()
    slow = NotingEncoder(tmp_path / "notes", 0.03)
    with (
        postgres.database() as address,
        Library(tmp_path / "one", encoder=slow, store=address) as one,
        Library(tmp_path / "two", encoder=HashEncoder(), store=address) as two,
        syncing(one, folder, begun) as reports,
    ):
        assert begun.wait(60)
        with pytest.raises(FolderNotFoundError, match=r"empty has not the files .* such as "):
            two.help_syncing(tmp_path / "empty")
    assert len(reports[0].added) > FILES


def test_there_has_to_be_a_sync_to_help_with(folder: Path, opened: Opening) -> None:
    library = opened()
    with pytest.raises(SyncNotFoundError, match=r"nobody is syncing|library\.db is no library of"):
        library.help_syncing(folder)


# -- the command line --------------------------------------------------------------------------


def called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["yinju", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_the_commands_hand_on_their_options(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[object, ...]] = []
    report = SyncReport(added=(), updated=(), removed=(), unchanged=(), failed=())

    def sync(
        _: Library, source: Path, __: object, *, workers: int, confirmed: bool, checksum: bool
    ) -> SyncReport:
        seen.append(("sync", source, workers, confirmed, checksum))
        return report

    monkeypatch.setattr(Library, "sync", sync)
    monkeypatch.setattr(
        Library, "help_syncing", lambda _, *arguments: seen.append(("work", *arguments))
    )
    monkeypatch.setenv("YINJU_LIBRARY", str(tmp_path / "library"))
    assert called(monkeypatch, "sync", str(folder)) == 0
    assert called(monkeypatch, "sync", str(folder), "--workers", "3") == 0
    assert called(monkeypatch, "work", str(folder), "--workers", "2") == 0
    assert called(monkeypatch, "sync", str(folder), "--workers", "0") == 2
    assert called(monkeypatch, "sync", str(folder), "--yes") == 0
    assert called(monkeypatch, "sync", str(folder), "--checksum") == 0
    assert seen == [
        ("sync", folder, 1, False, False),
        ("sync", folder, 3, False, False),
        ("work", folder, 2),
        ("sync", folder, 1, True, False),
        ("sync", folder, 1, False, True),
    ]


def test_a_library_in_a_folder_takes_no_help_from_elsewhere(
    tmp_path: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Library.open(tmp_path / "library").close()
    assert called(monkeypatch, "work", str(folder), "-l", str(tmp_path / "library")) == 2
    assert capsys.readouterr().err == (
        f"yinju: {tmp_path / 'library' / 'library.db'} is no library of several machines"
        " (YINJU_STORE names none); use 'yinju sync FOLDER --workers N'\n"
    )

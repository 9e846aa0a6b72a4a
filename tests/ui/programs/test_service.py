"""ui.service: how a library stands, told without walking its folder at every look."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from embeddings import Encoder
from qa import Library
from qa.errors import FolderNotFoundError, LibraryDamagedError
from qa.search.indexes import Snapshot
from qa.types import LibraryStatus
from tests.serving import library_of, serving
from ui import service as module
from ui.model_loading import ModelLoading
from ui.service import Service

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def walks(library: Library, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When the folder was walked."""
    walked: list[float] = []
    status = library.status

    def counted() -> LibraryStatus:
        walked.append(time.monotonic())
        time.sleep(0.05)
        return status()

    monkeypatch.setattr(library, "status", counted)
    return walked


def test_the_folder_is_walked_once_for_many_who_look(library: Library, walks: list[float]) -> None:
    service = Service(library, ModelLoading(library))
    with ThreadPoolExecutor(8) as many:
        seen = list(many.map(lambda _: service.status(), range(16)))
    assert [status.articles for status in seen] == [3] * 16
    assert len(walks) == 1


def test_a_status_is_looked_up_anew_after_a_while_and_after_a_change(
    library: Library, walks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(library, ModelLoading(library))
    service.status()
    service.forget_status()
    service.status()
    assert len(walks) == 2
    monkeypatch.setattr(module, "_SEEN", 0.0)
    service.status()
    assert len(walks) == 3


def test_a_change_during_a_walk_is_not_missed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(library, ModelLoading(library))
    status = library.status

    def overtaken() -> LibraryStatus:
        before = status()
        monkeypatch.setattr(library, "status", status)
        library.remove("开平.txt")
        service.forget_status()
        return before

    monkeypatch.setattr(library, "status", overtaken)
    assert service.status().articles == 3
    assert service.status().articles == 2


def test_what_is_done_here_shows_at_once(
    library: Library, walks: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_SEEN", 3600.0)
    with serving(library) as address, httpx.Client(base_url=address, timeout=30) as client:

        def look() -> tuple[int, bool]:
            told = client.get("/api/v1/status").json()
            return told["articles"], told["fresh"]

        assert look() == (3, True)
        (tmp_path / "articles" / "外来.txt").write_text("外来\n\n恩平市有湖3个。\n", "utf-8")
        assert look() == (3, True), "this is what an hour's cache is for"
        new = "恩平温泉\n\n恩平市有温泉度假村12家。\n".encode()
        assert client.post("/library/upload?name=恩平.txt", content=new).status_code == 200
        deadline = time.monotonic() + 30
        while not (seen := look())[1]:  # never fresh without what came
            assert time.monotonic() < deadline, seen
            time.sleep(0.02)
        assert seen == (5, True)
        assert "恩平温泉" in client.get("/library").text
        number = library.article("恩平.txt").id
        assert client.post(f"/library/remove?number={number}").status_code == 204
        assert look() == (4, True)
        before = len(walks)
        for path in ("/library", "/library?q=鹤山", "/api/v1/status"):
            assert client.get(path).status_code == 200
        assert len(walks) == before


def test_stored_is_not_called_fresh_until_the_sync_is_over(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = Service(library, ModelLoading(library))
    stored, indexed = threading.Event(), threading.Event()
    publish = library.current_indexes.publish

    def slowly(encoder: Encoder) -> Snapshot:
        stored.set()
        indexed.wait(30)
        return publish(encoder)

    monkeypatch.setattr(library.current_indexes, "publish", slowly)
    (tmp_path / "articles" / "恩平.txt").write_text("恩平市有湖3个。\n", encoding="utf-8")
    service.arrivals.add("恩平.txt")
    assert stored.wait(30)
    service.forget_status()
    status = service.status()
    assert status.changes is not None
    assert (status.changes.changes, status.fresh) == (False, False)
    assert service.arrivals.stage("恩平.txt") == ("stored", None)
    indexed.set()
    assert service.sync.wait() is None
    assert service.status().fresh


def test_what_arrives_waits_for_the_sync_of_another(library: Library, tmp_path: Path) -> None:
    service = Service(library, ModelLoading(library))
    (tmp_path / "articles" / "恩平.txt").write_text("恩平市有湖3个。\n", encoding="utf-8")
    with library.lock.held():
        service.arrivals.add("恩平.txt")
        time.sleep(0.5)
        assert service.arrivals.stage("恩平.txt") == ("received", None)
    deadline = time.monotonic() + 30
    while service.arrivals.stage("恩平.txt")[0] != "found":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert library.has("恩平.txt")
    service.sync.wait()


def test_what_cannot_be_indexed_says_why(library: Library, tmp_path: Path) -> None:
    service = Service(library, ModelLoading(library))
    for path in (tmp_path / "articles").iterdir():
        path.unlink()
    (tmp_path / "articles").rmdir()
    service.arrivals.add("恩平.txt")
    deadline = time.monotonic() + 30
    while service.arrivals.stage("恩平.txt")[0] != "failed":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    _, error = service.arrivals.stage("恩平.txt")
    assert isinstance(error, FolderNotFoundError)


def test_files_that_come_after_the_store_went_away_are_indexed_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise LibraryDamagedError("broken", "the database cannot be read")

    service = Service(library, ModelLoading(library))
    deadline = time.monotonic() + 30
    with monkeypatch.context() as patched:
        patched.setattr(library.store.files, "failures", gone)
        service.arrivals.add("恩平.txt")
        while service.arrivals.stage("恩平.txt")[0] != "failed":
            assert time.monotonic() < deadline
            time.sleep(0.05)
    service.arrivals.add("恩平.txt")
    while service.arrivals.stage("恩平.txt")[0] != "found":
        assert time.monotonic() < deadline
        time.sleep(0.05)

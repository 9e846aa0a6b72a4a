"""ui.service: how a library stands, told without walking its folder at every look."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from qa import Library
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
        assert look() == (3, False)
        assert client.post("/library/sync").status_code == 200
        while client.get("/library/sync").json()["state"] == "running":
            time.sleep(0.05)
        assert look() == (5, True)
        assert "恩平温泉" in client.get("/library").text
        number = library.article("恩平.txt").id
        assert client.post(f"/library/remove?number={number}").status_code == 204
        assert look() == (4, True)
        before = len(walks)
        for path in ("/library", "/library?q=鹤山", "/api/v1/status"):
            assert client.get(path).status_code == 200
        assert len(walks) == before

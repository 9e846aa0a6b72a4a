"""Threads by the cores that are free."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from embeddings import threads


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What tells how many threads run on a machine of eight cores, of which torch takes four."""
    before = torch.get_num_threads()
    monkeypatch.setattr(threads, "_LOAD", tmp_path / "loadavg")
    monkeypatch.setattr(threads, "_most", 4)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    yield tmp_path / "loadavg"
    torch.set_num_threads(before)


@pytest.mark.parametrize(("running", "taken"), [(1, 4), (5, 4), (6, 3), (8, 1), (9, 1), (100, 1)])
def test_others_leave_so_many(load: Path, running: int, taken: int) -> None:
    load.write_text(f"2.63 3.02 2.71 {running}/104 3398\n", encoding="ascii")
    threads.fit_threads()
    assert torch.get_num_threads() == taken


def test_where_nothing_tells_torch_takes_what_it_likes(load: Path) -> None:
    for said in (None, "", "no such form", "1 2 3 many/9 9"):
        if said is not None:
            load.write_text(said, encoding="ascii")
        before = torch.get_num_threads()
        threads.fit_threads()
        assert torch.get_num_threads() == before
        assert threads.free_cores() is None


@pytest.mark.skipif(not Path("/proc/loadavg").exists(), reason="Linux tells it")
def test_this_machine_tells_it() -> None:
    free = threads.free_cores()
    assert free is not None
    assert 0 <= free <= (os.cpu_count() or 1)

"""Following a folder: what changes in it is answered from soon after."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from qa import Library
from qa.cli.watching import following
from qa.errors import FolderNotFoundError
from tests.conftest import HashEncoder


@pytest.mark.slow
def test_a_change_of_the_folder_is_synced(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("鹤山市有镇9个。\n", encoding="utf-8")
    with Library.open(folder / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        with following(library):
            time.sleep(1)  # until the watcher stands
            (folder / "b.txt").write_text("开平市有镇13个。\n", encoding="utf-8")
            deadline = time.monotonic() + 30
            while not library.has("b.txt") and time.monotonic() < deadline:
                time.sleep(0.1)
        assert library.ask("开平市有多少个镇").text == "13个"


def test_a_library_that_was_never_synced_has_nothing_to_follow(tmp_path: Path) -> None:
    with (
        Library.open(tmp_path / "library", encoder=HashEncoder()) as library,
        pytest.raises(FolderNotFoundError, match="yinju sync FOLDER"),
        following(library),
    ):
        pass

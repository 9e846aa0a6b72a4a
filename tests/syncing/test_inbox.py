"""qa.syncing.inbox: files into and out of the folder of articles."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Library
from qa.errors import ArticleNotFoundError, FolderNotFoundError, UploadError
from qa.syncing.inbox import Inbox, Received, clean_name
from tests.conftest import HashEncoder

TEXT = "鹤山招商\n\n1月至9月鹤山引进亿元以上项目60个，计划总投资209亿元。\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    return made


@pytest.fixture
def inbox(tmp_path: Path, folder: Path) -> Inbox:
    return Inbox(folder, tmp_path / "library" / "removed")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("鹤山招商.txt", "鹤山招商.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\报告.DOCX", "报告.DOCX"),
        ("a\x00b\n\u202etxt.exe.txt", "a_b__txt.exe.txt"),
        (" .隐藏.md ", "隐藏.md"),
        ("行#1.csv", "行_1.csv"),
        ("问?号*.html", "问_号_.html"),
        ("长" * 300 + ".pdf", "长" * 58 + ".pdf"),
        ("half\ud800.txt", "half_.txt"),
    ],
)
def test_a_name_becomes_one_that_every_system_can_store(name: str, stored: str) -> None:
    assert clean_name(name) == stored


@pytest.mark.parametrize(
    "name",
    ["", "/", "..", ".txt", "___.txt", "con.txt", "LPT1.md", "x", "x.exe", "x.txt/", "\u202e"],
)
def test_a_name_that_cannot_be_stored_is_refused(name: str) -> None:
    with pytest.raises(UploadError):
        clean_name(name)


@given(st.text(max_size=300), st.sampled_from([".txt", ".pdf", ".JSONL", ""]))
def test_whatever_the_name_it_is_one_plain_part_or_refused(name: str, suffix: str) -> None:
    try:
        stored = clean_name(name + suffix)
    except UploadError:
        return
    assert Path(stored).name == stored
    assert not stored.startswith(".")
    assert len(stored.encode()) <= 180
    assert clean_name(stored) == stored


# -- putting in --------------------------------------------------------------------------------


def test_a_file_is_stored_whole_under_its_name(inbox: Inbox, folder: Path) -> None:
    assert inbox.receive("a.txt", [b"\xe9\xb9\xa4", b"\xe5\xb1\xb1"]) == Received("a.txt", 6, True)
    assert contents(folder) == {"a.txt": "鹤山".encode()}
    assert (folder / "a.txt").stat().st_mode & 0o777 == 0o644 or os.name == "nt"


def test_the_same_file_is_stored_once_and_another_one_beside_it(inbox: Inbox, folder: Path) -> None:
    inbox.receive("a.txt", [b"one"])
    assert inbox.receive("a.txt", [b"o", b"ne"]) == Received("a.txt", 3, False)
    assert inbox.receive("a.txt", [b"two"]) == Received("a (2).txt", 3, True)
    assert inbox.receive("a.txt", [b"two"]) == Received("a (2).txt", 3, False)
    assert inbox.receive("x/a.txt", [b"six"]) == Received("a (3).txt", 3, True)
    assert contents(folder) == {"a.txt": b"one", "a (2).txt": b"two", "a (3).txt": b"six"}


def test_a_system_without_links_stores_it_too(
    inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert inbox.receive("a.txt", [b"one"]).is_new
    assert inbox.receive("a.txt", [b"two"]) == Received("a (2).txt", 3, True)
    assert inbox.receive("a.txt", [b"one"]) == Received("a.txt", 3, False)
    assert contents(folder) == {"a.txt": b"one", "a (2).txt": b"two"}


def broken() -> Iterator[bytes]:
    yield b"half"
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        ([], "a.txt is empty"),
        ([b""], "a.txt is empty"),
        ([b"x" * 700_000] * 2, "a.txt is larger than 1 MiB"),
        (broken(), "a.txt cannot be written into .*: No space left"),
    ],
)
def test_what_cannot_be_stored_leaves_nothing_behind(
    inbox: Inbox, folder: Path, blocks: list[bytes], told: str
) -> None:
    with pytest.raises(UploadError, match=told):
        inbox.receive("a.txt", blocks, limit=1 << 20)
    assert contents(folder) == {}


def test_a_disk_is_not_filled_up(
    inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=(1 << 30) + 10))
    assert inbox.receive("a.txt", [b"1234567890"]).size == 10
    with pytest.raises(UploadError) as caught:
        inbox.receive("b.txt", [b"1234567890", b"1"])
    assert caught.value.code == "upload_no_room"
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_halves_of_files_that_a_killed_server_left_are_removed(inbox: Inbox, folder: Path) -> None:
    old, new = folder / ".yinju-old.part", folder / ".yinju-new.part"
    for half in (old, new):
        half.write_bytes(b"half")
    os.utime(old, (1, 1))
    inbox.receive("a.txt", [b"whole"])
    assert sorted(path.name for path in folder.iterdir()) == [".yinju-new.part", "a.txt"]


def test_a_folder_that_is_gone_is_told(inbox: Inbox, folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(UploadError, match=r"a\.txt cannot be written"):
        inbox.receive("a.txt", [b"one"])


# -- taking out --------------------------------------------------------------------------------


def test_a_file_is_moved_away_and_not_deleted(inbox: Inbox, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.txt").write_bytes(b"one")
    (folder / "a.txt").write_bytes(b"two")
    moved = [inbox.take_out("sub/a.txt"), inbox.take_out("a.txt")]
    assert [path.read_bytes() for path in moved] == [b"one", b"two"]
    assert not (folder / "a.txt").exists()
    assert not (folder / "sub" / "a.txt").exists()


@pytest.mark.parametrize("path", ["nothing.txt", "../secret.txt", "link.txt", ".", ""])
def test_only_files_of_the_folder_are_taken_out(
    inbox: Inbox, folder: Path, tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(UploadError, match="there is no file"):
        inbox.take_out(path)
    assert (tmp_path / "secret.txt").read_bytes() == b"secret"


# -- a library's -------------------------------------------------------------------------------


def test_what_comes_in_is_found_after_a_sync_and_what_goes_out_at_once_no_more(
    tmp_path: Path, folder: Path
) -> None:
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        with pytest.raises(FolderNotFoundError, match="yinju sync FOLDER"):
            _ = library.inbox
        library.sync(folder)
        library.inbox.receive("鹤山.txt", [TEXT.encode()])
        assert library.sync(folder).added == ("鹤山.txt",)
        assert library.ask("鹤山引进了多少亿元以上项目").text == "60个"
        moved = library.discard("鹤山.txt")
        assert moved.read_text(encoding="utf-8") == TEXT
        assert moved.is_relative_to(tmp_path / "library")
        assert library.ask("鹤山引进了多少亿元以上项目").status == "no_evidence"
        assert library.sync(folder).changes is False
        with pytest.raises(ArticleNotFoundError):
            library.discard("鹤山.txt")


def test_a_row_goes_with_its_whole_table(tmp_path: Path, folder: Path) -> None:
    rows = "标题,正文\n鹤山,鹤山引进亿元以上项目60个。\n开平,开平新增学位4100个。\n"
    (folder / "表.csv").write_text(rows, encoding="utf-8")
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        first = next(library.articles())
        library.discard(first.id)
        assert list(library.articles()) == []
        assert library.sync(folder).changes is False

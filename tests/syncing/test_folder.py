"""qa.syncing.folder: which files are articles, and what changed."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from qa.articles.formats import open_regular
from qa.errors import FolderNotFoundError
from qa.store.files import StoredFile
from qa.syncing.folder import Folder
from qa.types import Failure, LeftOut
from tests.hostile import NO_FILE, make_device, make_socket, minutes_at_most


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def stored(text: str, size: int = -1, modified: int = 0) -> StoredFile:
    return StoredFile(size, modified, digest(text))


def hashes(root: Path, folder: Folder | None = None) -> dict[str, str]:
    found, failures = (folder or Folder(root)).scan({})
    assert failures == []
    return {path: file.sha256 for path, file in found.items()}


def settle(root: Path) -> None:
    """Let the files look as if they were written long ago, so that their times can be trusted."""
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (1_600_000_000, 1_600_000_000))


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FolderNotFoundError, match=r"there is no folder .*nowhere; name the folder"):
        Folder(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲")
    with pytest.raises(FolderNotFoundError, match=r"a\.txt"):
        Folder(tmp_path / "a.txt")


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    assert hashes(tmp_path) == {}


def test_files_are_found_at_any_depth_with_their_hashes(tmp_path: Path) -> None:
    write(tmp_path, b_txt="乙", a_txt="甲", 新闻__2023__c_txt="丙")
    (tmp_path / "D.MD").write_text("丁", encoding="utf-8")
    assert hashes(tmp_path) == {
        "D.MD": digest("丁"),
        "a.txt": digest("甲"),
        "b.txt": digest("乙"),
        "新闻/2023/c.txt": digest("丙"),
    }


def test_hidden_and_system_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲", **{".hidden_txt": "x", ".git__b_txt": "x", "~$a_txt": "x"})
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store"):
        (tmp_path / name).write_text("x")
    assert hashes(tmp_path) == {"a.txt": digest("甲")}


def test_the_library_inside_the_folder_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲", library__notes_txt="x", sub__library__b_txt="乙")
    found, _ = Folder(tmp_path, exclude=tmp_path / "library").scan({})
    assert set(found) == {"a.txt", "sub/library/b.txt"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_out_of_the_folder_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, inside__a_txt="甲", outside__other_txt="x")
    root = tmp_path / "inside"
    (root / "out.txt").symlink_to(tmp_path / "outside" / "other.txt")
    (root / "outfolder").symlink_to(tmp_path / "outside")
    (root / "up").symlink_to(tmp_path)
    (root / "own.txt").symlink_to(root / "a.txt")
    assert hashes(root) == {"a.txt": digest("甲"), "own.txt": digest("甲")}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_nothing_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    assert Folder(tmp_path).scan({}) == (
        {},
        [Failure("gone.txt", "the file cannot be read: No such file or directory")],
    )


def test_a_file_of_an_unknown_kind_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲")
    (tmp_path / "b.xyz").write_text("乙", encoding="utf-8")
    found, (failure,) = Folder(tmp_path).scan({})
    assert set(found) == {"a.txt"}
    assert failure.path == "b.xyz"
    assert failure.reason.startswith("files of this kind cannot be read; known kinds: ")
    assert ".txt" in failure.reason.split()


def test_a_file_that_is_too_large_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.syncing.folder.MAX_BYTES", 3 << 20)
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate((5 << 20) + 1)
    with (tmp_path / "limit.txt").open("wb") as file:
        file.truncate(3 << 20)
    found, failures = Folder(tmp_path).scan({})
    assert set(found) == {"limit.txt"}
    assert failures == [
        Failure(
            "large.txt",
            "the file has 5 MiB, more than the 3 MiB that an article may have; split it",
        )
    ]


def test_a_file_that_may_not_be_read_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_txt="甲", b_txt="乙")

    def refuse(path: Path) -> BinaryIO:  # root may read everything, so no chmod
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied")
        return open_regular(path)

    monkeypatch.setattr("qa.syncing.folder.open_regular", refuse)
    found, failures = Folder(tmp_path).scan({})
    assert set(found) == {"a.txt"}
    assert failures == [Failure("b.txt", "the file cannot be read: Permission denied")]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_a_failure_that_can_be_shown(tmp_path: Path) -> None:
    name = os.fsdecode("鹤山.txt".encode("gbk"))
    (tmp_path / name).write_text("甲", encoding="utf-8")
    found, (failure,) = Folder(tmp_path).scan({})
    assert found == {}
    assert failure.reason == "the file name is not valid UTF-8; rename it"
    failure.path.encode("utf-8")
    assert failure.path.endswith(".txt")


def test_comparing_tells_what_differs(tmp_path: Path) -> None:
    write(tmp_path, new_txt="新", same_txt="同", changed_txt="改", b_txt="名")
    (tmp_path / "bad.xyz").write_text("x")
    known = {
        "same.txt": stored("同"),
        "changed.txt": stored("旧"),
        "z.txt": stored("z"),
        "gone.txt": stored("gone"),
        "a.txt": stored("名"),
    }
    changes = Folder(tmp_path).compare(known)
    assert changes.added == ("new.txt",)
    assert changes.updated == ("changed.txt",)
    assert changes.removed == ("gone.txt", "z.txt")
    assert changes.renamed == {"b.txt": "a.txt"}
    assert changes.unchanged == ("same.txt",)
    assert [failure.path for failure in changes.failed] == ["bad.xyz"]
    assert {path: file.sha256 for path, file in changes.found.items()} == {
        "b.txt": digest("名"),
        "changed.txt": digest("改"),
        "new.txt": digest("新"),
        "same.txt": digest("同"),
    }


def test_of_two_equal_files_each_takes_over_one_that_went(tmp_path: Path) -> None:
    write(tmp_path, c_txt="同", d_txt="同", e_txt="同")
    known = {"a.txt": stored("同"), "b.txt": stored("同")}
    changes = Folder(tmp_path).compare(known)
    assert changes.renamed == {"c.txt": "a.txt", "d.txt": "b.txt"}
    assert (changes.added, changes.removed) == (("e.txt",), ())


def test_a_file_that_was_copied_is_not_renamed(tmp_path: Path) -> None:
    write(tmp_path, a_txt="同", b_txt="同")
    changes = Folder(tmp_path).compare({"a.txt": stored("同")})
    assert (changes.added, changes.renamed) == (("b.txt",), {})


def test_a_file_is_hashed_again_only_when_size_or_time_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_txt="甲", b_txt="乙")
    settle(tmp_path)
    folder = Folder(tmp_path)
    found, _ = folder.scan({})
    opened: list[str] = []

    def counting(path: Path) -> BinaryIO:
        opened.append(path.name)
        return open_regular(path)

    with monkeypatch.context() as patch:
        patch.setattr("qa.syncing.folder.open_regular", counting)
        folder.scan({})
        Folder(tmp_path).scan(found)  # another process, which knows what is stored
    assert opened == []
    write(tmp_path, b_txt="丙丁")
    with monkeypatch.context() as patch:
        patch.setattr("qa.syncing.folder.open_regular", counting)
        assert hashes(tmp_path, folder) == {"a.txt": digest("甲"), "b.txt": digest("丙丁")}
    assert opened == ["b.txt"]


def test_a_file_written_just_now_is_hashed_again(tmp_path: Path) -> None:
    """It may change once more within the resolution of its time, and keep its size."""
    write(tmp_path, a_txt="甲")
    folder = Folder(tmp_path)
    before = (tmp_path / "a.txt").stat()
    found, _ = folder.scan({})
    write(tmp_path, a_txt="乙")
    os.utime(tmp_path / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert hashes(tmp_path, folder) == {"a.txt": digest("乙")}
    assert Folder(tmp_path).compare(found).updated == ("a.txt",)


def test_a_file_that_changed_since_it_was_seen_is_not_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲")
    settle(tmp_path)
    folder = Folder(tmp_path)
    found, _ = folder.scan({})
    assert folder.is_as("a.txt", found["a.txt"])
    write(tmp_path, a_txt="乙乙")
    assert not folder.is_as("a.txt", found["a.txt"])
    (tmp_path / "a.txt").unlink()
    assert not folder.is_as("a.txt", found["a.txt"])


def test_a_folder_with_a_name_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"\xba\xff")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this system refuses such names")
    with pytest.raises(FolderNotFoundError, match=r"/\?\? is not valid UTF-8; rename it$"):
        Folder(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_link_that_cannot_be_followed_leaves_the_others_alone(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲", sub__b_txt="乙")
    (tmp_path / "sub" / "long.txt").symlink_to("x" * 300)
    (tmp_path / "long.txt").symlink_to("x" * 300 + ".txt")
    found, failures = Folder(tmp_path).scan({})
    assert set(found) == {"a.txt", "sub/b.txt"}
    told = "the file cannot be read: File name too long"
    assert failures == [Failure("long.txt", told), Failure("sub/long.txt", told)]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_folder_too_deep_is_told_and_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_txt="甲")
    monkeypatch.chdir(tmp_path)
    for _ in range(17):  # 4,250 characters, more than a path may have
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)
    monkeypatch.chdir(tmp_path)
    found, (failure,) = Folder(tmp_path).scan({})
    assert set(found) == {"a.txt"}
    assert failure.reason == "the folder cannot be read: File name too long"
    known = {f"{failure.path}/{'d' * 250}/b.txt": stored("乙")}
    assert Folder(tmp_path).compare(known).removed == ()  # which nobody knows


def test_an_entry_of_which_the_system_tells_nothing_leaves_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_txt="甲", lost__b_txt="乙")
    kind = Folder._kind

    def refusing(folder: Folder, entry: os.DirEntry[str]) -> str:
        if entry.name == "lost":
            raise OSError(5, "Input/output error")
        return kind(folder, entry)

    monkeypatch.setattr(Folder, "_kind", refusing)
    changes = Folder(tmp_path).compare({"lost/b.txt": stored("乙"), "c.txt": stored("丙")})
    assert changes.added == ("a.txt",)
    assert changes.removed == ("c.txt",)
    assert changes.failed == (Failure("lost", "the file cannot be read: Input/output error"),)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_devices_are_not_waited_for_and_told_by_name(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲")
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "to_pipe.txt").symlink_to(tmp_path / "pipe.txt")
    (tmp_path / "none").symlink_to("pipe.txt")
    names = ["none", "pipe.txt", "to_pipe.txt"]
    if make_device(tmp_path / "endless.txt"):
        (tmp_path / "zeros.csv").symlink_to("endless.txt")
        names += ["endless.txt", "zeros.csv"]
    with minutes_at_most():
        found, failures = Folder(tmp_path).scan({})
    assert set(found) == {"a.txt"}
    assert failures == [Failure(name, NO_FILE) for name in sorted(names)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_file_that_becomes_a_pipe_before_it_is_opened_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is what was opened, not what the folder said it was."""
    write(tmp_path, a_txt="甲", b_txt="乙")

    def swapped(path: Path) -> BinaryIO:
        if path.name == "a.txt":
            path.unlink()
            os.mkfifo(path)
        return open_regular(path)

    monkeypatch.setattr("qa.syncing.folder.open_regular", swapped)
    with minutes_at_most():
        found, failures = Folder(tmp_path).scan({})
    assert set(found) == {"b.txt"}
    assert failures == [Failure("a.txt", NO_FILE)]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_what_is_left_out_on_purpose_is_counted(tmp_path: Path) -> None:
    root = tmp_path / "articles"
    write(root, a_txt="甲", **{".one_txt": "x", ".git__b_txt": "x", ".git__c_txt": "x"})
    write(root, library__library_db="x", **{"~$a_docx": "x"})
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store"):
        (root / name).write_text("x")
    (root / "out.txt").symlink_to(tmp_path / "other.txt")
    (root / "up").symlink_to(tmp_path)
    (root / "own.txt").symlink_to(root / "a.txt")
    (root / "sub").mkdir()
    (root / "sub" / ".hidden").write_text("x")
    folder = Folder(root, exclude=root / "library")
    expected = LeftOut(hidden=4, temporary=1, system=2, links=2)
    assert folder.compare({}).left_out == expected
    with make_socket(root / "talk.txt"):
        (root / "to_talk.txt").symlink_to("talk.txt")
        changes = folder.compare({})
    assert changes.left_out == LeftOut(hidden=4, temporary=1, system=2, links=2, sockets=2)
    assert (changes.added, changes.failed) == (("a.txt", "own.txt"), ())
    assert (expected.total, changes.left_out.total) == (9, 11)

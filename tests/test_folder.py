"""qa.folder and qa.formats: which files are articles, and what changed."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from qa import formats
from qa.errors import ArticleUnreadableError, FolderNotFoundError
from qa.folder import Folder
from qa.formats import read_document
from qa.types import Failure, SyncReport


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_txt", ".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FolderNotFoundError, match=r"there is no folder .*nowhere; name the folder"):
        Folder(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲")
    with pytest.raises(FolderNotFoundError, match=r"a\.txt"):
        Folder(tmp_path / "a.txt")


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    assert Folder(tmp_path).scan() == ({}, [])


def test_files_are_found_at_any_depth_with_their_hashes(tmp_path: Path) -> None:
    write(tmp_path, b_txt="乙", a_txt="甲", 新闻__2023__c_txt="丙")
    (tmp_path / "D.MD").write_text("丁", encoding="utf-8")
    found, failures = Folder(tmp_path).scan()
    assert found == {
        "D.MD": digest("丁"),
        "a.txt": digest("甲"),
        "b.txt": digest("乙"),
        "新闻/2023/c.txt": digest("丙"),
    }
    assert failures == []


def test_hidden_and_system_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲", **{".hidden_txt": "x", ".git__b_txt": "x", "~$a_txt": "x"})
    for name in ("Thumbs.db", "desktop.ini", ".DS_Store"):
        (tmp_path / name).write_text("x")
    assert Folder(tmp_path).scan() == ({"a.txt": digest("甲")}, [])


def test_the_library_inside_the_folder_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲", library__notes_txt="x", sub__library__b_txt="乙")
    found, _ = Folder(tmp_path, exclude=tmp_path / "library").scan()
    assert set(found) == {"a.txt", "sub/library/b.txt"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_out_of_the_folder_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, inside__a_txt="甲", outside__other_txt="x")
    root = tmp_path / "inside"
    (root / "out.txt").symlink_to(tmp_path / "outside" / "other.txt")
    (root / "outfolder").symlink_to(tmp_path / "outside")
    (root / "up").symlink_to(tmp_path)
    (root / "own.txt").symlink_to(root / "a.txt")
    found, failures = Folder(root).scan()
    assert found == {"a.txt": digest("甲"), "own.txt": digest("甲")}
    assert failures == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_to_nothing_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    assert Folder(tmp_path).scan() == (
        {},
        [Failure("gone.txt", "the file cannot be read: No such file or directory")],
    )


def test_a_file_of_an_unknown_kind_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, a_txt="甲")
    (tmp_path / "b.xyz").write_text("乙", encoding="utf-8")
    found, (failure,) = Folder(tmp_path).scan()
    assert set(found) == {"a.txt"}
    assert failure.path == "b.xyz"
    assert failure.reason.startswith("files of this kind cannot be read; known: ")
    assert ".txt" in failure.reason.split()


def test_a_file_that_is_too_large_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_BYTES", 3 << 20)
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate((5 << 20) + 1)
    with (tmp_path / "limit.txt").open("wb") as file:
        file.truncate(3 << 20)
    found, failures = Folder(tmp_path).scan()
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
    original = Path.read_bytes

    def refuse(path: Path) -> bytes:  # root may read everything, so no chmod
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied")
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    found, failures = Folder(tmp_path).scan()
    assert found == {"a.txt": digest("甲")}
    assert failures == [Failure("b.txt", "the file cannot be read: Permission denied")]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_a_failure_that_can_be_shown(tmp_path: Path) -> None:
    name = os.fsdecode("鹤山.txt".encode("gbk"))
    (tmp_path / name).write_text("甲", encoding="utf-8")
    found, (failure,) = Folder(tmp_path).scan()
    assert found == {}
    assert failure.reason == "the file name is not valid UTF-8; rename it"
    failure.path.encode("utf-8")
    assert failure.path.endswith(".txt")


def test_comparing_tells_what_a_sync_would_do(tmp_path: Path) -> None:
    write(tmp_path, new_txt="新", same_txt="同", changed_txt="改")
    (tmp_path / "bad.xyz").write_text("x")
    stored = {"same.txt": digest("同"), "changed.txt": digest("旧"), "z.txt": "", "gone.txt": ""}
    report, found = Folder(tmp_path).compare(stored, {})
    assert found == {"changed.txt": digest("改"), "new.txt": digest("新"), "same.txt": digest("同")}
    failed = report.failed
    assert report == SyncReport(
        added=("new.txt",),
        updated=("changed.txt",),
        removed=("gone.txt", "z.txt"),
        unchanged=("same.txt",),
        failed=failed,
    )
    assert [failure.path for failure in failed] == ["bad.xyz"]


def test_a_file_that_failed_before_is_failed_and_not_new(tmp_path: Path) -> None:
    write(tmp_path, broken_txt="坏", new_txt="新")
    report, _ = Folder(tmp_path).compare({}, {"broken.txt": "damaged", "gone.txt": "damaged"})
    assert report.added == ("new.txt",)
    assert report.failed == (Failure("broken.txt", "damaged"),)


def test_a_file_is_hashed_again_only_when_size_or_time_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a_txt="甲", b_txt="乙")
    folder = Folder(tmp_path)
    folder.scan()
    hashed: list[str] = []
    original = Path.read_bytes

    def counting(path: Path) -> bytes:
        hashed.append(path.name)
        return original(path)

    monkeypatch.setattr(Path, "read_bytes", counting)
    folder.scan()
    assert hashed == []
    write(tmp_path, b_txt="丙丁")
    assert folder.scan()[0] == {"a.txt": digest("甲"), "b.txt": digest("丙丁")}
    assert hashed == ["b.txt"]


def test_reading_gives_the_bytes(tmp_path: Path) -> None:
    write(tmp_path, sub__a_txt="甲\r\n")
    folder = Folder(tmp_path)
    assert folder.read("sub/a.txt") == "甲\r\n".encode()
    with pytest.raises(ArticleUnreadableError, match="the file cannot be read: No such file"):
        folder.read("sub/b.txt")


# -- formats -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.TXT", "b/c.text", "a.md", "a.Markdown"])
def test_plain_text_and_markdown_are_read_as_they_are_written(name: str) -> None:
    text = "# 标题\r\n\r\n**正文**。\n"
    assert read_document(name, text.encode("gb18030")).text == text


@pytest.mark.parametrize("name", ["a.xyz", "noextension", "a.txt.xyz"])
def test_an_unknown_kind_is_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(ArticleUnreadableError, match=r"known kinds: .*\.md .*\.txt"):
        read_document(name, "正文".encode())


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", "\ufeff\u3000".encode()])
def test_a_file_without_text_is_refused(data: bytes) -> None:
    with pytest.raises(ArticleUnreadableError, match="the file has no text"):
        read_document("a.txt", data)

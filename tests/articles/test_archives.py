"""qa.articles.formats.archives: the files in an archive as if they lay in the folder."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import py7zr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Library
from qa.articles.formats import Document, Unreadable, archives, read_documents
from qa.articles.sandbox import Sandbox
from qa.errors import ArticleUnreadableError
from tests.articles.test_formats import damaged, refused_or_read, written
from tests.conftest import HashEncoder

TEXT = "招商情况\n鹤山市引进项目60个，总投资209亿元。"
FILES = {
    "报道/2023-08-02 招商.txt": TEXT.encode(),
    "报道/公报.html": "<html><body><p>引进项目60个。</p></body></html>".encode("gb18030"),
    "报道/.隐藏.txt": b"x",
    "__MACOSX/招商.txt": b"x",
    "报道/~$招商.docx": b"x",
    "图.psd": b"x",
}


def as_zip(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("报道/", b"")
        for name, data in files.items():
            packed.writestr(name, data)


def as_tar(path: Path, files: Mapping[str, bytes]) -> None:
    kind = {".gz": "gz", ".tgz": "gz", ".xz": "xz", ".bz2": "bz2"}.get(path.suffix, "")
    with tarfile.open(path, f"w:{kind}") as packed:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("外面.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)


def as_seven(path: Path, files: Mapping[str, bytes]) -> None:
    with py7zr.SevenZipFile(path, "w") as packed:
        for name, data in files.items():
            packed.writef(io.BytesIO(data), name)


MAKERS: dict[str, Callable[[Path, Mapping[str, bytes]], None]] = {
    "a.zip": as_zip,
    "a.tar": as_tar,
    "a.tar.gz": as_tar,
    "a.tgz": as_tar,
    "a.tar.bz2": as_tar,
    "a.tar.xz": as_tar,
    "a.7z": as_seven,
}


def code(path: Path) -> str:
    with pytest.raises(ArticleUnreadableError) as raised:
        list(read_documents(path))
    return str(raised.value.code)


@pytest.mark.parametrize("name", MAKERS)
def test_the_files_of_an_archive_are_articles_with_their_paths(tmp_path: Path, name: str) -> None:
    MAKERS[name](tmp_path / name, FILES)
    first, second = read_documents(tmp_path / name)
    assert first == Document(
        TEXT,
        title="招商情况",
        published=date(2023, 8, 2),
        key="报道/2023-08-02 招商.txt",
    )
    assert isinstance(second, Document)
    assert (second.key, second.text) == ("报道/公报.html", "引进项目60个。")


def test_names_in_the_code_of_chinese_windows_are_read(tmp_path: Path) -> None:
    name = "招商"
    as_zip(tmp_path / "a.zip", {"ABCD.txt": TEXT.encode()})
    data = (tmp_path / "a.zip").read_bytes().replace(b"ABCD", name.encode("gbk"))
    (tmp_path / "a.zip").write_bytes(data)
    (found,) = read_documents(tmp_path / "a.zip")
    assert found.key == f"{name}.txt"


def test_a_file_that_fails_costs_itself(tmp_path: Path) -> None:
    as_zip(tmp_path / "in.zip", {"a.txt": b"x"})
    files = {
        "坏.docx": b"no zip",
        "空.txt": b"",
        "里.zip": (tmp_path / "in.zip").read_bytes(),
        "表.csv": "编号,正文\nx,引进60个。\ny,\n".encode(),
    }
    as_zip(tmp_path / "a.zip", files)
    with Sandbox() as sandbox:
        found = list(sandbox.read(tmp_path / "a.zip"))
    assert [
        (item.key, item.error.code if isinstance(item, Unreadable) else item.text) for item in found
    ] == [
        ("坏.docx", "file_damaged"),
        ("空.txt", "no_text"),
        ("里.zip", "archive_in_archive"),
        ("表.csv#x", "引进60个。"),
        ("表.csv#y", "row_without_text"),
    ]


@pytest.mark.parametrize("name", ["../../away.txt", "/away.txt", "a/../../../away.txt"])
@pytest.mark.parametrize("kind", ["a.zip", "a.tar"])
def test_nothing_is_written_where_a_name_says(tmp_path: Path, kind: str, name: str) -> None:
    inner = tmp_path / "one" / "two"
    inner.mkdir(parents=True)
    MAKERS[kind](inner / kind, {name: TEXT.encode()})
    before = sorted(tmp_path.rglob("*"))
    (found,) = read_documents(inner / kind)
    assert isinstance(found, Document)
    assert (found.text, sorted(tmp_path.rglob("*"))) == (TEXT, before)
    assert ".." not in found.key
    assert not found.key.startswith("/")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.7z"])
@pytest.mark.parametrize(
    ("limit", "told"), [("MAX_MEMBERS", "too_many_parts"), ("MAX_UNPACKED", "unpacks_too_large")]
)
def test_more_than_an_archive_may_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limit: str, told: str
) -> None:
    MAKERS[name](tmp_path / name, {f"{number}.txt": bytes(60) for number in range(3)})
    monkeypatch.setattr(archives, limit, 2)
    assert code(tmp_path / name) == told


def test_a_compressed_stream_of_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    big = tarfile.TarInfo("big.txt")
    big.size = 300 << 20
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz", compresslevel=1) as packed:
        packed.addfile(big, _Zeros(big.size))
    assert code(tmp_path / "a.tar.gz") == "unpacks_too_large"


class _Zeros(io.RawIOBase):
    """A file of nothing but zeros."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return bytes(size)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", b"no archive"),
        ("a.tar.gz", b"\x1f\x8b\x08no archive"),
        ("a.tar", b"x" * 1024),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40)),
        ("a.7z", b"no archive"),
        ("a.xz", b"\xfd7zXZ\x00" + bytes(40)),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert code(tmp_path / name) == "file_damaged"


def test_an_archive_with_a_password_is_said_to_have_one(tmp_path: Path) -> None:
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w", password=TEXT) as packed:
        packed.writef(io.BytesIO(TEXT.encode()), "a.txt")
    assert code(tmp_path / "a.7z") == "file_encrypted"


def test_an_archive_without_articles_has_no_text(tmp_path: Path) -> None:
    as_zip(tmp_path / "a.zip", {"图.psd": b"x"})
    assert code(tmp_path / "a.zip") == "no_text"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Archives without damage."""
    folder = tmp_path_factory.mktemp("sound")
    for name, make in MAKERS.items():
        make(folder / name, FILES)
    return {name: (folder / name).read_bytes() for name in MAKERS}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz", "a.7z"])
@given(data=st.data())
def test_a_damaged_archive_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    sound: dict[str, bytes],
    name: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    refused_or_read(written(folder / name, damaged(sound[name], data)))


def test_an_archive_follows_its_changes(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    as_zip(folder / "报道.zip", {"甲.txt": TEXT.encode(), "乙.txt": b"two\n" * 9})
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        assert library.sync(folder).added == ("报道.zip#甲.txt", "报道.zip#乙.txt")
        as_zip(folder / "报道.zip", {"甲.txt": TEXT.encode(), "丙.txt": b"three\n" * 9})
        report = library.sync(folder)
        assert (report.added, report.removed) == (("报道.zip#丙.txt",), ("报道.zip#乙.txt",))
        hits = library.retrieve("鹤山引进了多少项目", 3)
        assert hits[0].article.path == "报道.zip#甲.txt"

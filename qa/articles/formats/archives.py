"""Archives, opened only if they cannot fill memory or disk: of articles, and docx and epub.

An archive's articles have its members' paths as keys.
"""

from __future__ import annotations

import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from qa.articles.formats import (
    READERS,
    Document,
    Unreadable,
    missing,
    read_bytes,
    read_documents,
)
from qa.articles.metadata import find_metadata
from qa.errors import ArticleUnreadableError

MAX_UNPACKED = 256 << 20  # bytes of all members together
MAX_MEMBERS = 10_000
_SEVEN = b"7z\xbc\xaf\x27\x1c"  # what 7z archives begin with
_UTF8 = 1 << 11  # the flag of a zip's member whose name is in UTF-8
# What reading a damaged archive raises, or one whose parts contradict each other.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    ValueError,
)
_DAMAGED = (*DAMAGED, tarfile.TarError, lzma.LZMAError)
_ELSEWHERE = frozenset({"/", ".."})  # parts of a path that lead out of an archive


class Member(NamedTuple):
    """A file in an archive: its path there, and what it holds."""

    name: str
    data: bytes


def read(path: Path) -> Iterator[Document | Unreadable]:
    """Yield the articles in the archive's files of known kinds; those that fail, each by itself."""
    data = read_bytes(path)
    with tempfile.TemporaryDirectory() as folder:
        for number, member in enumerate(_members(path, data)):
            # Of its name the kind alone is used, so that no member is written anywhere else.
            copy = Path(folder) / f"{number}{PurePosixPath(member.name).suffix.lower()}"
            copy.write_bytes(member.data)
            parts = PurePosixPath(member.name).parts
            yield from _documents("/".join(p for p in parts if p not in _ELSEWHERE), copy)
            copy.unlink()


def _documents(name: str, copy: Path) -> Iterator[Document | Unreadable]:
    """Yield what the member ``name`` holds, which is copied to ``copy``."""
    if READERS[copy.suffix] == "archives":
        yield Unreadable(name, _nested())
        return
    try:
        for item in read_documents(copy):
            key = f"{name}#{item.key}" if item.key else name
            if isinstance(item, Unreadable):
                yield Unreadable(key, item.error)
            else:
                known = find_metadata(item.text, name)
                yield replace(
                    item,
                    key=key,
                    title=item.title or known.title,
                    published=item.published or known.published,
                )
    except ArticleUnreadableError as error:
        yield Unreadable(name, error)


def _nested() -> ArticleUnreadableError:
    return ArticleUnreadableError(
        "archive_in_archive", "archives in archives are not opened; unpack it into the folder"
    )


def _members(path: Path, data: bytes) -> Iterator[Member]:
    """Yield the files of known kinds, in the archive's order."""
    try:
        if data.startswith(_SEVEN):
            yield from _seven(path, data)
        elif path.suffix.lower() == ".zip":
            yield from _zip(data)
        else:
            yield from _tar(data)
    except _DAMAGED as error:
        raise _damaged(error) from error


def _is_article(name: str) -> bool:
    """Tell whether a member would be read if it lay in the folder."""
    parts = PurePosixPath(name).parts
    hidden = any(
        part.startswith((".", "~$")) or part == "__MACOSX" for part in {*parts} - _ELSEWHERE
    )
    return not hidden and PurePosixPath(name).suffix.lower() in READERS


def _zip(data: bytes) -> Iterator[Member]:
    with open_archive(data) as archive:
        for member in archive.infolist():
            name = _zip_name(member)
            if not member.is_dir() and _is_article(name):
                yield Member(name, archive.read(member))


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Return a member's path; Windows writes Chinese ones in its own code without saying so."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        with suppress(ValueError):
            name = name.encode("cp437").decode("gb18030")
    return name.replace("\\", "/")


def _tar(data: bytes) -> Iterator[Member]:
    total = 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
        for number, member in enumerate(archive):
            total += member.size
            _bounded(number + 1, total)
            content: IO[bytes] | None = None
            if member.isfile() and _is_article(member.name):
                content = archive.extractfile(member)
            if content is not None:
                yield Member(member.name, content.read())


def _seven(path: Path, data: bytes) -> Iterator[Member]:
    try:
        import py7zr
        from py7zr.io import BytesIOFactory
    except ImportError as error:
        raise missing(path.suffix, "py7zr") from error
    try:
        with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
            if archive.needs_password():
                raise _encrypted()
            members = [member for member in archive.list() if member.is_file]
            _bounded(len(members), sum(member.uncompressed for member in members))
            names = [member.filename for member in members if _is_article(member.filename)]
            held = BytesIOFactory(MAX_UNPACKED)
            archive.extract(targets=names, factory=held)
    except py7zr.exceptions.ArchiveError as error:
        raise _damaged(error) from error
    for name in names:
        yield Member(name, held.products[name].read())


def _bounded(members: int, size: int) -> None:
    """Refuse an archive of more members, or of more bytes in all, than can be read."""
    if members > MAX_MEMBERS:
        raise ArticleUnreadableError(
            "too_many_parts", "the file has more than {limit:,} parts", limit=MAX_MEMBERS
        )
    if size > MAX_UNPACKED:
        raise ArticleUnreadableError(
            "unpacks_too_large",
            "the file would unpack to more than {limit} MiB",
            limit=MAX_UNPACKED >> 20,
        )


def _damaged(error: Exception) -> ArticleUnreadableError:
    return ArticleUnreadableError("file_damaged", "the file is damaged: {said}", said=error)


def _encrypted() -> ArticleUnreadableError:
    return ArticleUnreadableError(
        "file_encrypted", "the file is encrypted; save it without a password"
    )


def open_archive(data: bytes) -> zipfile.ZipFile:
    """Return the archive.

    The sizes that it declares are checked here; reading a member stops at the declared size.
    Archives inside are never opened.

    Raises:
        ArticleUnreadableError: if it is none, is encrypted, or would unpack to too much.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGED as error:
        raise _damaged(error) from error
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise _encrypted()
    _bounded(len(members), sum(member.file_size for member in members))
    return archive

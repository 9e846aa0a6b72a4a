"""Files into and out of the folder of articles, on behalf of somebody who only sees a page."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from qa.articles.descriptions import described_by, is_sidecar
from qa.articles.formats import MAX_BYTES, reader_of
from qa.errors import ArticleUnreadableError, UploadError, refusal
from qa.store.durable import settle_folder

_NAME_BYTES = 180  # of a file's name in UTF-8; systems take 255, and a number may have to fit in
# What a name must not hold on one of the systems, or would deceive in a list.
_UNFIT = re.compile(r'[<>:"/\\|?*#\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # Windows's devices
_BLOCK = 1 << 20
_PREFIX, _SUFFIX = ".yinju-", ".part"  # of a file that is not there as a whole yet
_SPARE = 1 << 30  # bytes that uploads leave free: without any, the whole machine stands still
_FORGOTTEN = 86_400  # seconds after which half a file is what a server left that was killed


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was put into the folder; ``path`` is relative to it.

    ``is_new`` is False where the folder held the same file under that name already.
    """

    path: str
    size: int
    is_new: bool


def clean_name(name: str) -> str:
    """Return the last part of a file name as it can be stored on every system.

    Raises:
        UploadError: if nothing is left of it, or files of its kind cannot be read.
    """
    last = re.split(r"[/\\]", name)[-1].encode("utf-8", "replace").decode("utf-8")
    last = _UNFIT.sub("_", unicodedata.normalize("NFC", last)).strip(" .")
    stem, dot, suffix = last.rpartition(".")
    if not dot or not stem.strip(" ._") or _RESERVED.fullmatch(stem.split(".")[0]):
        raise UploadError(
            "upload_name_unfit",
            "{name!r} is no file name that can be stored; rename it",
            name=last or name[:80],
        )
    try:
        reader_of(Path(last))
    except ArticleUnreadableError as error:
        raise UploadError(
            "upload_unreadable", "{name}: {reason}", name=last, reason=error
        ) from error
    while len(f"{stem}.{suffix}".encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}.{suffix}"


class Inbox:
    """Puts files into a folder of articles, whole or not at all, and takes them out again."""

    def __init__(self, folder: Path, removed: Path) -> None:
        """Name the folder, and the one to which files are moved that are taken out."""
        self._folder = folder.resolve()
        self._removed = removed

    def receive(self, name: str, blocks: Iterable[bytes], limit: int = MAX_BYTES) -> Received:
        """Store a file under ``name``, or a numbered one where another file has it.

        Raises:
            UploadError: if the name is not fit, it has more than ``limit`` bytes or none, the
                disk has no room for it, or it cannot be written.
        """
        name = clean_name(name)
        scratch = None
        try:
            self._sweep()
            room = shutil.disk_usage(self._folder).free - _SPARE
            handle, scratch = tempfile.mkstemp(dir=self._folder, prefix=_PREFIX, suffix=_SUFFIX)
            with os.fdopen(handle, "wb") as file:
                size, digest = _write(file, name, blocks, limit, room)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(scratch, 0o644)  # noqa: PTH101 - as other files in the folder are
            return self._place(Path(scratch), name, size, digest)
        except OSError as error:
            raise UploadError(
                "upload_not_written",
                "{name} cannot be written into {folder}: {why}",
                name=name,
                folder=self._folder,
                why=refusal(error),
            ) from error
        finally:
            if scratch is not None:
                Path(scratch).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove the halves of files that were left lying."""
        for half in self._folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            if time.time() - half.stat().st_mtime > _FORGOTTEN:
                half.unlink(missing_ok=True)

    def _place(self, scratch: Path, name: str, size: int, digest: bytes) -> Received:
        """Give a file its name, without ever replacing another one."""
        stem, _, suffix = name.rpartition(".")
        number = 1
        while True:
            path = self._folder / (name if number == 1 else f"{stem} ({number}).{suffix}")
            try:
                _link_or_copy(scratch, path)
                settle_folder(self._folder)
            except FileExistsError:
                if path.is_file() and path.stat().st_size == size and _digest(path) == digest:
                    return Received(path.name, size, is_new=False)
                number += 1
            else:
                return Received(path.name, size, is_new=True)

    def take_out(self, path: str) -> Path:
        """Move the file at ``path``, relative to the folder, away; return where it lies now.

        The sidecar that describes it, and no other file, goes with it.

        Raises:
            UploadError: if there is no such file in the folder, or it cannot be moved.
        """
        source = self._folder / PurePosixPath(path)
        if not source.resolve().is_relative_to(self._folder) or not source.is_file():
            raise UploadError(
                "file_not_in_folder",
                "there is no file {path} in {folder}",
                path=path,
                folder=self._folder,
            )
        day = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
        target = self._removed / day / source.name
        try:
            target.parent.mkdir(parents=True)
            shutil.move(source, target)
            sidecar = source.with_name(described_by(source.name))
            if sidecar.is_file() and not _is_needed(sidecar):
                shutil.move(sidecar, target.with_name(sidecar.name))
        except OSError as error:
            raise UploadError(
                "file_not_moved",
                "{path} cannot be moved to {target}: {why}",
                path=path,
                target=target,
                why=refusal(error),
            ) from error
        return target


def _is_needed(sidecar: Path) -> bool:
    """Tell whether a sidecar describes one of the files beside it."""
    return any(
        described_by(file.name) == sidecar.name and not is_sidecar(file.name)
        for file in sidecar.parent.iterdir()
    )


def _link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name.

    Raises:
        FileExistsError: if another file has it; a move would replace that one.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with target.open("xb") as copy, source.open("rb") as original:
            try:
                shutil.copyfileobj(original, copy)
            except OSError:
                target.unlink()
                raise


def _write(
    file: object, name: str, blocks: Iterable[bytes], limit: int, room: int
) -> tuple[int, bytes]:
    size, digest = 0, hashlib.sha256()
    for block in blocks:
        size += len(block)
        if size > limit:
            raise UploadError(
                "upload_too_large",
                "{name} is larger than {limit} MiB; put it into the folder",
                name=name,
                limit=limit >> 20,
            )
        if size > room:
            raise UploadError(
                "upload_no_room", "there is no room on the disk for {name}", name=name
            )
        digest.update(block)
        file.write(block)  # type: ignore[attr-defined]
    if not size:
        raise UploadError("upload_empty", "{name} is empty", name=name)
    return size, digest.digest()


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.digest()

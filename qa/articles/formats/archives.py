"""Zip archives, which docx and epub are, opened only if they cannot fill memory or disk."""

from __future__ import annotations

import io
import zipfile
import zlib

from qa.errors import ArticleUnreadableError

MAX_UNPACKED = 256 << 20  # bytes of all members together
MAX_MEMBERS = 10_000
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
        raise ArticleUnreadableError(
            "file_damaged", "the file is damaged: {said}", said=error
        ) from error
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise ArticleUnreadableError(
            "file_encrypted", "the file is encrypted; save it without a password"
        )
    if len(members) > MAX_MEMBERS:
        raise ArticleUnreadableError(
            "too_many_parts", "the file has more than {limit:,} parts", limit=MAX_MEMBERS
        )
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise ArticleUnreadableError(
            "unpacks_too_large",
            "the file would unpack to more than {limit} MiB",
            limit=MAX_UNPACKED >> 20,
        )
    return archive

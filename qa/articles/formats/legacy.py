"""Files of old office programs (.doc .ppt, and WPS's .wps .dps), by LibreOffice where there is one.

Many that are called so are something else: rich text, web pages, or today's formats.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from qa.articles.formats import Document, docx, html, read_bytes, rtf, slides
from qa.errors import ArticleUnreadableError, refusal

SECONDS = 100.0  # that LibreOffice may take; the sandbox allows a file a little more


class _Kind(NamedTuple):
    suffix: str  # of the format of today
    is_text: bool


_TEXT, _SLIDES = _Kind(".docx", is_text=True), _Kind(".pptx", is_text=False)
_KINDS = {".doc": _TEXT, ".wps": _TEXT, ".ppt": _SLIDES, ".dps": _SLIDES}


def read(path: Path) -> Iterator[Document]:
    """Yield the document."""
    data = read_bytes(path)
    kind = _KINDS[path.suffix.lower()]
    if kind.is_text and data.startswith(b"{\\rtf"):
        return rtf.read(path)
    if kind.is_text and data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return html.read(path)
    if data.startswith(b"PK"):
        return _read_new(path, kind)
    return _converted(data, path.suffix.lower(), kind)


def _read_new(path: Path, kind: _Kind) -> Iterator[Document]:
    return docx.read(path) if kind.is_text else slides.read(path)


def _converted(data: bytes, suffix: str, kind: _Kind) -> Iterator[Document]:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None or not Path(program).is_absolute():  # nothing from the current folder
        raise ArticleUnreadableError(
            "office_missing",
            "reading {suffix} needs LibreOffice; install it, or save the file as {better}",
            suffix=suffix,
            better=kind.suffix,
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        old, new = folder / f"old{suffix}", folder / "new" / f"old{kind.suffix}"
        old.write_bytes(data)
        said = _convert(program, old, new)
        if not new.exists():
            raise ArticleUnreadableError(
                "office_failed", "LibreOffice cannot read the file: {said}", said=said
            )
        yield from _read_new(new, kind)


def _convert(program: str, old: Path, new: Path) -> str:
    """Write ``old`` as ``new``, and return what LibreOffice says if it fails."""
    profile = (old.parent / "profile").as_uri()  # nobody's settings, and none left behind
    command = [
        program,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--norestore",
        "--convert-to",
        new.suffix.removeprefix("."),
        "--outdir",
        str(new.parent),
        str(old),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, names of our own
            command, capture_output=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {SECONDS:.0f} s"
    except OSError as error:
        return str(refusal(error))
    return done.stderr.decode("utf-8", "replace").strip()[-200:]

"""Index files on disk: whole generations, stamped, checked when they are read, swapped in one step.

``index/stamp.json`` names the folder of the generation in force and tells the size and checksum of
every file in it.  A new generation is made beside it and put in force by replacing the stamp, so
whoever opens the index meanwhile finds the old one whole; what is not as stamped is not trusted.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from qa.store.durable import settle_folder
from qa.store.store import State

FORMAT = 5  # of what is in the files: another one is not read, but made anew
_BLOCK = 1 << 20
_PAUSES = (0.01, 0.05, 0.2, 1.0)  # seconds, until whoever reads the stamp is done
_VOLATILE = (".tantivy-writer.lock", ".tantivy-meta.lock")  # say nothing of the content


@dataclass(frozen=True, slots=True)
class GenerationStamp:
    """The state of the store that a generation of index files matches.

    ``removed`` counts the passages that went since the lexical index was built: its statistics
    still count them.  ``files`` maps the files' names, relative to the generation's folder, to
    size and CRC-32.
    """

    library_id: str
    state: State
    fingerprint: str
    removed: int = 0
    generation: str = ""
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class Generations:
    """The generations of one index folder."""

    def __init__(self, folder: Path) -> None:
        """Name the index folder; nothing is read or made yet."""
        self._folder = folder
        self.path = folder / "stamp.json"

    def stamp(self) -> GenerationStamp | None:
        """Return the stamp in force, None if there is none that this version can read."""
        try:
            fields = json.loads(self.path.read_text(encoding="utf-8"))
            if fields["format"] != FORMAT:
                return None
            files = {
                str(name): (int(size), int(crc)) for name, (size, crc) in fields["files"].items()
            }
            return GenerationStamp(
                library_id=str(fields["library_id"]),
                state=State(*map(int, fields["state"])),
                fingerprint=str(fields["fingerprint"]),
                removed=int(fields["removed"]),
                generation=str(fields["generation"]),
                files=files,
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def folder_of(self, stamp: GenerationStamp) -> Path:
        """Return the folder of a stamp's generation."""
        return self._folder / Path(stamp.generation).name

    def is_whole(self, stamp: GenerationStamp) -> bool:
        """Tell whether all files of a generation are there, of the stamped sizes and checksums."""
        folder = self.folder_of(stamp)
        try:
            if not stamp.generation or set(_names(folder)) != set(stamp.files):
                return False
            return all(
                (folder / name).stat().st_size == size and _checksum(folder / name) == crc
                for name, (size, crc) in stamp.files.items()
            )
        except OSError:
            return False

    def begin(self, old: GenerationStamp | None, kept: tuple[str, ...]) -> Path:
        """Make the folder of a new generation; return its path.

        The files of ``old`` whose names begin as one of ``kept`` are in it already, linked and not
        copied where the system can: whoever changes one has to replace it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self.tidy(self.stamp())
        number = 1 + max(
            (int(p.name) for p in self._folder.iterdir() if p.name.isdecimal()), default=0
        )
        folder = self._folder / f"{number:06d}"
        folder.mkdir()
        if old is not None:
            for name in old.files:
                if name.startswith(kept):
                    target = folder / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _link(self.folder_of(old) / name, target)
        return folder

    def commit(
        self, folder: Path, stamp: GenerationStamp, old: GenerationStamp | None
    ) -> GenerationStamp:
        """Put the generation in ``folder`` in force; return its whole stamp.

        Checksums of files that are those of ``old`` are not taken again.
        """
        known = old.files if old else {}
        files = {}
        for name in _names(folder):
            path = folder / name
            is_same = (
                old is not None and name in known and _is_same(path, self.folder_of(old) / name)
            )
            files[name] = known[name] if is_same else (path.stat().st_size, _checksum(path))
        whole = replace(stamp, generation=folder.name, files=files)
        scratch = self.path.with_name("stamp.json.new")
        with scratch.open("w", encoding="utf-8") as file:
            json.dump({"format": FORMAT} | asdict(whole), file)
            file.flush()
            os.fsync(file.fileno())
        _replace(scratch, self.path)
        settle_folder(self._folder)
        self.tidy(whole)
        return whole

    def tidy(self, in_force: GenerationStamp | None) -> None:
        """Remove all that is not in force: older generations, and what crashes left behind."""
        kept = {self.path.name, in_force.generation if in_force else ""}
        for path in self._folder.iterdir():
            if path.name not in kept:
                with suppress(OSError):  # another process may hold it open (Windows): next time
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _names(folder: Path) -> Iterator[str]:
    """Yield the names of the files in a folder, relative to it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in _VOLATILE:
            yield path.relative_to(folder).as_posix()


def _checksum(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            crc = zlib.crc32(block, crc)
    return crc


def _replace(source: Path, target: Path) -> None:
    """Move a file onto another one, which on Windows nobody may be reading just then."""
    for pause in _PAUSES:
        try:
            source.replace(target)
            return
        except PermissionError:
            time.sleep(pause)
    source.replace(target)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links, or without more of them
        shutil.copyfile(source, target)

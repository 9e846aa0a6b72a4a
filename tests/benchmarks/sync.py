"""How fast a folder of news becomes a library, and what it costs beside the encoder.

Call::

    python -m tests.benchmarks.sync [--articles 1000 20000] [--data ../shared/data]

For each size a folder of that many articles of CRUD news is synced by the built-in encoder, in a
process of its own.  Printed are articles a second, the share of the time in which the encoder was
not at work, the most memory that the process had, the time of a sync that finds nothing changed,
and the time until one added article is found.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from embeddings import Progress, SentenceTransformerEncoder, Vectors
from embeddings.training.datasets import read_lines
from qa import Library
from tests.benchmarks.data import DEFAULT_FOLDER
from tests.rule_reader import RuleReader

NEW = "开平市今天新开了一家卖帆布鞋的旧书店，店主说一共进了1234双。\n"


class TimedEncoder(SentenceTransformerEncoder):
    """Counts the seconds in which passages are encoded."""

    seconds = 0.0

    def encode_documents(self, texts: list[str], progress: Progress | None = None) -> Vectors:  # type: ignore[override]
        started = time.perf_counter()
        try:
            return super().encode_documents(texts, progress)
        finally:
            self.seconds += time.perf_counter() - started


def write(folder: Path, data: Path, articles: int) -> int:
    """Write that many articles, a thousand to a folder; return their characters."""
    characters = 0
    for number, row in enumerate(read_lines(data / "crud_news.jsonl.xz")):
        if number == articles:
            break
        place = folder / f"{number // 1000:03d}"
        place.mkdir(exist_ok=True)
        (place / f"{number:06d}.txt").write_text(str(row["text"]), encoding="utf-8")
        characters += len(str(row["text"]))
    return characters


def peak_memory() -> float:
    """Return the most memory that this process had, in MiB, as Linux tells it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


def measure(folder: Path, place: Path) -> dict[str, float]:
    """Sync ``folder`` into a new library at ``place``."""
    encoder = TimedEncoder("builtin")
    with Library.open(place, encoder=encoder, reader=RuleReader()) as library:
        library.retrieve("预热", 1)
        encoder.load()
        started = time.perf_counter()
        report = library.sync(folder)
        whole, encoding = time.perf_counter() - started, encoder.seconds
        peak = peak_memory()
        started = time.perf_counter()
        library.sync(folder)
        unchanged = time.perf_counter() - started
        (folder / "new.txt").write_text(NEW, encoding="utf-8")
        started = time.perf_counter()
        library.sync(folder)
        hits = library.retrieve("卖帆布鞋的旧书店", 1)
        added = time.perf_counter() - started
        assert hits[0].article.path == "new.txt"
        return {
            "articles": len(report.added),
            "passages": library.status().passages,
            "reposts": len(report.reposts),
            "seconds": whole,
            "articles a second": len(report.added) / whole,
            "share not encoding": 1 - encoding / whole,
            "peak MiB": peak,
            "unchanged s": unchanged,
            "one added s": added,
            "disk MiB": sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
            / 2**20,
        }


def main() -> None:
    """Measure each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[1000, 20_000])
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--here", type=Path, help="measure this folder's articles in this process")
    arguments = parser.parse_args()
    if arguments.here:
        print(json.dumps(measure(arguments.here / "articles", arguments.here / "library")))
        return
    for articles in arguments.articles:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, "articles")
            folder.mkdir()
            characters = write(folder, arguments.data, articles)
            command = [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "tests.benchmarks.sync",
                "--here",
                scratch,
            ]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout) | {"characters": characters}
        print(" · ".join(f"{name} {value:,.3g}" for name, value in found.items()), flush=True)


if __name__ == "__main__":
    main()

"""How much sooner several workers are done, and what of a sync stays with the one that stores.

Call::

    python -m tests.benchmarks.workers [--articles 1000] [--workers 1 2 4 8] [--data ../shared/data]

The encoder is one that waits: 25 ms a passage, as two cores take for one, and costs this machine
nothing, as if each worker had a machine of its own.  So what is measured is how far the rest
(reading, cutting, storing, the index) lets workers get.  The library lies in PostgreSQL, of which
the bytes an article takes are printed, with vectors of 384 numbers.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from qa import Library
from tests.benchmarks.data import DEFAULT_FOLDER
from tests.benchmarks.sync import write
from tests.postgres_server import find_programs, running_server
from tests.rule_reader import RuleReader
from tests.working import PacedEncoder

PASSAGE = 0.025  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    arguments = parser.parse_args()
    programs = find_programs()
    assert programs is not None, "no PostgreSQL server: apt-get install postgresql"
    with tempfile.TemporaryDirectory() as scratch, running_server(programs) as server:
        folder = Path(scratch, "articles")
        folder.mkdir()
        write(folder, arguments.data, arguments.articles)
        for seconds, workers in [(0.0, 1), *((PASSAGE, number) for number in arguments.workers)]:
            with (
                server.database() as address,
                tempfile.TemporaryDirectory() as place,
                Library(
                    place, encoder=PacedEncoder(seconds), reader=RuleReader(), store=address
                ) as library,
            ):
                started = time.perf_counter()
                library.sync(folder, workers=workers)
                taken = time.perf_counter() - started
                status = library.status()
                print(
                    f"{seconds * 1000:.0f} ms a passage, workers: {workers},"
                    f" articles a second: {status.articles / taken:.1f},"
                    f" passages an article: {status.passages / status.articles:.2f},"
                    f" bytes an article: {library.stored_bytes / status.articles:.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()

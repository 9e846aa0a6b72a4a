"""Parallel encoding: what a sync will store is divided among workers, who encode it before.

The process that holds the write lock reads and stores file after file, as it does alone, and waits
for each share of them until it is encoded.  So the library, the order of its articles, which of two
reposts is the original, and the report are those of one worker.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from qa.store.files import StoredFile
from qa.store.share_table import Piece, Share
from qa.store.store import Store
from qa.syncing.worker_pool import WorkerPool

LARGEST = 100  # documents in a share: some seconds of work
_SMALLEST = 8
_EACH = 4  # shares a worker has at least, where there are enough documents: all end about together
_PAUSE = 0.05  # seconds between two looks at a share
_UNDER_WAY = "encoding_ahead"  # among the settings, until what was encoded in vain is removed


class ParallelEncoding:
    """Workers that encode ahead of whoever stores.  Use it for one sync."""

    def __init__(self, store: Store, pool: WorkerPool, workers: int) -> None:
        """Let ``pool`` start so many ``workers``, or fewer where there is little to do."""
        self._store = store
        self._pool = pool
        self._workers = workers
        self._numbers: dict[tuple[str, int], int] = {}  # of shares, by where they begin

    @contextmanager
    def encoding(
        self, files: Mapping[str, StoredFile], counts: Mapping[str, int]
    ) -> Iterator[None]:
        """Let them encode ``files``, in their order; ``counts`` tells about how many documents.

        Raises:
            ModelError: if the encoder cannot be handed to another process.
        """
        total = sum(counts.values())
        size = min(LARGEST, max(_SMALLEST, total // (_EACH * self._workers)))
        shares = divide(files, counts, size)
        if len(shares) < 2:
            yield
            return
        with self._store.transaction(revises=False):
            self._store.set_meta(_UNDER_WAY, "1")
            self._store.shares.fill(shares)
        for share in shares:
            first, *others = share.pieces
            self._numbers[first.path, first.first] = share.number
            if first.first and others:  # the end of a table, which may have less than was counted
                self._numbers[others[0].path, 0] = share.number
        with self._pool as pool:
            pool.start(min(self._workers, len(shares)))
            yield

    def reach(self, path: str, number: int) -> None:
        """Wait, where a share begins with that document of a file, until it is encoded.

        If no worker is left who could, return at once: it is encoded when it is stored.

        Raises:
            YinjuError: what a worker met.
        """
        share = self._numbers.get((path, number))
        while share is not None and self._store.shares.is_open(share):
            self._pool.watch()
            if not self._pool.is_alive and self._store.shares.withdraw(share):
                return
            time.sleep(_PAUSE)


def divide(files: Mapping[str, StoredFile], counts: Mapping[str, int], size: int) -> list[Share]:
    """Divide files, in their order, into shares of ``size`` documents; large tables are cut.

    Since ``counts`` are estimates, the last piece of a file is all that follows.
    """
    shares: list[Share] = []
    pieces: list[Piece] = []
    room = size
    for path, file in files.items():
        first, count = 0, counts[path]
        while True:
            is_last = count - first <= room
            last = None if is_last else first + room
            pieces.append(Piece(path, file.sha256, first, last))
            room -= count - first if is_last else room
            if room <= 0:
                shares.append(Share(len(shares), tuple(pieces)))
                pieces, room = [], size
            if last is None:
                break
            first = last
    if pieces:
        shares.append(Share(len(shares), tuple(pieces)))
    return shares


def clean_up(store: Store) -> None:
    """Forget shares, and vectors that proved to be of no use: of reposts, and of changed files.

    Whoever ends a sync does so, for himself and for any sync before that was cut off.
    """
    if store.get_meta(_UNDER_WAY):
        with store.transaction(revises=False):
            store.shares.clear()
            store.vectors.remove_unused()
            store.set_meta(_UNDER_WAY, "")

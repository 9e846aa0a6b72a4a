"""A worker of a sync: encodes shares of it, in a process of its own.

It stores vectors and nothing else.  They are kept by the hash of their text, so that they fit
whatever article has that text; a worker that is late, or does what another one did as well, or is
killed, can spoil nothing.  Articles are stored by the one process that holds the write lock, in
the same order as if it were alone, and that encodes what it finds without a vector.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from embeddings import Encoder, YinjuError
from qa.articles import reposts
from qa.articles.descriptions import description_of
from qa.articles.documents import article_of
from qa.articles.formats import Document, Unreadable
from qa.articles.sandbox import Sandbox
from qa.errors import ArticleUnreadableError, FolderNotFoundError, ModelError
from qa.search.encoders import Encoders
from qa.store.share_table import Piece, Share
from qa.store.store import Store
from qa.syncing.ingest import BATCH, cut
from qa.syncing.worker_pool import REPORTED, Orders
from qa.types import Article

LEASE = 300  # seconds that a share is a worker's of which nothing is heard
_IDLE = 0.2  # seconds between two looks for a share


class Worker:
    """Takes shares of the sync that is under way in a store, and encodes them."""

    def __init__(self, store: Store, encoder: Encoder, orders: Orders, sandbox: Sandbox) -> None:
        """Work on ``store``, which is the one of ``orders``."""
        self._store = store
        self._encoder = encoder
        self._folder = orders.folder
        self._elsewhere = orders.elsewhere
        self._name = orders.name
        self._documents = _Documents(orders.folder, sandbox)
        self._heard = 0.0  # when the lease was last extended

    def step(self) -> bool:
        """Take the next share and encode it; tell False if there is none.

        Raises:
            FolderNotFoundError: if another machine's folder has none of its files.
        """
        share = self._store.shares.take(self._name, LEASE)
        if share is None:
            return False
        self._heard = time.monotonic()
        if self._elsewhere:
            self._check(share)
        waiting: dict[bytes, str] = {}
        for article in self._articles(share):
            waiting.update(cut(article)[1])
            if len(waiting) >= BATCH:
                self._encode(waiting, share)
                waiting = {}
            self._extend()
        self._encode(waiting, share)
        self._store.shares.finish(share.number, self._name)
        return True

    def _check(self, share: Share) -> None:
        """Refuse what is not the folder that is synced, or is not there any more.

        Else its files would count as unreadable, and the share as done.
        """
        if any((self._folder / piece.path).exists() for piece in share.pieces):
            return
        self._store.shares.release(self._name)
        raise FolderNotFoundError(
            "files_not_here",
            "{folder} has not the files that are being synced, such as {path}; name the "
            "folder in which this machine sees them",
            folder=self._folder,
            path=share.pieces[0].path,
        )

    def _articles(self, share: Share) -> Iterator[Article]:
        """Yield the articles of a share that will have passages of their own."""
        for piece in share.pieces:
            stored = self._store.hashes(piece.path)
            told = description_of(self._folder, piece.path, self._store.files.knows)
            try:
                for document in self._documents.of(piece):
                    if isinstance(document, Unreadable):
                        continue  # whoever stores the file tells so
                    article = article_of(document, piece.path, piece.sha256, told)
                    is_stored = article.path in stored and self._store.holds(article)
                    if not is_stored and not self._is_repost(article):
                        yield article
            except ArticleUnreadableError:
                continue  # as above

    def _is_repost(self, article: Article) -> bool:
        """Tell whether a stored article says the same.

        One that is not stored yet does not count: then both are encoded, and the end of the sync
        drops the vectors that were not needed.
        """
        sketch = reposts.sketch(article)
        if not sketch:
            return False
        return any(
            found.path != article.path and reposts.is_repost(article, found)
            for found in self._store.reposts.resembling(sketch, reposts.needed(sketch))
        )

    def _encode(self, texts: dict[bytes, str], share: Share) -> None:
        fingerprint = self._encoder.fingerprint
        known = self._store.vectors.known(fingerprint, texts)
        new = [key for key in texts if key not in known]
        if not new:
            return
        rows = self._encoder.encode_documents([texts[key] for key in new], self._extend)
        with self._store.transaction(revises=False):
            # Else the sync is over, and nobody would remove what it does not need.
            if self._store.shares.is_held(share.number, self._name):
                self._store.vectors.put(fingerprint, dict(zip(new, rows, strict=True)))

    def _extend(self, _: int = 0) -> None:
        now = time.monotonic()
        if now - self._heard > LEASE / 5:
            self._store.shares.extend(self._name, LEASE)
            self._heard = now


class _Documents:
    """Reads documents of files; a table is read on from where its last piece ended."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._open: Iterator[Document | Unreadable] = iter(())
        self._place = ("", 0)  # which file is open, and the number of its next document

    def of(self, piece: Piece) -> Iterator[Document | Unreadable]:
        """Yield the documents of a piece.

        Raises:
            ArticleUnreadableError: if the file cannot be read.
        """
        path, at = self._place
        if path != piece.path or at > piece.first:
            self._open, at = self._sandbox.read(self._folder / piece.path), 0
        wanted = None if piece.last is None else piece.last - at
        self._place = ("", 0)  # unless it is read to the end of the piece
        yield from islice(self._open, piece.first - at, wanted)
        if piece.last is not None:
            self._place = (piece.path, piece.last)


def _main() -> None:
    """Work until standard input ends, which it does when the process that started this one does.

    What to do comes from there, an error of ours goes to standard output as a line of JSON.
    """
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")  # libraries may print
    os.dup2(2, 1)
    try:
        _work(sys.stdin.buffer)
    except YinjuError as error:
        json.dump([type(error).__name__, error.as_json()], report)
        report.close()
        os._exit(REPORTED)  # at once: a thread is waiting for standard input
    except BaseException:  # a mistake of ours, which shall show
        traceback.print_exc()
        os._exit(1)


def _work(stream: BinaryIO) -> None:
    try:
        # From the process that started this one, and which could as well do it itself.
        orders = Orders(*pickle.load(stream))  # noqa: S301
    except (ImportError, AttributeError) as error:
        raise ModelError(
            "encoder_not_imported",
            "this encoder cannot be handed to other processes ({said}); put its module "
            "where Python finds it from any folder, or sync with one worker",
            said=error,
        ) from error
    with Sandbox(articles=orders.folder) as sandbox:

        def end_with_orders() -> None:
            stream.read()
            sandbox.stop()  # what it reads may take long
            os._exit(0)

        threading.Thread(target=end_with_orders, daemon=True).start()
        with closing(Store(orders.place)) as store:
            encoder = Encoders(store, orders.encoder).require()
            worker = Worker(store, encoder, orders, sandbox)
            while True:
                if not worker.step():
                    time.sleep(_IDLE)


if __name__ == "__main__":
    _main()

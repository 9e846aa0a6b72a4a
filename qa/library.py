"""A library: a folder of articles made questionable."""

from __future__ import annotations

import time
from pathlib import Path

from qa.config import ModelSettings, default_store
from qa.errors import FolderNotFoundError, LibraryError, SyncNotFoundError
from qa.store.backup import export, restore
from qa.syncing.inbox import Inbox
from qa.syncing.ingest import Ingest, Progress
from qa.syncing.lock import WriteLock
from qa.syncing.parallel_encoding import Ahead
from qa.syncing.syncing import Synchronizer
from qa.syncing.worker_pool import Crew, Orders
from qa.types import Article, SyncReport
from qa.view import LibraryView

_PAUSE = 0.5  # seconds between two looks whether a sync is over


class Library(LibraryView):
    """A folder of articles made questionable.

    One process at a time may write (``sync``, ``rebuild``, ``remove``); any number may read.
    Use it as a context manager, or call ``close``.
    """

    def sync(
        self, folder: str | Path, progress: Progress | None = None, *, workers: int = 1
    ) -> SyncReport:
        """Make the library match ``folder``; articles that are not in it are removed.

        A file that cannot be read is reported, and the rest goes on.  ``progress`` is called with
        the number of changed articles done and to do.

        With more than one of ``workers``, as many processes encode the articles, while this one
        reads and stores them: the outcome is the same.  Each loads the model, about 1 GB.  An
        ``encoder`` that was given to the library has to be one that can be pickled.

        Where a newer version of the program brought another built-in model, everything is encoded
        again first, as :meth:`rebuild` does.

        Raises:
            FolderNotFoundError: if ``folder`` is not a folder.
            LibraryBusyError: if another process is writing.
            LibraryStaleError: if the stored vectors are from another model.
            ModelError: if the encoder cannot be handed to other processes.
        """
        source = self._open_folder(Path(folder))
        if self._encoders.is_outdated:
            self.rebuild(progress=progress)
        with self._lock.held():
            encoder = self._encoders.require()
            ahead = None
            if workers > 1:
                ahead = Ahead(self._store, self._crew(source.root, elsewhere=False), workers)
            report = Synchronizer(self._store, source).run(encoder, progress, ahead)
            self._publisher.publish(encoder)
            return report

    def help_syncing(self, folder: str | Path, workers: int = 1) -> None:
        """Encode for the sync of several workers that another machine runs, until that is over.

        ``folder`` is where this machine sees the folder that is synced.

        Raises:
            FolderNotFoundError: if it is not a folder, or has not the files that are synced.
            LibraryError: if all workers were killed, or what one of them met.
            LibraryStaleError: if the stored vectors are from another model.
            SyncNotFoundError: if nobody is syncing, or the library lies in a folder.
        """
        if isinstance(self._place, Path):
            raise SyncNotFoundError(
                "library_not_shared",
                "{library} is no library of several machines (YINJU_STORE names none); use "
                "'yinju sync FOLDER --workers N'",
                library=self._place,
            )
        source = self._open_folder(Path(folder))
        self._encoders.require()
        if not self._store.database.is_being_written():
            raise SyncNotFoundError(
                "no_sync_to_help",
                "nobody is syncing {library}; start 'yinju sync FOLDER --workers 2' or more "
                "on one machine, then this",
                library=self._store.name,
            )
        with self._crew(source.root, elsewhere=True) as crew:
            crew.start(workers)
            while crew.is_alive and self._store.database.is_being_written():
                time.sleep(_PAUSE)
                crew.watch()
            if not crew.is_alive:
                raise LibraryError(
                    "workers_killed", "all workers of this machine were killed; the sync goes on"
                )

    def preview(self, folder: str | Path) -> SyncReport:
        """Tell what ``sync`` would do; nothing is changed.

        Raises:
            FolderNotFoundError: if ``folder`` is not a folder.
        """
        return Synchronizer(self._store, self._open_folder(Path(folder))).preview()

    def rebuild(
        self, settings: ModelSettings | None = None, progress: Progress | None = None
    ) -> None:
        """Derive passages, vectors and indexes anew from the stored articles.

        ``settings`` choose another embedding model for this library.

        Raises:
            LibraryBusyError: if another process is writing.
            ModelError: if the model is not on this machine.
        """
        with self._lock.held():
            settings = settings or self.settings
            encoder = self._encoders.make(settings)
            total, _ = self._store.count()
            ingest = Ingest(self._store, encoder, total, progress)
            for file, article in self._store.filed_articles():
                ingest.put(article, file)
            ingest.settle()
            # Only now: a rebuild that is cut off leaves the old vectors in use.
            self._encoders.choose(settings, encoder)
            self._publisher.publish(encoder)
            self._store.vectors.remove_others(encoder.fingerprint)

    def remove(self, key: int | str) -> Article:
        """Remove an article from the library; its file is not touched.

        The next sync adds it again if the file is still in the folder.

        Raises:
            ArticleNotFoundError: if there is none.
            LibraryBusyError: if another process is writing.
            LibraryStaleError: if the stored vectors are from another model.
        """
        with self._lock.held():
            encoder = self._encoders.require()
            article = self.article(key)
            file = self._store.file_of(article.id)
            with self._store.transaction():
                self._store.remove_article(article.path)
                self._store.files.forget(file)
            self._publisher.publish(encoder)
            return article

    @property
    def inbox(self) -> Inbox:
        """The folder of articles, to put files into it; what is taken out lies in the library.

        Raises:
            FolderNotFoundError: if no folder was synced yet, or it is gone.
        """
        folder = self._store.get_meta("folder")
        if folder is None or not Path(folder).is_dir():
            raise FolderNotFoundError(
                "no_folder",
                "the library {library} has no folder of articles; run 'yinju sync FOLDER'",
                library=self.path,
            )
        return Inbox(Path(folder), self.path / "removed")

    def discard(self, key: int | str) -> Path:
        """Move the file that holds an article out of the folder, and take it out of the library.

        Returns where the file lies now, in the library's folder; nothing is deleted.

        Raises:
            ArticleNotFoundError: if there is no such article.
            FolderNotFoundError: if there is no folder of articles.
            UploadError: if the file cannot be moved.
            LibraryBusyError: if another process is writing.
            LibraryStaleError: if the stored vectors are from another model.
        """
        with self._lock.held():
            encoder = self._encoders.require()
            file = self._store.file_of(self.article(key).id)
            moved = self.inbox.take_out(file)
            with self._store.transaction():
                self._store.remove_file(file)
            self._publisher.publish(encoder)
            return moved

    def export(self, path: str | Path) -> tuple[int, int]:
        """Write articles and vectors to the file ``path``; return how many articles, and its bytes.

        Raises:
            BackupError: if the file cannot be written.
        """
        return export(self._store, Path(path))

    @classmethod
    def restore(
        cls, backup: str | Path, path: str | Path = "library", *, store: str | None = None
    ) -> int:
        """Make the library in the folder ``path`` from a file that ``export`` wrote.

        Returns how many articles it has.  Their vectors come along: nothing is encoded again.
        ``store`` is as in the constructor.

        Raises:
            BackupError: if the file is no backup or damaged, or there are articles in the library.
            LibraryBusyError: if another process is writing.
        """
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        with WriteLock(folder).held():
            return restore(Path(backup), folder, store or default_store())

    def _crew(self, folder: Path, *, elsewhere: bool) -> Crew:
        return Crew(
            self._store, Orders(self._place, folder, self._encoders.given, elsewhere, name="")
        )

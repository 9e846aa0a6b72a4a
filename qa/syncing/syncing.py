"""Making the store match a folder, file by file, so that it can be stopped and continued."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from importlib.util import find_spec

from embeddings import Encoder
from qa.articles.descriptions import Description, described_by, read_sidecar
from qa.articles.documents import article_of, path_of
from qa.articles.formats import READING, Unreadable, count_documents, reader_of
from qa.articles.sandbox import Sandbox
from qa.errors import ArticleUnreadableError, SyncUnconfirmedError
from qa.store.files import StoredFile
from qa.store.store import Store
from qa.syncing.folder import Changes, Folder
from qa.syncing.ingest import Ingest, Progress, Stage
from qa.syncing.parallel_encoding import ParallelEncoding, clean_up
from qa.types import Article, Failure, FileRead, LeftOut, SyncReport

# A sync that would remove so many articles, and that share of all, is more often one of the wrong
# folder, or of one that is not mounted, than what was meant.
MANY, MOST = 20, 0.5
# What cost a reader all that it is allowed, and will again: the same content is not tried anew.
_TRIED_BY = "tried_by"  # by which READING all that fails was tried last
_HOPELESS = frozenset({"reading_too_slow", "reader_broken", "memory_bounded"})


@dataclass(slots=True)
class _Outcome:
    """What is known so far of the paths of articles."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)
    read: list[FileRead] = field(default_factory=list)


class Synchronizer:
    """Brings a store up to date with a folder, or tells what that would change.  Use it once."""

    def __init__(self, store: Store, folder: Folder) -> None:
        """Take both; nothing is read before one of the methods is called."""
        self._store = store
        self._folder = folder
        self._outcome = _Outcome()
        self._failures = {failure.path: failure for failure in store.files.failures()}
        self._renamed: set[str] = set()
        self._refused: dict[str, StoredFile] = {}
        self._sidecars: dict[str, StoredFile] = {}
        self._parallel: ParallelEncoding | None = None
        self._reached: Callable[[str, Stage], None] = lambda _path, _stage: None

    def run(
        self,
        encoder: Encoder,
        progress: Progress | None = None,
        parallel: ParallelEncoding | None = None,
        *,
        confirmed: bool = False,
        checksum: bool = False,
        reached: Callable[[str, Stage], None] | None = None,
    ) -> SyncReport:
        """Store what changed.  Whatever ends this early, what is stored until then stays.

        ``parallel`` is what encodes meanwhile what will be stored next.  With ``checksum`` no file
        is taken to be the same by its size and time.  ``reached`` is told how far each file is.

        Raises:
            SyncUnconfirmedError: if most articles would go, and that is not ``confirmed``; then
                nothing is changed.
        """
        self._parallel = parallel
        if reached is not None:
            self._reached = reached
        changes = self._compare(checksum=checksum)
        if not confirmed:
            self._refuse_to_empty()
        with self._store.history.recording(str(self._folder.root)):
            self._store_changes(changes, encoder, progress)
        return self._report()

    def _store_changes(self, changes: Changes, encoder: Encoder, progress: Progress | None) -> None:
        """Store what is told to have changed, file by file."""
        parallel = self._parallel
        with self._store.transaction(revises=False):
            self._store.set_meta("folder", str(self._folder.root))
            if self._store.get_meta("fingerprint") is None:
                self._store.set_meta("fingerprint", encoder.fingerprint)
            self._note_sidecars(changes)
        for new, old in changes.renamed.items():
            self._rename(old, new, changes.found[new])
        for path in changes.removed:
            with self._store.transaction():
                self._store.remove_file(path)
        changed = {
            path: changes.found[path]
            for path in (*changes.added, *changes.updated, *changes.renamed)
        }
        counts = {path: self._count(path) for path in changed}
        ingest = Ingest(self._store, encoder, sum(counts.values()), progress)
        if parallel is not None and progress is not None and counts:
            progress(0, sum(counts.values()))  # it takes some seconds till the first are stored
        work = parallel.encoding(changed, counts) if parallel is not None else nullcontext()
        with Sandbox(articles=self._folder.root) as sandbox, work:
            for path, seen in changed.items():
                self._read(path, seen, sandbox, ingest)
            ingest.settle()
        with self._store.transaction(revises=False):
            self._store.files.set_failures(self._outcome.failed)
            self._store.set_meta(_TRIED_BY, READING)
            self._store.files.put(self._refused)
            clean_up(self._store)

    def preview(self, *, checksum: bool = False) -> SyncReport:
        """Return what ``run`` would do; nothing is changed."""
        changes = self._compare(checksum=checksum)
        with Sandbox(articles=self._folder.root) as sandbox:
            for path in (*changes.added, *changes.updated):
                self._read(path, changes.found[path], sandbox, None)
        return self._report()

    def differences(self) -> SyncReport:
        """Tell which files differ from what is stored, without reading them but for their hashes.

        A file that failed before counts as failed again.
        """
        changes = self._folder.compare(self._store.known_files())
        known = [self._failures[path] for path in changes.unchanged if path in self._failures]
        return SyncReport(
            added=changes.added,
            updated=changes.updated,
            removed=changes.removed,
            unchanged=tuple(path for path in changes.unchanged if path not in self._failures),
            failed=(*changes.failed, *known),
            renamed=tuple((old, new) for new, old in changes.renamed.items()),
            left_out=changes.left_out,
        )

    def _compare(self, *, checksum: bool) -> Changes:
        """Compare the folder with the store, and note what is known without reading a file.

        Files that failed before are tried again, but for those that these readers tried
        at full cost, unless ``checksum`` has every file be read; parts of files that did not
        change are not, unless what they lacked has been installed.
        """
        stored = self._store.known_files()
        hopeless: set[str] = set()
        if not checksum and self._store.get_meta(_TRIED_BY) == READING:
            hopeless = {path for path, told in self._failures.items() if told.code in _HOPELESS}
        again = stored.keys() & self._failures.keys() - hopeless
        again |= {
            path[:at]
            for path, failure in self._failures.items()
            for at in _cuts(path)
            if path[:at] in stored and _lacks_nothing(failure)
        }
        for path in again:
            stored[path] = replace(stored[path], sha256="")  # as if it had changed
        changes = self._folder.compare(stored, checksum=checksum)
        for path in changes.removed:
            self._outcome.removed += self._store.hashes(path)
        for new, old in changes.renamed.items():
            self._outcome.renamed += [
                (held, _moved(held, old, new)) for held in self._store.hashes(old)
            ]
        self._renamed = {new for _, new in self._outcome.renamed}
        self._sidecars = changes.sidecars
        untouched = frozenset(changes.unchanged)
        self._outcome.unchanged += self._store.paths_in(untouched)
        untouched |= changes.sidecars.keys() - changes.redescribed
        self._outcome.left_out = changes.left_out
        self._outcome.failed += changes.failed
        self._outcome.failed += [
            failure
            for path, failure in self._failures.items()
            if _is_row_of(path, untouched) or (path in hopeless and path in untouched)
        ]
        return changes

    def _refuse_to_empty(self) -> None:
        total, _ = self._store.count()
        going = len(self._outcome.removed)
        if going >= MANY and going > MOST * total:
            raise SyncUnconfirmedError(
                "sync_removes_many",
                "{going} of {total} articles are not in {folder} any more; shall they go? "
                "(yinju sync --yes)",
                going=going,
                total=total,
                folder=self._folder.root,
            )

    def _note_sidecars(self, changes: Changes) -> None:
        """Store which sidecars there are, and that what they describe has to be read again.

        Both in one step: a sync that is cut off after it must not leave an article described by
        what was there for a moment only.
        """
        updated = {
            path: replace(changes.found[path], sha256="")
            for path in changes.updated
            if described_by(path) in changes.redescribed
        }
        self._store.files.put(updated)
        for path in changes.redescribed:
            if path in changes.sidecars:
                self._store.files.put({path: changes.sidecars[path]})
            else:
                self._store.files.forget(path)

    def _count(self, path: str) -> int:
        try:
            return count_documents(self._folder.root / path)
        except ArticleUnreadableError:
            return 1  # it will be told when it is read

    def _rename(self, old: str, new: str, file: StoredFile) -> None:
        with self._store.transaction():
            for held in self._store.hashes(old):
                self._store.rename_article(held, _moved(held, old, new), new)
            self._store.remove_file(old)
            self._store.files.put({new: replace(file, sha256="")})  # till it was read

    def _read(self, path: str, seen: StoredFile, sandbox: Sandbox, ingest: Ingest | None) -> None:
        """Read a file and put what it says, or only note how that differs, without ``ingest``."""
        before = self._store.hashes(path)
        found: set[str] = set()
        counts: Counter[str] = Counter()
        refused = False
        failures = len(self._outcome.failed)
        try:
            for article in self._articles(path, seen.sha256, sandbox):
                found.add(article.path)
                counts += Counter(
                    articles=1,
                    characters=len(article.text),
                    pages=len(article.pages),
                    recognized=len(article.recognized),
                )
                self._take(article, path, before, ingest)
        except ArticleUnreadableError as error:
            self._outcome.failed.append(Failure.of(path, error))
            refused = True
        if found:
            kind = reader_of(self._folder.root / path)
            self._outcome.read.append(
                FileRead(
                    path,
                    kind,
                    counts["articles"],
                    counts["characters"],
                    counts["pages"],
                    counts["recognized"],
                )
            )
        gone = sorted(before.keys() - found)
        self._outcome.removed += gone
        if refused:
            self._refused[path] = seen
        if refused or not self._is_as_seen(path, seen):  # or it changed meanwhile
            seen = replace(seen, sha256="")  # the next sync reads it again
        if ingest is not None:
            if not refused:
                self._reached(path, "read")
            failed = self._outcome.failed[failures:]
            ingest.then(lambda: self._finish(path, seen, gone, failed))

    def _is_as_seen(self, path: str, seen: StoredFile) -> bool:
        """Tell whether a file and its sidecar are still those that were compared."""
        sidecar = described_by(path)
        about = self._sidecars.get(sidecar)
        return self._folder.is_as(path, seen) and (
            about is None or self._folder.is_as(sidecar, about)
        )

    def _take(
        self, article: Article, path: str, before: Mapping[str, str], ingest: Ingest | None
    ) -> None:
        is_same = article.path in before and self._store.holds(article)
        if article.path not in self._renamed:
            outcome = self._outcome
            kind = outcome.updated if article.path in before else outcome.added
            (outcome.unchanged if is_same else kind).append(article.path)
        if ingest is not None:
            if is_same:
                ingest.skip()
            else:
                ingest.put(article, path)

    def _finish(self, path: str, seen: StoredFile, gone: list[str], failed: list[Failure]) -> None:
        with self._store.transaction(revises=bool(gone)):
            self._store.files.add_failures(failed)  # lest a sync that is cut off forgets them
            for held in gone:
                self._store.remove_article(held)
            if seen.sha256:
                self._store.files.put({path: seen})
            else:
                self._store.files.forget(path)
        if path not in self._refused:
            self._reached(path, "stored")

    def _articles(self, path: str, digest: str, sandbox: Sandbox) -> Iterator[Article]:
        """Yield the articles in a file; rows of it that are none are noted."""
        self._reach(path, 0)
        told = self._description(path)
        for number, document in enumerate(sandbox.read(self._folder.root / path)):
            if number:
                self._reach(path, number)
            if isinstance(document, Unreadable):
                failed = path_of(path, document.key)
                self._outcome.failed.append(Failure.of(failed, document.error))
            else:
                yield article_of(document, path, digest, told)

    def _description(self, path: str) -> Description:
        """Return what the sidecar of a file tells; what cannot be used of it is noted once."""
        sidecar = described_by(path)
        if sidecar not in self._sidecars:
            return Description()
        told = read_sidecar(self._folder.root / sidecar)
        for fault in told.faults:
            failure = Failure.of(path_of(sidecar, fault.key), fault.error)
            if failure not in self._outcome.failed:  # two files may have one sidecar
                self._outcome.failed.append(failure)
        return told

    def _reach(self, path: str, number: int) -> None:
        if self._parallel is not None:
            self._parallel.reach(path, number)

    def _report(self) -> SyncReport:
        outcome = self._outcome
        reposts = self._store.reposts.paths()
        changed = {*outcome.added, *outcome.updated}
        return SyncReport(
            added=tuple(outcome.added),
            updated=tuple(outcome.updated),
            removed=tuple(outcome.removed),
            unchanged=tuple(sorted(outcome.unchanged)),
            failed=tuple(outcome.failed),
            renamed=tuple(outcome.renamed),
            reposts=tuple(sorted(changed & reposts.keys())),
            left_out=outcome.left_out,
            read=tuple(outcome.read),
        )


def _moved(held: str, old: str, new: str) -> str:
    """Return where an article goes whose file is renamed; the key of a row stays."""
    return new + held.removeprefix(old)


def _is_row_of(path: str, files: Collection[str]) -> bool:
    """Tell whether a path is that of a row of one of the files."""
    return any(path[:at] in files for at in _cuts(path))


def _cuts(path: str) -> list[int]:
    """Return where the path of a file may end that has ``path`` in it."""
    return [at for at, character in enumerate(path) if character == "#"]


def _lacks_nothing(failure: Failure) -> bool:
    """Tell whether packages without which something was not read are installed by now."""
    packages = str(failure.values.get("packages", "")).split()
    return bool(packages) and all(find_spec(name) is not None for name in packages)

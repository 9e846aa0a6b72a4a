"""Commands that keep a library: what is in it, and how it follows its folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli import printing
from qa.cli.options import (
    EXIT_DAMAGED,
    EXIT_INTERRUPTED,
    JsonOption,
    LibraryOption,
    open_library,
    print_json,
)
from qa.cli.watchlist import reviewed
from qa.text import visible

if TYPE_CHECKING:
    from qa.types import SyncReport


@contextmanager
def resumable() -> Iterator[None]:
    """Say of work that is interrupted that nothing of it is lost."""
    try:
        yield
    except KeyboardInterrupt as error:
        message = "yinju: interrupted; what was stored stays, run it again to continue"
        typer.echo(message, err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from error


WorkersOption = Annotated[
    int,
    typer.Option(
        min=1,
        max=256,
        help="Processes that encode, 1 GB each.  One uses all cores of a laptop; more pay on"
        " larger machines.",
    ),
]


def sync(
    folder: Annotated[Path, typer.Argument(help="Folder of articles.")],
    library: LibraryOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would change.")
    ] = False,
    workers: WorkersOption = 1,
    confirmed: Annotated[
        bool, typer.Option("--yes", help="Remove articles, be it most of the library.")
    ] = False,
    checksum: Annotated[
        bool,
        typer.Option("--checksum", help="Read every file: finds edits that kept size and time."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the library match FOLDER: add, update and remove articles.

    What is stored stays when this is interrupted: run it again to continue.  The questions of
    'yinju watchlist' are asked again, and those whose answers changed are told.
    """
    from qa.syncing.folder import Folder

    Folder(folder)  # one that is not there makes no library
    if dry_run:
        with resumable():
            _tell(_previewed(folder, library, checksum=checksum), as_json=as_json, in_full=True)
        return
    with resumable(), open_library(library, create=True) as opened:
        with printing.progress("编码 encoding", quiet=as_json) as progress:
            report = opened.sync(
                folder, progress, workers=workers, confirmed=confirmed, checksum=checksum
            )
        _tell(report, as_json=as_json)
        changed = reviewed(opened).changed
    if changed and not as_json:
        typer.echo("关注的问题有变化 saved questions that changed:")
        printing.saved_questions(changed)


def _tell(report: SyncReport, *, as_json: bool, in_full: bool = False) -> None:
    if as_json:
        print_json(report)
    else:
        printing.sync_report(report, in_full=in_full)


def _previewed(folder: Path, library: Path | None, *, checksum: bool) -> SyncReport:
    """Return what a sync would do; a library that is not there yet is not made for it."""
    from qa.config import default_library, default_store
    from qa.store.location import has_library

    if default_store() or has_library(library or default_library()):
        with open_library(library) as opened:
            return opened.preview(folder, checksum=checksum)
    with TemporaryDirectory() as scratch, open_library(Path(scratch), create=True) as opened:
        return opened.preview(folder)


def work(
    folder: Annotated[Path, typer.Argument(help="Where this machine sees the synced folder.")],
    library: LibraryOption = None,
    workers: WorkersOption = 1,
) -> None:
    """Help with the sync that another machine runs with --workers, until it is over.

    Both use the same PostgreSQL database, which YINJU_STORE names.
    """
    with open_library(library) as opened, printing.busy("编码 encoding"):
        opened.help_syncing(folder, workers)


def rebuild(
    library: LibraryOption = None,
    model: Annotated[
        str | None, typer.Option(help="'builtin', a folder, or a name in the local model cache.")
    ] = None,
    query_prompt: Annotated[
        str | None, typer.Option(help="What the model wants before a question.")
    ] = None,
    document_prompt: Annotated[str | None, typer.Option(help="… and before a passage.")] = None,
) -> None:
    """Derive passages, embeddings and indexes anew; with --model, by another embedding model."""
    from qa.config import ModelSettings

    settings = None
    if model is not None:
        settings = ModelSettings(
            model=model, query_prompt=query_prompt, document_prompt=document_prompt
        )
    elif query_prompt is not None or document_prompt is not None:
        raise typer.BadParameter("prompts belong to a model: give --model as well")
    bar = printing.progress("编码 encoding")
    with resumable(), open_library(library) as opened, bar as progress:
        opened.rebuild(settings, progress)
        printing.status(opened.status())


def status(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Tell what is indexed, with which model, and whether it matches the folder."""
    with open_library(library) as opened:
        found = opened.status()
        # The list does not read the texts, and names articles that are damaged.
        page = opened.catalog.page(order="path", descending=False, limit=printing.LISTED)
    print_json(found) if as_json else printing.status(found, page.entries)


def verify(
    library: LibraryOption = None,
    mend: Annotated[
        bool, typer.Option("--mend", help="Mend what can be mended, and name the rest.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell whether all that is stored is as it was stored: texts, passages, vectors, index.

    The exit status is 1 if something is damaged.
    """
    with open_library(library) as opened, printing.busy("核对 verifying"):
        found = opened.verify(mend=mend)
    print_json(found) if as_json else printing.verification(found)
    if found.damaged:
        raise typer.Exit(EXIT_DAMAGED)


def history(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the syncs that changed something, the last one first."""
    with open_library(library) as opened:
        found = opened.history()
    print_json(found) if as_json else printing.history(found)


def undo(library: LibraryOption = None) -> None:
    """Bring back the state before the last sync; again, before the one before it.

    The folder is not touched: the next sync makes the library match it again.
    """
    with open_library(library) as opened:
        undone = opened.undo()
    typer.echo("已撤销 undone:")
    printing.history([undone])


def remove(
    article: Annotated[
        str, typer.Argument(metavar="PATH_OR_ID", help="As 'yinju status' lists it.")
    ],
    library: LibraryOption = None,
) -> None:
    """Remove an article from the library; its file stays."""
    with open_library(library) as opened:
        removed = opened.remove(article)
    typer.echo(f"已移除 removed: {visible(removed.path)}")


def show(
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="Path or id.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a stored article."""
    with open_library(library) as opened:
        found = opened.article(article)
    print_json(found) if as_json else printing.article(found)


def export_library(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    library: LibraryOption = None,
) -> None:
    """Write the library to one file: articles, vectors, feedback, files that were removed."""
    with open_library(library) as opened:
        articles, size = opened.export(file)
    typer.echo(f"已导出 exported: {articles} · {size / 1e6:.1f} MB · {visible(str(file))}")


def import_library(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What 'yinju export' wrote.")],
    library: LibraryOption = None,
) -> None:
    """Make a library from a backup, which is checked first.  Nothing is encoded again."""
    from qa.config import default_library
    from qa.library import Library

    target = library or default_library()
    articles = Library.restore(file, target)
    typer.echo(f"已导入 imported: {articles} · {visible(str(target))}")

"""The command that keeps questions and tells whose answers have changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli import printing
from qa.cli.filters import (
    ArticleOption,
    PathOption,
    SinceOption,
    SourceOption,
    TitleOption,
    UntilOption,
)
from qa.cli.options import (
    EXIT_CHANGED,
    EXIT_ERROR,
    JsonOption,
    LibraryOption,
    open_library,
    print_json,
    report,
)
from qa.text import visible
from qa.types import Filters

if TYPE_CHECKING:
    from qa.library import Library
    from qa.types import SavedQuestion
    from qa.watchlist.watchlist import Review


def watchlist(
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep", metavar="QUESTION", help="Ask QUESTION, and again after every sync."
        ),
    ] = None,
    drop: Annotated[
        str | None,
        typer.Option("--drop", metavar="QUESTION", help="… no more: QUESTION, or its id."),
    ] = None,
    review: Annotated[
        bool, typer.Option("--review", help="Ask now what the articles may have changed.")
    ] = False,
    digest: Annotated[
        Path | None, typer.Option(metavar="FILE.docx", help="Write what changed to a Word file.")
    ] = None,
    source: SourceOption = "",
    title: TitleOption = "",
    path: PathOption = "",
    article: ArticleOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the questions kept: those whose answers changed first, with old and new quote.

    Filters belong to --keep and --drop.  --review lists only what it found changed.
    Exit status then: 1 if something did, 2 if a question could not be asked.
    """
    filters = Filters(source, since, until, path, title, article)
    if sum((keep is not None, drop is not None, review)) > 1:
        raise typer.BadParameter("give one of --keep, --drop and --review")
    if filters != Filters() and keep is None and drop is None:
        raise typer.BadParameter("filters belong to --keep and --drop")
    if digest is not None and (keep is not None or drop is not None):
        raise typer.BadParameter("--digest does not go with --keep and --drop")
    if digest is not None and digest.suffix.lower() != ".docx":
        raise typer.BadParameter("--digest writes a .docx file: name it so")
    with open_library(library) as opened:
        if keep is not None:
            with printing.busy("查找 searching"):
                saved = opened.watchlist.keep(keep, filters)
            print_json(saved) if as_json else printing.saved_questions([saved])
        elif drop is not None:
            saved = _dropped(opened, drop, filters)
            if as_json:
                print_json(saved)
            else:
                typer.echo(f"已取消关注 dropped: {visible(saved.question)}")
        elif review:
            _review(opened, digest, as_json=as_json)
        else:
            nothing = "没有关注的问题 no question is kept"
            _show(opened.watchlist.questions(), nothing, digest, as_json=as_json)


def _dropped(library: Library, named: str, filters: Filters) -> SavedQuestion:
    """Drop this question, as it was kept under the filters; else the one with this id."""
    from qa.watchlist.watchlist import saved_id

    ids = {saved.id for saved in library.watchlist.questions()}
    key = saved_id(named, filters)
    return library.watchlist.drop(key if key in ids else named)


def _review(library: Library, digest: Path | None, *, as_json: bool) -> None:
    found = reviewed(library)
    _show(found.changed, "没有变化 nothing changed", digest, as_json=as_json)
    if found.failed:
        raise typer.Exit(EXIT_ERROR)
    if found.changed:
        raise typer.Exit(EXIT_CHANGED)


def reviewed(library: Library) -> Review:
    """Review the watchlist; tell on standard error which questions could not be asked."""
    if not library.watchlist.count:  # for which nothing need be loaded, nor shown
        from qa.watchlist.watchlist import Review

        return Review()
    with printing.busy("复查关注的问题 reviewing"):
        found = library.watchlist.review()
    for failed in found.failed:
        report(failed.error, failed.saved.question)
    return found


def _show(
    questions: tuple[SavedQuestion, ...], nothing: str, digest: Path | None, *, as_json: bool
) -> None:
    if digest is not None:
        from qa.presenting import digest as document

        content = document.to_docx(questions, made=date.today())  # noqa: DTZ011 - who reads it
        document.write(digest, content)
        typer.echo(f"已写入 written: {visible(str(digest))}", err=True)
    print_json(questions) if as_json else printing.saved_questions(questions, nothing)

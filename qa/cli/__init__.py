"""The command ``yinju``: the one place that turns errors into messages."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, NoReturn

import typer

from embeddings.errors import YinjuError
from qa import __version__
from qa.articles.processes import forget_current_folder
from qa.cli import keeping, questioning, servers, watchlist
from qa.cli.options import EXIT_ERROR, EXIT_INTERRUPTED, report

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
# In the order in which the help lists them.
app.command()(keeping.sync)
app.command()(keeping.work)
app.command()(keeping.rebuild)
app.command()(questioning.ask)
app.command()(questioning.search)
app.command()(watchlist.watchlist)
app.command()(keeping.status)
app.command()(keeping.verify)
app.command()(keeping.history)
app.command()(keeping.undo)
app.command()(keeping.remove)
app.command()(keeping.show)
app.command(name="export")(keeping.export_library)
app.command(name="import")(keeping.import_library)
app.command()(servers.serve)
app.command()(servers.mcp)
app.command()(servers.passwd)
app.command(name="eval")(questioning.evaluate)
app.command()(questioning.feedback)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"yinju {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """引据 — ask a folder of Chinese articles; every answer quotes its source."""


def main() -> NoReturn:
    """Run the command; our own errors are one line, anything else shows as the bug it is."""
    forget_current_folder()  # often that of the articles; an empty part of PYTHONPATH names it
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    # Who is asked to end ends as by Ctrl-C, and leaves nothing half done behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(prog_name="yinju")
    except YinjuError as error:
        report(error)
        sys.exit(EXIT_ERROR)
    except KeyboardInterrupt:
        typer.echo("yinju: interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(0)

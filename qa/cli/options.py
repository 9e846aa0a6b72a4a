"""Options that several commands share, and the library that they name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embeddings.errors import YinjuError
from qa.text import visible

if TYPE_CHECKING:
    from qa.library import Library
    from qa.writing.prose import Writer

EXIT_NO_EVIDENCE = 1
EXIT_DAMAGED = 1
EXIT_CHANGED = 1
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130  # what shells make of SIGINT

LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        "-l",
        metavar="DIR",
        help="Library folder (environment: YINJU_LIBRARY; default: library).",
    ),
]
LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="URL",
        help="OpenAI-compatible server that writes the prose; its key: YINJU_LLM_KEY.  "
        "It is sent the question and the quotes.",
    ),
]
LlmModelOption = Annotated[
    str | None, typer.Option("--llm-model", metavar="NAME", help="The model it shall use.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def open_library(path: Path | None, *, create: bool = False) -> Iterator[Library]:
    """Open the library at ``path``, or the default one; make it if that is what is asked for."""
    from qa.config import default_library
    from qa.library import Library

    with Library.open(path or default_library(), create=create) as library:
        yield library


def make_writer(url: str | None, model: str | None) -> Writer | None:
    """Return what writes prose, if a server for that is named."""
    if url is None and model is None:
        return None
    if not url or not model:
        raise typer.BadParameter("--llm and --llm-model belong together: give both")
    from qa.writing.prose import Writer

    return Writer(url, model)


def print_json(value: Any) -> None:  # noqa: ANN401 - any value of the data model
    """Print a value of the data model as JSON."""
    from qa.representation import as_json

    typer.echo(json.dumps(as_json(value), ensure_ascii=False, indent=2))


def report(error: YinjuError, what: str = "") -> None:
    """Tell on standard error ``what`` failed, and why; the rest is as it is."""
    typer.echo(f"yinju: {visible(': '.join(filter(None, (what, str(error)))))}", err=True)

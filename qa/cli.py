"""The command ``yinju``: the one place that turns errors into messages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from embeddings.errors import YinjuError
from qa import printing
from qa.text import visible

if TYPE_CHECKING:
    from qa.library import Library
    from qa.prose import Writer

EXIT_NO_EVIDENCE = 1
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130  # what shells make of SIGINT

app = typer.Typer(
    help="引据 — ask a folder of Chinese articles; every answer quotes its source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        "-l",
        metavar="DIR",
        help="Library folder.  [env: YINJU_LIBRARY; default: library]",
    ),
]
AuthFileOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Require a login of FILE, which 'yinju passwd' writes."),
]
AllowHostOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A name by which this server is called; repeat."),
]
RateOption = Annotated[
    int, typer.Option(min=0, help="Questions a minute that a client may ask; 0: any number.")
]
RATE = 120
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
def _opened(path: Path | None) -> Iterator[Library]:
    from qa.config import default_library
    from qa.library import Library

    with Library.open(path or default_library()) as library:
        yield library


@contextmanager
def _resumable() -> Iterator[None]:
    """Say of work that is interrupted that nothing of it is lost."""
    try:
        yield
    except KeyboardInterrupt as error:
        message = "yinju: interrupted; what was stored stays, run it again to continue"
        typer.echo(message, err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from error


def _writer(url: str | None, model: str | None) -> Writer | None:
    """Return what writes prose, if a server for that is named."""
    if url is None and model is None:
        return None
    if not url or not model:
        raise typer.BadParameter("--llm and --llm-model belong together: give both")
    from qa.prose import Writer

    return Writer(url, model)


def _print_json(value: Any) -> None:  # noqa: ANN401 - any value of the data model
    from qa.wire import as_json

    typer.echo(json.dumps(as_json(value), ensure_ascii=False, indent=2))


@app.command()
def sync(
    folder: Annotated[Path, typer.Argument(help="Folder of articles.")],
    library: LibraryOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would change.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the library match FOLDER: add, update and remove articles.

    What is stored stays when this is interrupted: run it again to continue.
    """
    bar = printing.progress("编码 encoding", quiet=as_json)
    with _resumable(), _opened(library) as opened, bar as progress:
        report = opened.preview(folder) if dry_run else opened.sync(folder, progress)
    if as_json:
        _print_json(report)
    else:
        printing.sync_report(report, in_full=dry_run)


@app.command()
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
    with _resumable(), _opened(library) as opened, bar as progress:
        opened.rebuild(settings, progress)
        printing.status(opened.status())


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    library: LibraryOption = None,
    history: Annotated[
        list[str] | None,
        typer.Option("--history", help="An earlier question; repeat, oldest first."),
    ] = None,
    llm: LlmOption = None,
    llm_model: LlmModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer QUESTION with citations.  Exit status 1: no evidence."""
    writer = _writer(llm, llm_model)
    with _opened(library) as opened, printing.busy("查找 searching"):
        answer = opened.ask(question, history or [])
    prose = None
    if writer is not None and answer.status == "answered":
        with printing.busy("成文 writing"):
            prose = writer.write(answer, reading=answer.reading, failed=_report)
    if not as_json:
        printing.answer(answer, prose)
    elif writer is None:
        _print_json(answer)
    else:
        from qa.wire import as_json as to_json

        _print_json({**to_json(answer), "prose": to_json(prose)})
    if answer.status == "no_evidence":
        raise typer.Exit(EXIT_NO_EVIDENCE)


def _report(error: YinjuError) -> None:
    """Tell on standard error what failed and leaves the rest as it is."""
    typer.echo(f"yinju: {visible(str(error))}", err=True)


def _day(value: datetime | None) -> Any:  # noqa: ANN401 - date or None
    return value.date() if value else None


DateOption = typer.Option(
    formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Published in this time."
)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", "--top", min=1, max=1000, help="Passages to show.")] = 10,
    source: Annotated[str, typer.Option(help="Part of the source's name.")] = "",
    title: Annotated[str, typer.Option(help="Part of the title.")] = "",
    path: Annotated[str, typer.Option(help="Part of the path.")] = "",
    since: Annotated[datetime | None, DateOption] = None,
    until: Annotated[datetime | None, DateOption] = None,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="First those that answer QUERY as a question.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages nearest to QUERY, with both scores.  Exit status 1: none."""
    from qa.types import Filters

    filters = Filters(source=source, since=_day(since), until=_day(until), path=path, title=title)
    with _opened(library) as opened, printing.busy("查找 searching"):
        hits = opened.retrieve(query, k, filters, rerank=rerank)
    _print_json(hits) if as_json else printing.hits(hits)
    if not hits:
        raise typer.Exit(EXIT_NO_EVIDENCE)


@app.command()
def status(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Tell what is indexed, with which model, and whether it matches the folder."""
    with _opened(library) as opened:
        found = opened.status()
        shown = islice(opened.articles(), printing.LISTED) if not as_json else ()
        articles = list(shown)
    _print_json(found) if as_json else printing.status(found, articles)


@app.command()
def remove(
    article: Annotated[
        str, typer.Argument(metavar="PATH_OR_ID", help="As 'yinju status' lists it.")
    ],
    library: LibraryOption = None,
) -> None:
    """Remove an article from the library; its file stays."""
    with _opened(library) as opened:
        removed = opened.remove(article)
    typer.echo(f"已移除 removed: {visible(removed.path)}")


@app.command()
def show(
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="Path or id.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a stored article."""
    with _opened(library) as opened:
        found = opened.article(article)
    _print_json(found) if as_json else printing.article(found)


@app.command(name="export")
def export_library(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    library: LibraryOption = None,
) -> None:
    """Write the library, articles and vectors, to one file."""
    with _opened(library) as opened:
        articles, size = opened.export(file)
    typer.echo(f"已导出 exported: {articles} · {size / 1e6:.1f} MB · {visible(str(file))}")


@app.command(name="import")
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


def _warn_if_open(host: str, auth_file: Path | None) -> None:
    from ui.settings import is_loopback

    if auth_file is None and not is_loopback(host):
        message = "yinju: everybody who reaches this address may ask; --auth-file requires a login"
        typer.echo(message, err=True)


@app.command()
def serve(
    library: LibraryOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
    watch: Annotated[
        bool, typer.Option("--watch", help="Sync whenever the folder changes.")
    ] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Let nobody change the library.")
    ] = False,
    auth_file: AuthFileOption = None,
    allow_host: AllowHostOption = None,
    rate: RateOption = RATE,
    llm: LlmOption = None,
    llm_model: LlmModelOption = None,
) -> None:
    """Open the chat for a web browser at http://HOST:PORT, and the interfaces for programs.

    Ctrl-C ends it.
    """
    from qa.watching import following
    from ui.app import serve as serve_chat
    from ui.settings import server_settings

    settings = server_settings(host, auth_file, allow_host or (), rate=rate, read_only=read_only)
    _warn_if_open(host, auth_file)
    prose = _writer(llm, llm_model)
    with _opened(library) as opened, following(opened) if watch else nullcontext():
        address = f"[{host}]" if ":" in host else host
        typer.echo(f"引据: http://{address}:{port}  (Ctrl-C 结束 to end)")
        serve_chat(opened, host=host, port=port, settings=settings, prose=prose)


@app.command()
def mcp(
    library: LibraryOption = None,
    http: Annotated[
        bool, typer.Option("--http", help="Serve at http://HOST:PORT/mcp, not over stdio.")
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7861,
    auth_file: AuthFileOption = None,
    allow_host: AllowHostOption = None,
    rate: RateOption = RATE,
) -> None:
    """Serve the library to language models as the MCP tools ask, search and read_article.

    The last five options are for --http.
    """
    from ui import mcp as server
    from ui.settings import server_settings

    with _opened(library) as opened:
        if not http:
            server.serve_stdio(opened)
            return
        settings = server_settings(host, auth_file, allow_host or (), rate=rate)
        _warn_if_open(host, auth_file)
        server.serve_http(opened, host, port, settings)


@app.command()
def passwd(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="For --auth-file; made if needed.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who may log in.")],
) -> None:
    """Ask for a password and write NAME with its hash into FILE.

    Where nobody is at the keyboard, the password is the first line of the input.
    """
    from ui.login import write_login

    if sys.stdin.isatty():
        prompt = "密码 password"
        password = typer.prompt(prompt, hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    write_login(file, name, password)
    typer.echo(f"已写入 written: {visible(name)} · {visible(str(file))}")


@app.command(name="eval")
def evaluate(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS.json", help="Questions with answers.")
    ],
    library: LibraryOption = None,
    as_json: JsonOption = False,
    show_curve: Annotated[
        bool, typer.Option("--curve", help="Also print precision and coverage by confidence.")
    ] = False,
) -> None:
    """Ask a set of questions and print how many are answered rightly."""
    from qa import evaluation

    cases = evaluation.read_cases(questions)
    with _opened(library) as opened, printing.progress("提问 asking", quiet=as_json) as progress:
        opened.warm_up()
        done = iter(range(1, len(cases) + 1))
        outcomes = evaluation.evaluate(opened, cases, lambda: progress(next(done), len(cases)))
    summary = evaluation.summarise(outcomes)
    if as_json:
        typer.echo(evaluation.to_json(outcomes, summary))
    else:
        printing.evaluation(outcomes, summary)
        if show_curve:
            printing.curve(evaluation.curve(outcomes))


@app.command()
def feedback(
    library: LibraryOption = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it as questions for 'yinju eval'."),
    ] = None,
) -> None:
    """Tell what people said of answers in the chat (👍/👎), or export it as questions."""
    from qa.feedback import cases, write_cases

    with _opened(library) as opened:
        entries, damaged = opened.feedback.read()
    good = sum(entry.verdict == "up" for entry in entries)
    typer.echo(f"👍 {good} · 👎 {len(entries) - good} · 无法读取 unreadable: {damaged}")
    if export is not None:
        made = cases(entries)
        write_cases(made, export)
        typer.echo(f"已导出 exported: {len(made)} · {visible(str(export))}")


def main() -> NoReturn:
    """Run the command; our own errors are one line, anything else shows as the bug it is."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except YinjuError as error:
        _report(error)
        sys.exit(EXIT_ERROR)
    except KeyboardInterrupt:
        typer.echo("yinju: interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(0)

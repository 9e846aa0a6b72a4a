"""Commands that serve a library; the only ones that reach up to the page."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from qa.cli import printing
from qa.cli.keeping import resumable
from qa.cli.options import LibraryOption, LlmModelOption, LlmOption, make_writer, open_library
from qa.text import visible

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
MAX_UPLOAD = 64  # MiB; the defaults are those of ui.guard.settings
MAX_UPLOADS = 200


def _warn_if_open(host: str, auth_file: Path | None) -> None:
    from ui.guard.settings import is_loopback

    if auth_file is None and not is_loopback(host):
        message = "yinju: everybody who reaches this address may ask; --auth-file requires a login"
        typer.echo(message, err=True)


def serve(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder of articles: sync it first, and whenever it changes (--watch).",
            show_default=False,
        ),
    ] = None,
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
    max_upload: Annotated[
        int, typer.Option(min=1, max=4096, help="Megabytes that an uploaded file may have.")
    ] = MAX_UPLOAD,
    max_uploads: Annotated[
        int, typer.Option(min=1, help="Files a minute that a client may upload.")
    ] = MAX_UPLOADS,
    llm: LlmOption = None,
    llm_model: LlmModelOption = None,
) -> None:
    """Open the chat for a web browser at http://HOST:PORT, and the interfaces for programs.

    With FOLDER the library is made if there is none, and follows that folder.  Ctrl-C ends it.
    """
    from qa.cli.watching import following
    from qa.syncing.folder import Folder
    from ui.app import serve as serve_chat
    from ui.guard.settings import server_settings

    settings = replace(
        server_settings(host, auth_file, allow_host or (), rate=rate, read_only=read_only),
        max_upload_bytes=max_upload << 20,
        max_upload_files=max_uploads,
    )
    _warn_if_open(host, auth_file)
    prose = make_writer(llm, llm_model)
    if folder is not None:
        Folder(folder)  # one that is not there makes no library
    with open_library(library, create=folder is not None) as opened, ExitStack() as stack:
        if folder is not None:
            with resumable(), printing.progress("编码 encoding") as progress:
                report = opened.sync(folder, progress)
            printing.sync_report(report)
        if watch or folder is not None:
            stack.enter_context(following(opened))
        address = f"[{host}]" if ":" in host else host
        typer.echo(f"引据: http://{address}:{port}  (Ctrl-C 结束 to end)")
        serve_chat(opened, host=host, port=port, settings=settings, prose=prose)


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
    from ui.guard.settings import server_settings
    from ui.programs import mcp as server

    with open_library(library) as opened:
        if not http:
            server.serve_stdio(opened)
            return
        settings = server_settings(host, auth_file, allow_host or (), rate=rate)
        _warn_if_open(host, auth_file)
        server.serve_http(opened, host, port, settings)


def passwd(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="For --auth-file; made if needed.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who may log in.")],
) -> None:
    """Ask for a password and write NAME with its hash into FILE.

    Where nobody is at the keyboard, the password is the first line of the input.
    """
    from ui.guard.login import write_login

    if sys.stdin.isatty():
        prompt = "密码 password"
        password = typer.prompt(prompt, hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    write_login(file, name, password)
    typer.echo(f"已写入 written: {visible(name)} · {visible(str(file))}")

"""A real server for tests: the page and its interfaces, of a library that needs no model."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.types import ASGIApp

from qa import Library
from qa.writing.prose import Writer
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader
from ui.guard.settings import ServerSettings

HESHAN = "鹤山引进了多少亿元以上项目"
ARTICLES = {
    "鹤山.txt": "鹤山提速\n来源：广州日报 2023-11-16\n\n"
    "鹤山市1月至9月引进亿元以上项目60个,创新高。\n",
    "潮州.txt": "潮州兴农\n来源：南方日报 2022-05-01\n\n潮州市有省级农业产业园16个,带动就业。\n",
    "开平.txt": "开平修路\n\n开平市修了12公里公路,方便村民出行。\n",
}


@contextmanager
def library_of(place: Path, articles: dict[str, str] | None = None) -> Iterator[Library]:
    """Open a synced library at ``place``; its folder is ``articles`` beside it."""
    folder = place.parent / "articles"
    folder.mkdir(exist_ok=True)
    for name, text in (ARTICLES if articles is None else articles).items():
        (folder / name).write_text(text, encoding="utf-8")
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(folder)
        yield library


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Run an application on a free port; yield its address, with no slash behind."""
    from ui.server import listen, make_server

    with listen("127.0.0.1", 0) as socket:
        server = make_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving(
    library: Library,
    settings: ServerSettings | None = None,
    *,
    warming: bool = False,
    prose: Writer | None = None,
) -> Iterator[str]:
    """Serve all there is for a library; ``warming`` loads its models meanwhile, as in life.

    ``prose`` writes the answers out.
    """
    from ui.app import application
    from ui.model_loading import ModelLoading

    loading = ModelLoading(library)

    async def built() -> FastAPI:  # where no loop runs, Gradio makes some and closes none
        return application(library, loading, settings, prose)

    with ThreadPoolExecutor(1) as builder:  # here Playwright may have a loop of its own
        app = builder.submit(asyncio.run, built()).result()
    if warming:
        loading.start()
    try:
        with running(app) as address:
            yield address
    finally:
        loading.wait()

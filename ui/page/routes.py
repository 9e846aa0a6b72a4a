"""The pages beside the chat, and what their buttons do."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Annotated

import anyio.to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from qa.errors import ArticleNotFoundError, YinjuError
from qa.search.findings import Findings
from qa.store.catalog import Page
from qa.types import Failure
from ui.escaping import escape
from ui.guard.settings import ServerSettings
from ui.page.article_page import article_html, parse_quote
from ui.page.layout import document
from ui.page.library.library_page import Overview, library_html
from ui.page.library.listing import ENTRIES, Listing, last_page
from ui.page.query import SHOWN, Search
from ui.page.results import last_page as last_found
from ui.page.search_page import search_html
from ui.problems import LoadingError, ReadOnlyError, refused_body
from ui.service import Service
from ui.texts.errors import sentence
from ui.texts.languages import Messages, choose

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
_ASKED = 500  # files whose progress is asked for at a time
_BLOCK = 1 << 20
_SPOOL = 4 << 20  # bytes of an upload that are kept in memory


class _Arrived(BaseModel):
    """Files that were uploaded, by the paths that the answers gave."""

    model_config = ConfigDict(extra="forbid")

    paths: list[Annotated[str, Field(max_length=4_096)]] = Field(max_length=_ASKED)


def pages(service: Service, settings: ServerSettings) -> APIRouter:
    """Return the routes of the pages."""
    router = APIRouter(include_in_schema=False)
    _add_reading(router, service)
    _add_pictures(router, service)
    _add_library(router, service, settings)
    _add_changes(router, service, settings)
    return router


def _add_reading(router: APIRouter, service: Service) -> None:
    library = service.library

    @router.get("/search")
    async def search(request: Request) -> Response:
        messages = messages_of(request)
        wanted = Search.read(request.query_params)
        error, found = "", None
        if wanted.query:
            try:
                wanted, found = await _find(service, wanted)
            except LoadingError:
                error = messages.loading
            except YinjuError as problem:
                error = service.problem(problem, messages).message
        counted = await anyio.to_thread.run_sync(library.catalog.sources)
        names = [name for name, _ in counted]
        body = search_html(wanted, found, names, messages, error)
        return page(document(messages, "search", messages.search_title, body))

    @router.get("/search/results.csv")
    async def sheet(request: Request) -> Response:
        """Return all articles that a search found as a sheet, found anew."""
        wanted = Search.read(request.query_params)
        found = await service.find_sheet(wanted.query, wanted.filters, wanted.order)
        # Excel takes a sheet without the mark for one in the system's own encoding.
        return Response(found.encode("utf-8-sig"), media_type="text/csv")

    @router.get("/article/{number}")
    async def article(request: Request, number: str) -> Response:
        messages = messages_of(request)
        try:
            found = await anyio.to_thread.run_sync(library.article, number)
        except ArticleNotFoundError:
            body = f'<p class="yj-none">{escape(messages.article_gone)}</p>'
            return page(document(messages, "article", messages.original, body, "../"), 404)
        asked = request.query_params.get("quote")
        quote = parse_quote(asked, request.query_params.get("of"), found)
        body = article_html(found, quote, messages, stale=bool(asked) and quote is None)
        title = found.title or found.path
        return page(document(messages, "article", title, body, "../"))


async def _find(service: Service, search: Search) -> tuple[Search, Findings]:
    """Return what is found, on the last page where the one asked for is beyond that."""
    while True:
        found = await service.find(
            search.query, search.filters, order=search.order, by=search.by,
            offset=(search.number - 1) * SHOWN, limit=SHOWN, rerank=search.rerank,
        )  # fmt: skip
        last = last_found(search, found)
        if search.number <= last:
            return search, found
        search = replace(search, number=last)


def _add_pictures(router: APIRouter, service: Service) -> None:
    one = anyio.CapacityLimiter(1)  # drawing takes a process of its own

    @router.get("/picture/{number}/{page}")
    async def picture(request: Request, number: str, page: int) -> Response:
        try:
            image = await anyio.to_thread.run_sync(
                service.library.picture, number, page, limiter=one
            )
        except YinjuError as error:
            told = service.problem(error, messages_of(request))
            raise HTTPException(404, told.message) from error
        headers = {"Cache-Control": "private, max-age=3600"} if "of" in request.query_params else {}
        return Response(image, media_type="image/jpeg", headers=headers)


def _add_library(router: APIRouter, service: Service, settings: ServerSettings) -> None:
    @router.get("/library")
    async def listing(request: Request) -> Response:
        messages = messages_of(request)
        wanted = Listing.read(request.query_params)
        body = await anyio.to_thread.run_sync(lambda: _library(service, wanted, messages, settings))
        return page(document(messages, "library", messages.library_title, body))

    @router.get("/library/sync")
    async def progress(request: Request) -> Response:
        return JSONResponse(service.sync.state(messages_of(request)).model_dump(mode="json"))


def _add_changes(router: APIRouter, service: Service, settings: ServerSettings) -> None:
    async def change(request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
        """Do what changes the library, and tell the page's script what stood in the way."""
        try:
            if settings.read_only:
                raise ReadOnlyError("read_only", "this server is read-only")
            return await work()
        except YinjuError as error:
            told = service.problem(error, messages_of(request))
            return JSONResponse(told.body, told.status)

    @router.post("/library/upload")
    async def upload(request: Request, name: str) -> Response:
        return await change(
            request, lambda: _upload(service, request, name, settings.max_upload_bytes)
        )

    @router.post("/library/arrivals")
    async def arrivals(request: Request, asked: _Arrived) -> Response:
        messages = messages_of(request)
        told = {path: _told(service, path, messages) for path in asked.paths}
        return JSONResponse({"files": told})

    @router.post("/library/sync")
    async def sync(request: Request, *, confirmed: bool = False) -> Response:
        async def start() -> Response:
            state = await anyio.to_thread.run_sync(
                lambda: service.sync.start(messages_of(request), confirmed=confirmed)
            )
            return JSONResponse(state.model_dump(mode="json"))

        return await change(request, start)

    @router.post("/library/remove")
    async def remove(request: Request, number: int) -> Response:
        async def discard() -> Response:
            try:
                await anyio.to_thread.run_sync(service.library.discard, str(number))
            finally:
                service.forget_status()
            return Response(status_code=204)

        return await change(request, discard)


async def _upload(service: Service, request: Request, name: str, limit: int) -> Response:
    with tempfile.SpooledTemporaryFile(_SPOOL) as spooled:
        await _receive(request, spooled)
        inbox = service.library.inbox
        received = await anyio.to_thread.run_sync(
            lambda: inbox.receive(name, _blocks(spooled), limit)
        )
    service.forget_status()
    service.arrivals.add(received.path)
    return JSONResponse({"path": received.path, "is_new": received.is_new})


def _told(service: Service, path: str, messages: Messages) -> dict[str, str]:
    """Return how far a file that arrived is, and what stands in its way."""
    stage, failed = service.arrivals.stage(path)
    if failed is None:
        return {"stage": stage}
    if isinstance(failed, Failure):
        return {"stage": stage, "error": sentence(failed, messages)}
    return {"stage": stage, "error": service.problem(failed, messages).message}


def problem_page(service: Service) -> Callable[[Request, Exception], Response]:
    """Return what answers a page's request with one of our errors."""

    def respond(request: Request, error: Exception) -> Response:
        if not isinstance(error, YinjuError):
            raise error
        messages = messages_of(request)
        told = service.problem(error, messages)
        message = f'<p class="yj-error" role="alert"><b>{escape(messages.error)}</b> '
        body = f"{message}<bdi>{escape(told.message)}</bdi></p>"
        return page(document(messages, "library", messages.error, body), told.status)

    return respond


def messages_of(request: Request) -> Messages:
    """Return the texts in the language that the browser asks for."""
    return choose(Headers(scope=request.scope).get("accept-language"))


def page(html: str, status: int = 200) -> HTMLResponse:
    """Return a page that loads nothing from elsewhere and is never kept."""
    headers = {
        "content-security-policy": _POLICY,
        "cache-control": "no-store",
        "vary": "Accept-Language",
    }
    # What was half a surrogate pair in a file's name cannot be sent; escaping replaced the rest.
    return HTMLResponse(html.encode("utf-8", "replace"), status, headers)


async def _receive(request: Request, spooled: IO[bytes]) -> None:
    """Take an upload in; the gate counts its bytes, and cuts off one that is too large."""
    try:
        async for block in request.stream():
            spooled.write(block)
    except HTTPException as error:
        raise refused_body(error.status_code) from error
    spooled.seek(0)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _library(
    service: Service, listing: Listing, messages: Messages, settings: ServerSettings
) -> str:
    library = service.library
    catalog = library.catalog

    def read(wanted: Listing) -> Page:
        order, descending = wanted.ordering
        return catalog.page(
            wanted.words, wanted.filters, order, descending=descending,
            offset=(wanted.number - 1) * ENTRIES, limit=ENTRIES,
        )  # fmt: skip

    found = read(listing)
    within = last_page(listing, found.total)
    if within != listing:
        found = read(within)
    overview = Overview(
        service.status(),
        catalog.months(),
        catalog.sources(),
        library.stored_bytes,
        index_bytes(library.path),
    )
    return library_html(overview, within, found, messages, settings)


def index_bytes(place: Path) -> int:
    """Return the bytes of a library's index files."""
    total = 0
    for path in (place / "index").rglob("*"):
        with suppress(OSError):  # an old index file, removed meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total

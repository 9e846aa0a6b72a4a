"""What the page asks of the server about kept questions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import anyio.to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from qa.errors import YinjuError
from qa.presenting.digest import to_docx
from ui import schema
from ui.guard.settings import ServerSettings
from ui.page.layout import document
from ui.page.routes import messages_of, page
from ui.page.watchlist.feed import MEDIA_TYPE, feed
from ui.page.watchlist.watchlist_page import Shown, watchlist_html
from ui.problems import ReadOnlyError
from ui.service import Service
from ui.texts.languages import Messages

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class _Dropped(BaseModel):
    """A kept question to drop, by its id."""

    model_config = ConfigDict(extra="forbid")

    id: schema.SavedId


def router(service: Service, settings: ServerSettings) -> APIRouter:
    """Return the routes."""
    router = APIRouter(include_in_schema=False)
    _add_reading(router, service, settings)
    _add_changes(router, service, settings)
    return router


def _add_reading(router: APIRouter, service: Service, settings: ServerSettings) -> None:
    @router.get("/watchlist")
    async def watchlist(request: Request) -> Response:
        messages = messages_of(request)
        shown = await anyio.to_thread.run_sync(lambda: _shown(service, messages))
        body = watchlist_html(shown, messages, read_only=settings.read_only)
        return page(document(messages, "watchlist", messages.watchlist_title, body))

    @router.get("/watchlist/kept")
    async def kept() -> Response:
        found = await anyio.to_thread.run_sync(service.library.watchlist.questions)
        return JSONResponse({"ids": [saved.id for saved in found]})

    @router.get("/watchlist.atom")
    async def atom(request: Request) -> Response:
        messages = messages_of(request)

        def write() -> bytes:
            shown = _shown(service, messages)
            return feed(
                shown.questions, messages,
                library=service.library.store.get_meta("library_id") or "",
                base=str(request.base_url), standing=shown.standing,
            )  # fmt: skip

        content = await anyio.to_thread.run_sync(write)
        headers = {"cache-control": "no-cache", "vary": "Accept-Language"}
        return Response(content, media_type=MEDIA_TYPE, headers=headers)

    @router.get("/watchlist.docx")
    async def digest(request: Request) -> Response:
        messages = messages_of(request)

        def write() -> bytes:
            shown = _shown(service, messages)
            day = datetime.now().astimezone().date()
            base = str(request.base_url)
            return to_docx(shown.questions, made=day, base=base, standing=shown.standing)

        content = await anyio.to_thread.run_sync(write)
        return Response(content, media_type=_WORD, headers={"cache-control": "no-store"})


def _add_changes(router: APIRouter, service: Service, settings: ServerSettings) -> None:
    async def change(request: Request, work: Callable[[], Awaitable[Response]]) -> Response:
        """Do what changes the list, and tell the page's script what stood in the way."""
        try:
            if settings.read_only:
                raise ReadOnlyError("read_only", "this server is read-only")
            return await work()
        except YinjuError as error:
            told = service.problem(error, messages_of(request))
            return JSONResponse(told.body, told.status)

    @router.post("/watchlist/keep")
    async def keep(request: Request, sent: schema.KeepRequest) -> Response:
        async def add() -> Response:
            filters = sent.filters.as_filters()
            saved = await service.keep(sent.question, filters, wait=sent.wait)
            return JSONResponse({"id": saved.id})

        return await change(request, add)

    @router.post("/watchlist/drop")
    async def drop(request: Request, sent: _Dropped) -> Response:
        async def remove() -> Response:
            await anyio.to_thread.run_sync(service.library.watchlist.drop, sent.id)
            return Response(status_code=204)

        return await change(request, remove)


def _shown(service: Service, messages: Messages) -> Shown:
    library = service.library
    questions = library.watchlist.questions()
    answers = [
        answer
        for saved in questions
        for answer in (saved.answer, saved.before)
        if answer is not None
    ]
    problems = {
        failed.saved.id: service.problem(failed.error, messages).message
        for failed in library.reviewer.last.failed
    }
    return Shown(questions, library.watchlist.standing(answers), problems)

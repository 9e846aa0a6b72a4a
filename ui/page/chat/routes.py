"""What the chat's page asks of the server beside Gradio: exports, feedback, prose."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Literal

import anyio
import anyio.to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from qa.errors import LlmError, YinjuError
from qa.presenting.answer_rows import HEADS, QUESTION, conversation_rows
from qa.presenting.spreadsheet import to_xlsx
from qa.presenting.transcript import Unanswered, to_docx, to_markdown
from qa.store.feedback import Reason, Vote
from qa.types import Answer
from qa.writing.prose import Writer
from ui import schema
from ui.escaping import deceptive_replaced
from ui.guard.settings import WRITING, ServerSettings
from ui.page.chat.memory import KEPT, recall
from ui.page.chat.prose import sentence_html
from ui.page.chat.turns import Turn
from ui.page.routes import messages_of
from ui.problems import ArticleChangedError, ReadOnlyError
from ui.service import Service
from ui.texts.languages import Messages

_OFFERED = 20  # articles that are suggested at a time
_EXPORTED = 10  # conversations that are exported at a time
_LOG = logging.getLogger(__name__)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_MEDIA = {
    "md": "text/markdown",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}


class _Asked(schema.Filters):
    """A question, its filters, and what was typed for it, as the parameters of an address."""

    question: str = Field(max_length=2_000)
    typed: str = Field(default="", max_length=2_000)


class _Listed(schema.Filters):
    """The names, filters and order of a listing, as the parameters of an address."""

    term: list[Annotated[str, Field(max_length=2_000)]] = Field(default=[], max_length=40)
    compute: Annotated[str, Field(max_length=20)] = "list"


class _Said(BaseModel):
    """What somebody says of an answer; ``turn`` is that turn as the page was given it."""

    model_config = ConfigDict(extra="forbid")

    turn: dict[str, Any]
    history: list[str] = Field(default=[], max_length=KEPT)
    verdict: Vote
    reason: Reason = ""
    expected: str = Field(default="", max_length=2_000)


class _Conversation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    turns: list[dict[str, Any]] = Field(max_length=KEPT)


class _NamedConversation(_Conversation):
    title: str = Field(max_length=2_000)


class _Conversations(BaseModel):
    model_config = ConfigDict(extra="forbid")

    conversations: list[_NamedConversation] = Field(max_length=_EXPORTED)


class _Answered(BaseModel):
    model_config = ConfigDict(extra="forbid")

    turn: dict[str, Any]


def router(service: Service, settings: ServerSettings, prose: Writer | None = None) -> APIRouter:
    """Return the routes; ``prose`` writes answers out, where a language model is named."""
    router = APIRouter(include_in_schema=False)
    if prose is not None:
        _add_writing(router, service, prose)
    _add_export(router, service)
    _add_feedback(router, service, settings)

    @router.get("/conversation/suggest")
    async def suggest(request: Request, asked: Annotated[_Asked, Query()]) -> Response:
        try:
            found = await service.suggest(asked.question, asked.as_filters(), asked.typed)
        except YinjuError as error:
            return _problem(service, error, request)
        # They are made of articles' words; what could deceive in a list is shown as missing.
        return JSONResponse({"questions": [deceptive_replaced(question) for question in found]})

    @router.get("/conversation/starters")
    async def starters(request: Request) -> Response:
        try:
            found = await service.starters()
        except YinjuError as error:
            return _problem(service, error, request)
        return JSONResponse({"questions": [deceptive_replaced(question) for question in found]})

    @router.get("/conversation/listing.csv")
    async def listing(request: Request, asked: Annotated[_Listed, Query()]) -> Response:
        """Return all articles of a listing as a sheet, found anew."""
        try:
            sheet = await service.sheet(asked.term, asked.as_filters(), asked.compute)
        except YinjuError as error:
            return _problem(service, error, request)
        # Excel takes a sheet without the mark for one in the system's own encoding.
        return Response(sheet.encode("utf-8-sig"), media_type="text/csv")

    @router.get("/conversation/articles")
    async def articles(words: Annotated[str, Query(max_length=4_096)]) -> Response:
        """Return some of the articles that have ``words``, to choose one of them."""
        found = await anyio.to_thread.run_sync(
            lambda: service.library.catalog.page(
                words, order="path", descending=False, limit=_OFFERED
            )
        )
        offered = [{"path": entry.path, "title": entry.title} for entry in found.entries]
        return JSONResponse({"articles": offered})

    return router


def _add_export(router: APIRouter, service: Service) -> None:
    library = service.library

    @router.post("/conversation/export")
    async def export(
        request: Request, sent: _Conversation, kind: Literal["md", "docx", "xlsx"] = "md"
    ) -> Response:
        def write() -> bytes:
            messages = messages_of(request)
            turns, about = told(sent, messages), _about(request)
            if kind == "xlsx":
                return to_xlsx((QUESTION, *HEADS), conversation_rows(turns, about["accessed"]))
            about["title"] = messages.export_title
            return (
                to_docx(turns, **about)
                if kind == "docx"
                else (to_markdown(turns, **about).encode())
            )

        try:
            content = await anyio.to_thread.run_sync(write)
        except YinjuError as error:
            return _problem(service, error, request)
        return Response(content, media_type=_MEDIA[kind])

    @router.post("/conversation/export/all")
    async def export_all(request: Request, sent: _Conversations) -> Response:
        """Return several conversations as Markdown, each under its own title."""

        def write() -> str:
            messages, about = messages_of(request), _about(request)
            return "\n".join(
                to_markdown(told(one, messages), title=one.title, **about)
                for one in sent.conversations
            )

        try:
            content = await anyio.to_thread.run_sync(write)
        except YinjuError as error:
            return _problem(service, error, request)
        return Response(content, media_type="text/markdown")

    def told(sent: _Conversation, messages: Messages) -> list[Answer | Unanswered]:
        return [_told(turn, messages) for turn in recall(library, sent.turns)]


def _add_writing(router: APIRouter, service: Service, prose: Writer) -> None:
    """Add what writes an answer out, sentence by sentence.

    A language model may take a minute: it has places of its own, so that nobody's question waits.
    """
    places = anyio.CapacityLimiter(WRITING)

    @router.post("/conversation/write")
    async def write(request: Request, sent: _Answered) -> Response:
        messages = messages_of(request)
        try:
            turns = await anyio.to_thread.run_sync(recall, service.library, [sent.turn])
        except YinjuError as error:
            return _problem(service, error, request)
        answer = next((turn.answer for turn in turns if turn.answer), None)
        if answer is None:
            return _problem(service, _gone(), request)

        async def lines() -> AsyncIterator[str]:
            async with places:
                try:
                    stream = prose.stream(answer, reading=answer.reading)
                    async for sentence in iterate_in_threadpool(stream):
                        line = {"sentence": sentence_html(answer, sentence, messages)}
                        yield json.dumps(line) + "\n"
                except LlmError as error:
                    _LOG.warning("%s", error)  # where the server is, and why, is nobody else's
                    yield json.dumps({"silent": True}) + "\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")


def _add_feedback(router: APIRouter, service: Service, settings: ServerSettings) -> None:
    library = service.library

    @router.post("/conversation/feedback")
    async def feedback(request: Request, sent: _Said) -> Response:
        def add() -> None:
            if settings.read_only:
                raise ReadOnlyError("read_only", "this server is read-only")
            answers = [turn.answer for turn in recall(library, [sent.turn]) if turn.answer]
            if not answers:
                raise _gone()
            library.feedback.add(
                answers[0],
                sent.verdict,
                sent.reason,
                expected=sent.expected,
                history=sent.history,
            )

        try:
            await anyio.to_thread.run_sync(add)
        except YinjuError as error:
            return _problem(service, error, request)
        return Response(status_code=204)


def _about(request: Request) -> dict[str, Any]:
    """Return what an export tells of where and when it was made."""
    return {"accessed": datetime.now().astimezone().date(), "base": str(request.base_url)}


def _told(turn: Turn, messages: Messages) -> Answer | Unanswered:
    """Return a turn as it is exported: one without an answer says what happened."""
    if turn.answer is not None:
        return turn.answer
    happened = messages.lost if turn.lost else f"{messages.error} {turn.error}"
    return Unanswered(turn.question, happened)


def _gone() -> ArticleChangedError:
    return ArticleChangedError("article_changed", "the articles have changed; ask again")


def _problem(service: Service, error: YinjuError, request: Request) -> JSONResponse:
    problem = service.problem(error, messages_of(request))
    return JSONResponse(problem.body, problem.status)

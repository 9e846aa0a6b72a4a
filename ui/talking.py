"""What the chat's page asks of the server beside Gradio: exports, and feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from qa.errors import YinjuError
from qa.feedback import Reason, Verdict
from qa.transcript import to_docx, to_markdown
from ui.escaping import deceptive_replaced
from ui.memory import KEPT, recall
from ui.pages import words_of
from ui.problems import Problem, ReadOnlyError
from ui.service import Service
from ui.settings import ServerSettings

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_GONE = Problem(409, "article_changed", "the articles have changed; ask again")


class _Said(BaseModel):
    """What somebody says of an answer; ``turn`` is that turn as the page was given it."""

    model_config = ConfigDict(extra="forbid")

    turn: dict[str, Any]
    history: list[str] = Field(default=[], max_length=KEPT)
    verdict: Verdict
    reason: Reason = ""
    expected: str = Field(default="", max_length=2_000)


class _Conversation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    turns: list[dict[str, Any]] = Field(max_length=KEPT)


def talking(service: Service, settings: ServerSettings) -> APIRouter:
    """Return the routes."""
    router = APIRouter(include_in_schema=False)
    _add_export(router, service)
    _add_feedback(router, service, settings)

    @router.get("/conversation/suggest")
    async def suggest(question: Annotated[str, Query(max_length=2_000)]) -> Response:
        try:
            found = await service.suggest(question)
        except YinjuError as error:
            return _problem(service.problem(error))
        # They are made of articles' words; what could deceive in a list is shown as missing.
        return JSONResponse({"questions": [deceptive_replaced(question) for question in found]})

    return router


def _add_export(router: APIRouter, service: Service) -> None:
    library = service.library

    @router.post("/conversation/export")
    async def export(
        request: Request, sent: _Conversation, kind: Literal["md", "docx"] = "md"
    ) -> Response:
        def write() -> bytes:
            answers = [turn.answer for turn in recall(library, sent.turns) if turn.answer]
            day = datetime.now().astimezone().date()
            about: dict[str, Any] = {
                "accessed": day,
                "title": words_of(request).export_title,
                "base": str(request.base_url),
            }
            return (
                to_docx(answers, **about)
                if kind == "docx"
                else (to_markdown(answers, **about).encode())
            )

        try:
            content = await anyio.to_thread.run_sync(write)
        except YinjuError as error:
            return _problem(service.problem(error))
        return Response(content, media_type=_WORD if kind == "docx" else "text/markdown")


def _add_feedback(router: APIRouter, service: Service, settings: ServerSettings) -> None:
    library = service.library

    @router.post("/conversation/feedback")
    async def feedback(sent: _Said) -> Response:
        def add() -> Problem | None:
            if settings.read_only:
                raise ReadOnlyError("this server is read-only")
            answers = [turn.answer for turn in recall(library, [sent.turn]) if turn.answer]
            if not answers:
                return _GONE
            library.feedback.add(
                answers[0],
                sent.verdict,
                sent.reason,
                expected=sent.expected,
                history=sent.history,
            )
            return None

        try:
            refused = await anyio.to_thread.run_sync(add)
        except YinjuError as error:
            refused = service.problem(error)
        return Response(status_code=204) if refused is None else _problem(refused)


def _problem(problem: Problem) -> JSONResponse:
    return JSONResponse(problem.body, problem.status)

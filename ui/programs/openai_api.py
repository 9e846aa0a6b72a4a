"""The interface of OpenAI's chat completions, ``/v1``, so that any chat client can ask a library.

The last user message is the question, the user messages before it are its history.  What a
language model would need is accepted and has no effect: system messages, temperature, tools.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from qa.errors import QuestionError, YinjuError
from ui.problems import Problem, problem_of_request, problem_of_status
from ui.programs.api import LOADING_RETRY
from ui.programs.markdown import Reply, reply_to
from ui.service import Service
from ui.texts.languages import choose

PREFIX = "/v1"
MODEL = "yinju"
MAX_MESSAGES = 1_000
_PIECE = 40  # characters of the answer in one event of a stream


class Part(BaseModel):
    """A part of a message; only ``text`` parts are read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """A message of the conversation."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The text of the message."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream shall tell beside the answer."""

    include_usage: bool | None = False


class ResponseFormat(BaseModel):
    """The form of the answer."""

    type: str = "text"


class Completion(BaseModel):
    """A request for a completion; parameters that are not here have no effect."""

    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES)
    n: int | None = 1
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    tool_choice: Any = None
    response_format: ResponseFormat | None = None

    def questions(self) -> tuple[str, list[str]]:
        """Return the question, and those before it, oldest first.

        Raises:
            QuestionError: if there is none, or what is asked for cannot be given.
        """
        if self.n not in {None, 1}:
            raise QuestionError("one_answer_only", "there is one answer: leave n at 1")
        if self.tool_choice not in (None, "auto", "none"):
            raise QuestionError(
                "no_tools", "no tool is ever called: leave tool_choice at auto or none"
            )
        if self.response_format is not None and self.response_format.type != "text":
            raise QuestionError("text_only", "answers are text: leave response_format at text")
        asked = [message.text for message in self.messages if message.role == "user"]
        if not asked or not asked[-1].strip():
            raise QuestionError(
                "no_question", "there is no question: the last user message has no text"
            )
        return asked[-1], [past for past in asked[:-1] if past.strip()]


class Usage(BaseModel):
    """What was read and written.

    No language model runs, so there are no tokens: what is counted are characters (code points),
    in ``prompt_tokens`` those of the question and the questions before it, in
    ``completion_tokens`` those of the answer's content.
    """

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


def chat_completions(service: Service) -> FastAPI:
    """Return the application to mount at :data:`PREFIX`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _tell_problems(app, service)
    started = int(time.time())
    model = {"id": MODEL, "object": "model", "created": started, "owned_by": MODEL}

    @app.get("/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [model]}

    @app.get("/models/{name:path}")
    async def one_model(name: str) -> dict[str, Any]:
        if name != MODEL:
            raise HTTPException(404, f"the only model here is {MODEL}")
        return model

    @app.post("/chat/completions")
    async def complete(completion: Completion, request: Request) -> Response:
        question, history = completion.questions()
        answer = await service.ask(question, history)
        messages = choose(request.headers.get("accept-language"))
        base = f"{request.url.scheme}://{request.url.netloc}"
        reply = reply_to(answer, messages, base)
        read, written = len(question) + sum(map(len, history)), len(reply.content)
        usage = Usage(
            prompt_tokens=read, completion_tokens=written, total_tokens=read + written
        ).model_dump()
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
        if not completion.stream:
            return JSONResponse(_whole(head, reply, usage))
        options = completion.stream_options or StreamOptions()
        events = _events(head, reply, usage if options.include_usage else None)
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    return app


def _whole(head: dict[str, Any], reply: Reply, usage: dict[str, int]) -> dict[str, Any]:
    message = {
        "role": "assistant",
        "content": reply.content,
        "refusal": None,
        "annotations": reply.annotations,
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": usage}


def _events(head: dict[str, Any], reply: Reply, usage: dict[str, int] | None) -> Iterator[str]:
    """Yield the answer as server-sent events; the citations come with the last piece of it.

    An answer is found as a whole and before the first event, so that an error still is a status.
    """

    def event(choices: list[dict[str, Any]], **more: object) -> str:
        chunk = {**head, "object": "chat.completion.chunk", "choices": choices, **more}
        return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"

    def choice(delta: dict[str, Any], reason: Literal["stop"] | None = None) -> str:
        shown = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return event([shown], **({"usage": None} if usage else {}))

    yield choice({"role": "assistant", "content": ""})
    for start in range(0, len(reply.content), _PIECE):
        yield choice({"content": reply.content[start : start + _PIECE]})
    yield choice({"annotations": reply.annotations}, "stop")
    if usage:
        yield event([], usage=usage)
    yield "data: [DONE]\n\n"


def _tell_problems(app: FastAPI, service: Service) -> None:
    """Answer every error in OpenAI's form."""

    def respond(problem: Problem) -> JSONResponse:
        headers = {"retry-after": str(LOADING_RETRY)} if problem.status == 503 else None
        return JSONResponse(problem.openai, problem.status, headers)

    @app.exception_handler(YinjuError)
    async def ours(_: Request, error: YinjuError) -> JSONResponse:
        problem = service.problem(error)
        return respond(problem._replace(status=400 if problem.status == 422 else problem.status))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return respond(problem_of_request(error.errors())._replace(status=400))

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        return respond(problem_of_status(error.status_code, error.detail))

    @app.exception_handler(Exception)
    async def bug(_: Request, __: Exception) -> JSONResponse:
        return respond(Problem(500, "internal", "the server failed; its log tells why"))

"""What every request passes before anything answers it: who asks, from where, how often, how much.

The checks stand in this order, the cheap ones first: the name by which the server is called, the
web site that the request comes from, the size of its body, the login, the rate.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.errors import YinjuError
from ui.guard.events import CLIENT
from ui.guard.limits import AtOnce, RateLimit, client_name
from ui.guard.login import Logins, credentials
from ui.guard.settings import LOOPBACK_NAMES, ServerSettings
from ui.problems import (
    CrossSiteError,
    LoginRequiredError,
    MisdirectedRequestError,
    ReadOnlyError,
    TooManyRequestsError,
    problem_of,
    refused_body,
    too_large,
)
from ui.texts.languages import ENGLISH, choose

MAX_BODY = 1 << 20  # bytes of a request that uploads no file
_PATIENCE = 30.0  # seconds in which a body has to come, whatever its size
_SLOWEST = 32 << 10  # bytes a second of what is allowed more time
_BODIES, _BODIES_OF_CLIENT = 200, 50  # requests with one that are answered at the same time
# Requests without: an open page holds two.  Systems let a program have some thousand files open.
_OPEN, _OPEN_OF_CLIENT = 800, 400
_UPLOAD = re.compile(r"/library/upload")  # of one file; Gradio's own way is closed
_PROGRAMS = re.compile(r"/(?:api/v1|v1|mcp)(?:/|$)")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_BURST = 4  # times what a client may upload in a minute it may upload at first
_FAILED_TRIES = 10  # logins that a client may try wrongly at once; then one in 30 seconds
_FAILED_PER_MINUTE = 2.0

# Tells whether a request with this method, path and body runs the models.
Asks = Callable[[str, str, bytes], bool]


class Refusal(Exception):  # noqa: N818 - no error of ours: what the gate answers
    """A request that does not pass, and what it is told."""

    def __init__(self, error: YinjuError, **headers: str) -> None:
        """Tell ``error``; ``headers`` are those of the response, with _ for -."""
        super().__init__(str(error))
        self.error = error
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Gate:
    """Lets through what the settings allow."""

    def __init__(self, app: ASGIApp, settings: ServerSettings, asks: Asks) -> None:
        """Guard ``app``; ``asks`` tells which requests count against the rate."""
        self._app = app
        self._settings = settings
        self._asks = asks
        self._rate = RateLimit(settings.rate, settings.rate)
        self._uploads = RateLimit(settings.max_upload_files, settings.max_upload_files)
        self._failed = RateLimit(_FAILED_PER_MINUTE, _FAILED_TRIES)
        self._megabytes = RateLimit(settings.upload_megabytes, _BURST * settings.upload_megabytes)
        self._bodies = AtOnce(_BODIES, _BODIES_OF_CLIENT)
        self._open = AtOnce(_OPEN, _OPEN_OF_CLIENT)
        self._hashing = anyio.CapacityLimiter(1)  # a hash takes 32 MiB and a processor
        self._trying = WeakValueDictionary[str, anyio.Lock]()  # one a client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no websockets here
            await send({"type": "websocket.close", "code": 1008})
            return
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        address = client_name(scope["client"][0] if scope.get("client") else "")
        try:
            at_once = self._open if method in _READING else self._bodies
            with at_once.one(address) as is_free:
                await self._pass(scope, receive, send, address=address, is_free=is_free)
        except Refusal as refusal:
            await _refuse(path, headers, refusal)(scope, receive, send)

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, *, address: str, is_free: bool
    ) -> None:
        """Hand a request on that passes."""
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        self._check_host(headers)
        _check_origin(headers, method, path, self._settings)
        self._check_upload(path)
        if not is_free:
            raise Refusal(
                TooManyRequestsError(
                    "too_many_at_once", "too many requests at once; try again in some seconds"
                )
            )
        receive = _bounded(headers, receive, self._most(path))
        user = await self._check_login(headers, address)
        receive = await self._check_rate(headers, method, path, receive, user or address)
        await self._app({**scope, CLIENT: user or address}, receive, send)

    def _check_host(self, headers: Headers) -> None:
        allowed = self._settings.allowed_hosts
        if allowed is not None and _without_port(headers.get("host", "")) not in allowed:
            raise Refusal(
                MisdirectedRequestError(
                    "host_unknown", "this server has no such name; --allow-host NAME gives it one"
                )
            )

    def _check_upload(self, path: str) -> None:
        if self._settings.read_only and _UPLOAD.fullmatch(path):
            raise Refusal(ReadOnlyError("read_only", "this server is read-only"))

    def _most(self, path: str) -> int:
        """Return how many bytes a request's body may have."""
        settings = self._settings
        if _UPLOAD.fullmatch(path):
            return settings.max_upload_bytes
        return MAX_BODY

    async def _check_login(self, headers: Headers, address: str) -> str | None:
        """Return the name that is logged in; None where no login is required."""
        logins = self._settings.auth
        if logins is None:
            return None
        sent = credentials(headers.get("authorization", ""))
        if sent is None:
            raise _unknown(LoginRequiredError("login_required", "a login is required"))
        name, password = sent
        if logins.remembers(name, password) or await self._try_login(logins, sent, address):
            return name
        raise _unknown(LoginRequiredError("login_wrong", "name or password is wrong"))

    async def _try_login(self, logins: Logins, sent: tuple[str, str], address: str) -> bool:
        # The token is taken first: tries at the same time do not slip through together.
        wait = self._failed.take(address)
        if wait:
            raise _too_many(
                TooManyRequestsError(
                    "too_many_logins",
                    "too many failed logins; try again in {seconds} seconds",
                    seconds=math.ceil(wait),
                )
            )
        # A client's tries wait for each other, so that nobody waits for more than one of each.
        trying = self._trying.setdefault(address, anyio.Lock())
        async with trying:
            right = await anyio.to_thread.run_sync(logins.check, *sent, limiter=self._hashing)
        if right:
            self._failed.give_back(address)
        return right

    async def _check_rate(
        self, headers: Headers, method: str, path: str, receive: Receive, client: str
    ) -> Receive:
        """Count a request that asks; return how its body is read from here on."""
        body = b""
        if _UPLOAD.fullmatch(path):
            size = headers.get("content-length", "")
            most = self._settings.max_upload_bytes
            megabytes = (int(size) if size.isdecimal() else most) / (1 << 20)
            wait = self._uploads.take(client) or self._megabytes.take(client, megabytes)
            if wait:
                raise _too_many(
                    TooManyRequestsError(
                        "too_many_files",
                        "too many files at once; try again in {seconds} seconds",
                        seconds=math.ceil(wait),
                    )
                )
        if method == "POST" and not _UPLOAD.fullmatch(path):
            body, receive = await _read(receive)
        if self._asks(method, path, body):
            wait = self._rate.take(client)
            if wait:
                raise _too_many(
                    TooManyRequestsError(
                        "too_many_questions",
                        "more than {limit} questions in a minute; try again in {seconds} seconds",
                        limit=self._settings.rate,
                        seconds=math.ceil(wait),
                    )
                )
        return receive


def _check_origin(headers: Headers, method: str, path: str, settings: ServerSettings) -> None:
    """Refuse what a page of another web site makes a browser send.

    Reading the page is not refused, as links from elsewhere have to open it; what programs use is
    no page, and nothing of it is for other sites.
    """
    if method in _READING and not _PROGRAMS.match(path):
        return
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:  # browsers say so themselves; no page can change it
        same = site in {"same-origin", "none"}
    elif origin is not None:
        place = urlsplit(origin).netloc.lower()
        named = settings.allowed_hosts is not None and _is_given(place, settings)
        same = place == headers.get("host", "").lower() or named
    else:
        same = True  # no browser
    if not same:
        raise Refusal(CrossSiteError("cross_site", "requests from other web sites are refused"))


def _is_given(place: str, settings: ServerSettings) -> bool:
    """Tell whether an origin is one that --allow-host names: behind a proxy ``Host`` may differ."""
    return place in (settings.allowed_hosts or frozenset()) - LOOPBACK_NAMES


def _without_port(host: str) -> str:
    return re.sub(r":\d*$", "", host.strip().lower())


def _unknown(error: LoginRequiredError) -> Refusal:
    return Refusal(error, www_authenticate='Basic realm="yinju", charset="UTF-8"')


def _too_many(error: TooManyRequestsError) -> Refusal:
    return Refusal(error, retry_after=str(error.values["seconds"]))


def _bounded(headers: Headers, receive: Receive, most: int) -> Receive:
    """Return ``receive`` for a body of up to ``most`` bytes, which comes in time.

    A body that is longer than it says, or does not say, or comes too slowly, raises an
    HTTPException when it is read, which the application that reads it answers.
    """
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise Refusal(too_large())
    got, is_whole = 0, False
    end = anyio.current_time() + _PATIENCE

    async def counted() -> Message:
        nonlocal got, is_whole
        if is_whole:  # what still comes is that the client went away, be it in an hour
            return await receive()
        try:
            with anyio.fail_after(max(0, end + got / _SLOWEST - anyio.current_time())):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(408, str(refused_body(408))) from error
        got += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if got > most:
            raise HTTPException(413, str(too_large()))
        return message

    return counted


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """Return a body, and a ``receive`` that gives it once more."""
    body = bytearray()
    message: Message = {"type": "http.request", "more_body": True}
    while message["type"] == "http.request" and message.get("more_body", False):
        try:
            message = await receive()
        except HTTPException as error:
            raise Refusal(refused_body(error.status_code)) from error
        body += message.get("body", b"")
    # A client that went away while it was sending is passed on after what it sent.
    whole = message["type"] == "http.request"
    left: list[Message] = [] if whole else [message]
    messages: list[Message] = [
        {"type": "http.request", "body": bytes(body), "more_body": not whole},
        *left,
    ]

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return bytes(body), again


def _refuse(path: str, headers: Headers, refusal: Refusal) -> JSONResponse:
    messages = ENGLISH if _PROGRAMS.match(path) else choose(headers.get("accept-language"))
    problem = problem_of(refusal.error, messages=messages)
    if path.startswith("/v1/"):
        content = problem.openai
    elif path.startswith("/api/v1/"):
        content = problem.body
    else:
        content = {**problem.body, "detail": problem.message}  # which Gradio's clients show
    return JSONResponse(content, problem.status, refusal.headers)


def parsed(body: bytes) -> object:
    """Return the JSON value of a body, None if it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None

"""The web application around the page: no foreign hosts, a strict content policy, few routes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.errors import YinjuError
from ui.guard.connections import TimedConnection
from ui.guard.events import SESSIONS, EventQueue
from ui.guard.gate import Asks, Gate, parsed
from ui.guard.settings import ASKING, ServerSettings
from ui.page.chat.layout import first_html
from ui.texts.languages import Messages, choose

ASSETS = Path(__file__).parent / "assets"
# Routes of Gradio that this page has no use for: uploads, files, proxying, statistics, editing.
_CLOSED = re.compile(
    r"(?:/gradio_api)?/(?:upload|file|proxy|stream|monitoring|profiling|vibe-|undo-vibe|runs"
    r"|run-history|deep_link|process_recording|component_server|dev/|login|logout|token)"
)
# Requests that run the models: of programs, and of Gradio, whose bodies tell which event is meant.
_ASKING = re.compile(
    r"/api/v1/(?:ask|search|watchlist)|/v1/chat/completions|/watchlist/keep"
    r"|/conversation/(?:export(?:/all)?|feedback|write)"
)
# Starters are found once for each state of the library, however many pages ask for them.
_ASKING_READS = frozenset(
    (
        *("/api/v1/search", "/search", "/search/results.csv"),
        *("/conversation/suggest", "/conversation/listing.csv"),
    )
)
_EVENT = re.compile(
    r"(?:/gradio_api)?/(?:queue/join|(?P<kind>call/v2|call|run|api)/(?P<name>[^/]*))/?"
)
_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
_BODY = re.compile(r"<body[^>]*>")
_FOREIGN_META = re.compile(r"<meta\s+(?:property|name)=\"(?:og|twitter):[^>]*>\s*", re.DOTALL)
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval' {hashes}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
_HEAD = (
    '<link rel="icon" type="image/svg+xml" href="yinju/seal.svg">'
    '<link rel="stylesheet" href="yinju/yinju.css">'
)
_OURS = (  # before Gradio's, which calls them
    '<script src="yinju/yinju.js" defer></script><script src="yinju/talk.js" defer></script>'
    '<script src="yinju/filters.js" defer></script><script src="yinju/uploads.js" defer></script>'
    '<script src="yinju/memory.js" defer></script><script src="yinju/history.js" defer></script>'
)


class ServeError(YinjuError):
    """The server cannot listen at the given address."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to ``host`` and ``port``; port 0 picks a free one.

    Raises:
        ServeError: if the address is in use or not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except (OSError, OverflowError) as error:
        raise ServeError(
            "cannot_listen",
            "cannot listen at {host}:{port} ({said}); try another --port",
            host=host,
            port=port,
            said=error,
        ) from error
    return bound


class WebServer(uvicorn.Server):
    """A server that ends the connections which open pages hold before it waits for the rest.

    It looks twice a second whether it shall end, and is still otherwise.
    """

    async def main_loop(self) -> None:
        """Run until the end is asked for."""
        tenths = 0  # which are what uvicorn counts in
        while not await self.on_tick(tenths):
            tenths += 5
            await asyncio.sleep(0.5)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        app = self.config.app
        for route in app.routes if isinstance(app, FastAPI) else ():
            mounted = getattr(route, "app", None)
            if isinstance(mounted, gr.routes.App):
                mounted.stop_event.set()
        await super().shutdown(sockets)


def make_server(app: ASGIApp) -> WebServer:
    """Return a server for ``app``, to run on a socket of one's own."""
    config = uvicorn.Config(
        app, http=TimedConnection, log_level="warning", timeout_graceful_shutdown=3
    )
    return WebServer(config)


def web_app(
    page: gr.Blocks,
    programs: Mapping[str, ASGIApp] | None = None,
    settings: ServerSettings | None = None,
    pages: Sequence[APIRouter] = (),
) -> FastAPI:
    """Return the web application that serves ``page`` and nothing from elsewhere.

    ``programs`` are applications for programs, by the path below which each is served; ``pages``
    are the routes beside the chat.
    """
    settings = settings or ServerSettings()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/yinju", StaticFiles(directory=ASSETS))
    for path, program in (programs or {}).items():
        app.mount(path, program)
    for router in pages:
        app.include_router(router)
    page._queue = EventQueue(page)
    page.state_session_capacity = SESSIONS
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        pwa=False,
        enable_monitoring=False,
        mcp_server=False,
        theme=_theme(),
        show_error=True,
        favicon_path=str(ASSETS / "seal.svg"),
        max_file_size=settings.max_upload_bytes,
    )
    app.add_middleware(Gate, settings=settings, asks=_asks(page))
    app.add_middleware(PageConfinement)  # around the gate: what is closed is closed to everybody
    return app


def _asks(page: gr.Blocks) -> Asks:
    """Return what tells requests that run the models from others; when in doubt, they do."""

    def event_asks(path: str, body: bytes) -> bool:
        match = _EVENT.fullmatch(path)
        if match is None:
            return False
        request = parsed(body) if match["kind"] in {None, "run", "api"} else None
        number = request.get("fn_index") if isinstance(request, dict) else None
        called = [
            event
            for event in page.fns.values()
            if (event._id == number if number is not None else event.api_name == match["name"])
        ]
        return not called or any(event.concurrency_id == ASKING for event in called)

    def asks(method: str, path: str, body: bytes) -> bool:
        if method == "GET":
            return path in _ASKING_READS
        return method == "POST" and (bool(_ASKING.fullmatch(path)) or event_asks(path, body))

    return asks


def _theme() -> gr.themes.Base:
    fonts = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")
    return gr.themes.Base(
        font=[gr.themes.Font(name) for name in fonts],
        font_mono=[gr.themes.Font(name) for name in ("ui-monospace", "monospace")],
    )


class PageConfinement:
    """Closes unused routes, rewrites the page's HTML, and sets headers that confine it."""

    def __init__(self, app: ASGIApp) -> None:
        """PageConfinement ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _CLOSED.match(scope["path"]):
            await PlainTextResponse("Not found", status_code=404)(scope, receive, send)
        elif scope["path"] == "/":
            await self._page(scope, receive, send)
        else:
            await self.app(scope, receive, _confining(send))

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page's HTML without anything foreign, its inline scripts named by hash."""
        messages = choose(Headers(scope=scope).get("accept-language"))
        # Gradio must not compress what is rewritten here.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        started: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal started, body
            if message["type"] == "http.response.start":
                started = message
                return
            body += message.get("body", b"")
            if message.get("more_body", False):
                return
            html, policy = confine(body.decode(), messages)
            content = html.encode()
            out = MutableHeaders(scope=started)
            out["content-security-policy"] = policy
            out["content-length"] = str(len(content))
            out["cache-control"] = "no-store"
            out["vary"] = "Accept-Language"
            await _confining(send)(started)
            await send({"type": "http.response.body", "body": content})

        await self.app({**scope, "headers": headers}, receive, collect)


def confine(html: str, messages: Messages) -> tuple[str, str]:
    """Return a page of Gradio's without what it would load elsewhere, and its content policy."""
    html = _FOREIGN_META.sub("", html)
    hashes: list[str] = []

    def keep(match: re.Match[str]) -> str:
        code = match["code"]
        if "iframeResizer.contentWindow" in code:  # for pages that embed this one
            return ""
        if code:
            digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
            hashes.append(f"'sha256-{digest}'")
        return match[0]

    html = _SCRIPT.sub(keep, html)
    html = html.replace('<html\n\tlang="en"', f'<html\n\tlang="{messages.language}"', 1)
    html = _BODY.sub(lambda match: match[0] + first_html(messages), html, count=1)
    html = html.replace("<head>", f"<head>{_OURS}", 1).replace("</head>", f"{_HEAD}</head>", 1)
    return html, _POLICY.format(hashes=" ".join(hashes))


def _confining(send: Send) -> Send:
    """Return ``send`` with headers that keep browsers from guessing and telling."""

    async def confined(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["x-content-type-options"] = "nosniff"
            headers["referrer-policy"] = "no-referrer"
            # Gradio lets pages of other sites read what a public server sends; nothing here does.
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
        await send(message)

    return confined

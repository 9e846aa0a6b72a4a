"""What the browser's tests share: Chromium, a page that is watched, asking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What Gradio says of the connections that break when somebody leaves or reloads its page.
_LEAVING = (
    "AbortError: signal is aborted",
    "Connection errored out",
    "BodyStreamBuffer was aborted",
)
BOX = "#yj-question textarea"


@contextmanager
def opened(
    chromium: Any, url: str, *, ready: str = ".yj-freshness", refused: int = 0, **options: Any
) -> Iterator[Any]:
    """Open the page; afterwards, nothing foreign was asked for and nothing went wrong in it.

    ``ready`` is what to wait for; requests may be ``refused`` with one status.
    """
    settings = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 800}} | options
    context = chromium.new_context(**settings)
    context.set_default_timeout(30_000)
    page = context.new_page()
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("websocket", lambda websocket: requested.append(websocket.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on(
        "response",
        lambda response: (
            complaints.append(f"{response.status} {response.url}")
            if response.status >= 400
            else None
        ),
    )
    page.goto(url)
    page.wait_for_selector(ready)
    yield page
    context.close()
    root = "/".join(url.split("/")[:3]) + "/"
    foreign = [
        asked for asked in requested if not asked.startswith((root, "data:", f"blob:{root}"))
    ]
    assert foreign == []
    expected = (*_LEAVING, str(refused)) if refused else _LEAVING
    left = [said for said in complaints if not any(part in said for part in expected)]
    assert left == [], left


def kept(page: Any, count: int) -> list[dict[str, Any]]:
    """Return the conversations that the browser keeps, once they have so many turns together."""
    page.wait_for_function(
        "async n => (await yinju.memory.all()).flatMap(({ turns }) => turns).length === n",
        arg=count,
    )
    conversations: list[dict[str, Any]] = page.evaluate("yinju.memory.all()")
    return conversations


def ask(page: Any, question: str) -> Any:
    """Ask by keyboard; return the finished turn."""
    turns = page.locator(".yj-turn").count()
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    page.wait_for_function(
        "n => { const t = document.querySelectorAll('.yj-turn:not([data-state=pending])');"
        " return t.length > n; }",
        arg=turns,
    )
    return page.locator(".yj-turn").nth(turns)

"""The page behind the gate, in a real browser: what the gate refuses is not what the page needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import BOX, ask
from tests.serving import HESHAN, library_of, serving
from ui.guard.login import Cost, Logins, hash_password
from ui.guard.settings import ServerSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
LOGIN = {"username": "li", "password": "correct horse"}
QUICK = Cost(n=16, r=1, p=1)


def test_a_page_with_a_login_asks_and_is_limited(chromium: Any, tmp_path: Path) -> None:
    logins = Logins({"li": hash_password("correct horse", QUICK)})
    settings = ServerSettings(read_only=True, auth=logins, rate=2)
    with library_of(tmp_path / "library") as library, serving(library, settings) as address:
        (tmp_path / "articles" / "new.txt").write_text("新闻\n\n开平市今天下雨。\n", "utf-8")
        context = chromium.new_context(http_credentials=LOGIN, locale="zh-CN")
        page = context.new_page()
        refused: list[str] = []
        page.on("response", lambda seen: refused.append(seen.url) if seen.status > 399 else None)
        page.goto(address)
        page.wait_for_selector(".yj-freshness")
        for _ in range(2):
            ask(page, HESHAN)
        assert page.locator(".yj-exact bdi").all_inner_texts() == ["60个", "60个"]
        assert "文件夹有 1 处改动" in page.locator(".yj-freshness").inner_text()
        assert page.locator("#yj-update").is_hidden()
        assert refused == []
        page.fill(BOX, HESHAN)
        page.press(BOX, "Enter")
        page.wait_for_selector("text=一分钟内的提问超过 2 次")
        assert [url.rpartition("/")[2].partition("?")[0] for url in refused] == ["join"]
        context.close()


EVIL = """<script>
fetch("ADDRESS/api/v1/ask", { method: "POST", mode: "no-cors", body: "{}" })
</script>"""


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """Serve a page on a port of its own, which makes it another origin."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:  # type: ignore[override]
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_another_site_cannot_ask_through_a_visitor(chromium: Any, tmp_path: Path) -> None:
    with (
        library_of(tmp_path / "library") as library,
        serving(library) as address,
        another_site(EVIL.replace("ADDRESS", address)) as evil,
    ):
        page = chromium.new_page()
        with page.expect_response(f"{address}/api/v1/ask") as sent:
            page.goto(evil)
        assert sent.value.status == 403
        page.close()

"""What requests pass before anything answers them, on a running server with real clients."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from gradio_client import Client

from qa import Library
from tests.serving import HESHAN, library_of, serving
from ui.guard import gate
from ui.guard.login import Cost, Logins, hash_password
from ui.guard.settings import LOOPBACK_NAMES, ServerSettings, host_names

pytestmark = [
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
CHEAP = Cost(n=16, r=1, p=1)
LOGINS = {"张三": hash_password("correct horse", CHEAP)}
BASIC = "Basic " + base64.b64encode("张三:correct horse".encode()).decode()
WRONG = "Basic " + base64.b64encode("张三:battery staple".encode()).decode()
CHAT = {"model": "yinju", "messages": [{"role": "user", "content": HESHAN}]}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library_of(tmp_path_factory.mktemp("gate") / "library") as opened:
        yield opened


@pytest.fixture(scope="module")
def address(library: Library) -> Iterator[str]:
    """A server with the default settings."""
    with serving(library) as found:
        yield found


# -- hosts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:7860", "[::1]:80", "LOCALHOST:1"])
def test_the_loopback_has_these_names(address: str, host: str) -> None:
    assert httpx.get(f"{address}/api/v1/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "", "localhost.evil.example"]
)
@pytest.mark.parametrize("path", ["/", "/config", "/api/v1/status", "/v1/models"])
def test_a_name_that_was_made_to_point_here_is_refused(address: str, host: str, path: str) -> None:
    answer = httpx.get(address + path, headers={"host": host})
    assert answer.status_code == 421
    assert "--allow-host" in answer.json()["error"]["message"]


def test_names_follow_the_address_and_what_is_allowed() -> None:
    assert host_names("127.0.0.1") == LOOPBACK_NAMES
    assert host_names("::1") == LOOPBACK_NAMES
    assert host_names("localhost", ["Papers.Example"]) == LOOPBACK_NAMES | {"papers.example"}
    assert host_names("0.0.0.0") is None  # noqa: S104 - it is what --host may say
    assert host_names("192.0.2.1", ["a.cn"]) == LOOPBACK_NAMES | {"192.0.2.1", "a.cn"}


# -- other web sites -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin", "origin": "https://proxy.example"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://localhost:9"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_other_sites_change_and_ask_nothing(
    address: str, headers: dict[str, str], passes: bool
) -> None:
    requests = [
        ("POST", "/api/v1/ask", {"question": HESHAN}),
        ("POST", "/v1/chat/completions", CHAT),
        ("POST", "/gradio_api/call/ask", {"data": [HESHAN, []]}),
        ("GET", "/api/v1/status", None),
    ]
    for method, path, body in requests:
        answer = httpx.request(method, address + path, headers=headers, json=body)
        assert answer.status_code == (200 if passes else 403), path
    assert httpx.get(address, headers=headers).status_code == 200  # links open the page


def test_other_sites_read_nothing(library: Library) -> None:
    """Not even on a public server, where Gradio would allow it."""
    with serving(library, ServerSettings(allowed_hosts=None)) as address:
        headers = {"host": "papers.example", "origin": "https://evil.example"}
        for path in ("/", "/config", "/gradio_api/info"):
            answer = httpx.get(address + path, headers=headers)
            assert answer.status_code == 200
            assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_own_origin_passes(address: str) -> None:
    body = {"question": HESHAN}
    same = httpx.post(f"{address}/api/v1/ask", headers={"origin": address}, json=body)
    assert same.status_code == 200


def test_an_allowed_host_is_an_origin_behind_a_proxy(library: Library) -> None:
    settings = ServerSettings(allowed_hosts=host_names("127.0.0.1", ["papers.example"]))
    with serving(library, settings) as address:
        for origin, status in (("https://papers.example", 200), ("https://evil.example", 403)):
            headers = {"origin": origin}
            answer = httpx.post(f"{address}/api/v1/ask", headers=headers, json={"question": "甲"})
            assert answer.status_code == status


# -- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/ask", "/v1/chat/completions", "/gradio_api/queue/join"])
def test_bodies_are_bounded_whether_they_say_so_or_not(address: str, path: str) -> None:
    large = b'{"question": "' + b"a" * gate.MAX_BODY + b'"}'
    for content in (large, iter([large[:100], large[100:]])):
        headers = {"content-type": "application/json", "accept-language": "en"}
        answer = httpx.post(address + path, content=content, headers=headers)
        assert answer.status_code == 413
        assert answer.json()["error"]["message"] == "the request is too large"


# -- logins --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def closed(library: Library) -> Iterator[str]:
    """A server that requires a login."""
    with serving(library, ServerSettings(auth=Logins(LOGINS))) as found:
        yield found


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/theme.css",
        "/yinju/yinju.js",
        "/gradio_api/info",
        "/gradio_api/heartbeat/abc",
        "/gradio_api/queue/data",
        "/api/v1/status",
        "/api/v1/openapi.json",
        "/v1/models",
        "/nothing",
    ],
)
def test_nothing_is_served_without_a_login(closed: str, path: str) -> None:
    answer = httpx.get(closed + path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="yinju", charset="UTF-8"'
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_login_opens_page_and_interfaces(closed: str) -> None:
    for path in ("/", "/config", "/api/v1/status", "/v1/models"):
        assert httpx.get(closed + path, headers={"authorization": BASIC}).status_code == 200
        assert httpx.get(closed + path, auth=("张三", "correct horse")).status_code == 200
    key = "张三:correct horse".encode()
    answer = httpx.get(f"{closed}/v1/models", headers={b"authorization": b"Bearer " + key})
    assert answer.status_code == 401  # headers are Latin-1: Basic is for other names


def test_the_openai_package_logs_in_with_its_key(library: Library) -> None:
    logins = Logins({"li": hash_password("battery staple", CHEAP)})
    with serving(library, ServerSettings(auth=logins)) as address:
        for key, right in (("li:battery staple", True), ("li:wrong", False)):
            with openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0) as client:
                if right:
                    assert client.models.list().data[0].id == "yinju"
                    continue
                with pytest.raises(openai.AuthenticationError, match="password is wrong"):
                    client.models.list()


def test_gradios_client_logs_in_with_a_header(closed: str) -> None:
    client = Client(closed, verbose=False, headers={"Authorization": BASIC})
    answer = client.predict(question=HESHAN, history=[], api_name="/ask")
    client.close()
    assert answer["text"] == "60个"


def test_failed_tries_are_limited_but_not_those_who_are_in(library: Library) -> None:
    with serving(library, ServerSettings(auth=Logins(LOGINS))) as address:
        health = f"{address}/api/v1/health"
        assert httpx.get(health, headers={"authorization": BASIC}).status_code == 200
        statuses = [
            httpx.get(health, headers={"authorization": WRONG}).status_code for _ in range(12)
        ]
        assert statuses == [401] * 10 + [429] * 2
        refused = httpx.get(health, headers={"authorization": WRONG})
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        assert httpx.get(health, headers={"authorization": BASIC}).status_code == 200


# -- rates ---------------------------------------------------------------------------------------


def test_questions_are_limited_on_every_way_and_looks_are_not(library: Library) -> None:
    with serving(library, ServerSettings(rate=5)) as address:
        asking = [
            ("POST", "/api/v1/ask", {"question": HESHAN}),
            ("POST", "/api/v1/search", {"query": HESHAN}),
            ("GET", "/api/v1/search?query=a", None),
            ("POST", "/v1/chat/completions", CHAT),
            ("POST", "/gradio_api/call/ask", {"data": [HESHAN, []]}),
        ]
        for method, path, body in asking:
            assert httpx.request(method, address + path, json=body).status_code == 200, path
        number = ask_number(address)
        asking += [
            ("POST", "/gradio_api/call/ask", {"data": [HESHAN, []], "fn_index": 0}),
            ("POST", "/gradio_api/call/v2/ask", {"question": HESHAN}),
            ("POST", "/gradio_api/run/ask", {"data": [HESHAN, []]}),
            ("POST", "/gradio_api/run/predict", {"data": [HESHAN, []], "fn_index": number}),
            ("POST", "/gradio_api/run/predict", {"data": [HESHAN, []], "fn_index": str(number)}),
            ("POST", "/gradio_api/queue/join", {"data": [HESHAN, []], "fn_index": number}),
            ("GET", "/search?q=a", None),
            ("GET", "/search/results.csv?q=a", None),
        ]
        for method, path, body in asking:
            english = {"accept-language": "en"}
            answer = httpx.request(method, address + path, json=body, headers=english)
            assert answer.status_code == 429, path
            assert 1 <= int(answer.headers["retry-after"]) <= 12
            assert "more than 5 questions in a minute" in answer.json()["error"]["message"]
        for path in ("/gradio_api/call/ask", "/api/v1/ask"):
            body = {"data": [HESHAN, []], "question": HESHAN}
            chinese = {"accept-language": "zh-CN"}
            refused = httpx.post(address + path, json=body, headers=chinese).json()
            is_page = path.startswith("/gradio_api")
            assert refused["error"]["message"].startswith(
                "一分钟内的提问超过 5 次，请过 " if is_page else "more than 5 questions in a minute"
            )
            assert refused["error"]["code"] == "too_many_questions"
        looking = {"data": [], "fn_index": looking_number(address), "session_hash": "x"}
        joined = httpx.post(f"{address}/gradio_api/queue/join", json=looking)
        assert joined.status_code == 200
        for _ in range(10):
            assert httpx.get(f"{address}/api/v1/status").status_code == 200


def dependencies(address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{address}/config").json()["dependencies"]
    return found


def ask_number(address: str) -> int:
    return next(item["id"] for item in dependencies(address) if item["api_name"] == "ask")


def looking_number(address: str) -> int:
    """The event of the page's timer."""
    return next(
        item["id"]
        for item in dependencies(address)
        if any(event == "tick" for _, event in item["targets"])
    )


def test_users_have_a_rate_of_their_own(library: Library) -> None:
    logins = Logins({name: hash_password("correct horse", CHEAP) for name in ("li", "wang")})
    with serving(library, ServerSettings(auth=logins, rate=1)) as address:
        asked = [
            httpx.post(
                f"{address}/api/v1/ask", json={"question": "甲"}, auth=(name, "correct horse")
            ).status_code
            for name in ("li", "li", "wang")
        ]
    assert asked == [200, 429, 200]


# -- read only -----------------------------------------------------------------------------------


def test_read_only_changes_nothing(library: Library) -> None:
    with serving(library, ServerSettings(read_only=True)) as address:
        number = library.article("鹤山.txt").id
        for method, path in (
            ("POST", "/api/v1/sync"),
            ("DELETE", f"/api/v1/articles/{number}"),
        ):
            answer = httpx.request(method, address + path)
            assert answer.status_code == 403
            assert answer.json()["error"]["type"] == "read_only"
        assert httpx.post(f"{address}/api/v1/ask", json={"question": HESHAN}).status_code == 200
        clicks = [
            target
            for item in dependencies(address)
            for target in item["targets"]
            if target[1] == "click"
        ]
        config = httpx.get(f"{address}/config").json()
        ids = {item["props"].get("elem_id"): item["id"] for item in config["components"]}
        assert [ids["yj-update"], "click"] not in clicks
        assert [ids["yj-send"], "click"] in clicks
    assert library.has(number)


def test_the_page_offers_an_update_only_where_it_may(tmp_path: Path) -> None:
    from ui.model_loading import ModelLoading
    from ui.page.chat.chat import Chat
    from ui.service import Service

    with library_of(tmp_path / "library") as library:
        (tmp_path / "articles" / "new.txt").write_text("新闻\n\n开平市今天下雨。\n", "utf-8")
        for read_only in (False, True):
            chat = Chat(Service(library, ModelLoading(library)), read_only=read_only)
            _, button, _ = chat.look(None)  # type: ignore[arg-type]
            assert button["visible"] is not read_only


def test_a_body_of_garbage_is_no_value() -> None:
    assert gate.parsed(b'{"a": 1}') == {"a": 1}
    for body in (b"", b"\xff", b"[" * 100_000):
        assert gate.parsed(body) is None
    assert json.loads("1") == gate.parsed(b"1")

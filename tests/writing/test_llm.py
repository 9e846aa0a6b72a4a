"""qa.writing.llm: what a server may send, and for how long; tried against a real one."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from qa.errors import LlmError
from qa.writing.llm import MAX_BYTES, MAX_TEXT, Limits, LlmServer
from tests.llm_server import Handler, event, says, sends, serving, streams

ASKED = [{"role": "user", "content": "你好 \ud800"}]
QUICK = Limits(connect=1.0, first=0.4, whole=0.8)


def read(url: str, limits: Limits = QUICK, key: str = "") -> str:
    return "".join(LlmServer(url, "m", key=key, limits=limits).stream(ASKED))


def test_a_stream_is_read_piece_by_piece() -> None:
    with serving(streams(["鹤山", "引进", "60个。[1]"])) as server:
        pieces = list(LlmServer(server.url, "m", key="secret").stream(ASKED))
    assert pieces == ["鹤山", "引进", "60个。[1]"]
    (path, headers, body), *more = server.asked
    assert (path, more) == ("/v1/chat/completions", [])
    assert body == {"model": "m", "messages": ASKED, "stream": True}
    sent = {name.lower(): value for name, value in headers.items()}
    assert sent.pop("host") == server.url.split("/")[2]
    assert sent.pop("content-length").isdigit()
    assert sent == {
        "accept": "text/event-stream, application/json",
        "accept-encoding": "identity",
        "authorization": "Bearer secret",
        "connection": "keep-alive",
        "content-type": "application/json",
        "user-agent": "yinju",
    }


def test_a_piece_comes_before_the_next_is_written() -> None:
    go_on = threading.Event()

    def reply(handler: Handler) -> None:
        handler.begin("text/event-stream")
        handler.send(event("一"))
        go_on.wait(5)
        handler.send(event("二", finish_reason="stop"))

    with serving(reply) as server:
        pieces = LlmServer(server.url, "m", key="").stream(ASKED)
        assert next(pieces) == "一"
        go_on.set()
        assert list(pieces) == ["二"]


def test_a_reply_in_one_piece_is_read_too() -> None:
    with serving(says("鹤山60个。[1]")) as server:
        assert read(server.url) == "鹤山60个。[1]"
        assert read(f"{server.url}/chat/completions/") == "鹤山60个。[1]"
    assert [path for path, *_ in server.asked] == ["/v1/chat/completions"] * 2


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINJU_LLM_KEY", "abc")
    with serving(says("好")) as server:
        "".join(LlmServer(server.url, "m").stream(ASKED))
        monkeypatch.delenv("YINJU_LLM_KEY")
        "".join(LlmServer(server.url, "m").stream(ASKED))
    sent = [
        {name.lower(): value for name, value in headers.items()} for _, headers, _ in server.asked
    ]
    assert [headers.get("authorization") for headers in sent] == ["Bearer abc", None]


def test_neither_proxies_nor_netrc_are_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hidden\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(says("好")) as server:
        assert read(server.url) == "好"
    assert "authorization" not in {name.lower() for name in server.asked[0][1]}


@pytest.mark.parametrize(
    ("data", "content_type", "message"),
    [
        (b"", "text/event-stream", "breaks off"),
        (event("一半"), "text/event-stream", "breaks off"),
        (b"data: [DONE]\n\n", "text/event-stream", "wrote nothing"),
        (b"data: {oh\n\n", "text/event-stream", "no chat completion"),
        (b"data: [1]\n\n", "text/event-stream", "no chat completion"),
        (b'data: {"choices": 1}\n\n', "text/event-stream", "no chat completion"),
        (b'data: {"choices": [1]}\n\n', "text/event-stream", "no chat completion"),
        (b"data: " + b"[" * 50_000 + b"\n\n", "text/event-stream", "no chat completion"),
        (b'data: {"error": {"message": "overloaded"}}\n\n', "text/event-stream", "overloaded"),
        (b"<html>Welcome</html>", "text/html", "no chat completion"),
        (b"\xff\xfe\x00", "application/octet-stream", "no chat completion"),
        (b'{"choices": []}', "application/json", "no chat completion"),
        (b'{"choices": [{"message": null}]}', "application/json", "wrote nothing"),
        (b'{"error": {"message": "no such model"}}', "application/json", "no such model"),
        (b"data: " + b"x" * (MAX_BYTES + 1), "text/event-stream", "line without end"),
        (b": ping\n\n" * (MAX_BYTES // 8 + 1), "text/event-stream", "sends more than"),
        (b"{" + b" " * MAX_BYTES, "application/json", "sends more than"),
    ],
)
def test_what_is_no_chat_completion_is_refused(
    data: bytes, content_type: str, message: str
) -> None:
    with serving(sends(data, content_type)) as server, pytest.raises(LlmError, match=message):
        read(server.url, Limits(whole=20))


@pytest.mark.parametrize(
    ("status", "data", "message"),
    [
        (401, b'{"error": {"message": "Incorrect API key: secret"}}', r"HTTP 401, .*key: \*\*\*$"),
        (404, b'{"detail": "Not Found"}', "HTTP 404, Not Found"),
        (429, b"", "HTTP 429$"),
        (500, b"<html>" + b"x" * 100_000, "HTTP 500$"),
        (503, b'{"error": "loading\\nmodel"}', "HTTP 503, loading model"),
        (204, b"", "HTTP 204"),
    ],
)
def test_a_refusal_is_told_and_not_repeated(status: int, data: bytes, message: str) -> None:
    refusing = serving(sends(data, "application/json", status))
    with refusing as server, pytest.raises(LlmError, match=message):
        read(server.url, key="secret")
    assert len(server.asked) == 1


def test_a_redirect_is_not_followed() -> None:
    with serving(says("好")) as other:

        def reply(handler: Handler) -> None:
            handler.begin("text/plain", 307, location=f"{other.url}/chat/completions")

        with serving(reply) as server, pytest.raises(LlmError, match="redirects elsewhere"):
            read(server.url)
    assert other.asked == []


def test_compressed_text_is_not_unpacked() -> None:
    def reply(handler: Handler) -> None:
        handler.begin("application/json", content_encoding="gzip")
        handler.send(b"\x1f\x8b")

    with serving(reply) as server, pytest.raises(LlmError, match="compressed"):
        read(server.url)


def test_one_that_never_ends_is_left() -> None:
    def reply(handler: Handler) -> None:
        handler.begin("text/event-stream")
        while not handler.server.gone.is_set():
            handler.send(event("话" * 500))

    with serving(reply) as server:
        assert read(server.url, Limits()) == "话" * MAX_TEXT
        assert server.gone.wait(5), "the connection is closed"


@pytest.mark.parametrize("beat", [b"", b": ping\n\n", event(None)])
def test_first_words_that_do_not_come_are_not_waited_for(beat: bytes) -> None:
    def reply(handler: Handler) -> None:
        handler.begin("text/event-stream")
        while not handler.server.gone.wait(0.05):
            handler.send(beat or b"")

    with serving(reply) as server:
        started = time.monotonic()
        with pytest.raises(LlmError, match="too slow"):
            read(server.url, Limits(first=0.3, whole=30))
        assert time.monotonic() - started < 3
        server.gone.set()


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\nx-slow: ",
        b"HTTP/1.1 500 Oh\r\nconnection: close\r\n\r\n",
        b"HTTP/1.1 500 Oh\r\ncontent-length: 4000\r\n\r\n",
    ],
)
def test_headers_and_refusals_that_drip_are_not_waited_for(start: bytes) -> None:
    def reply(handler: Handler) -> None:
        handler.send(start)
        while not handler.server.gone.wait(0.05):
            handler.send(b"x")

    with serving(reply) as server:
        started = time.monotonic()
        with pytest.raises(LlmError, match=r"too slow|HTTP 500"):
            read(server.url, Limits(first=0.3, whole=30))
        assert time.monotonic() - started < 3
        assert server.gone.wait(5), "the connection is closed"


def test_a_whole_that_takes_too_long_is_left() -> None:
    with serving(streams(["字"] * 100, pause=0.05)) as server:
        started = time.monotonic()
        with pytest.raises(LlmError, match="too slow"):
            read(server.url)
        assert time.monotonic() - started < 3


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(LlmError, match=r"cannot be reached .* check --llm"):
        read(f"http://127.0.0.1:{port}/v1")


def test_a_server_that_hangs_up_is_told() -> None:
    hanging_up = serving(lambda handler: handler.connection.close())
    with hanging_up as server, pytest.raises(LlmError, match="cannot be reached"):
        read(server.url)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:11434", "ftp://a/v1", "file:///etc/passwd", "http://", "http://[::1", "//a/v1",
     "http://a:99999/v1"],
)  # fmt: skip
def test_only_addresses_of_http_servers_are_taken(url: str) -> None:
    with pytest.raises(LlmError, match="is no address of a server"):
        LlmServer(url, "m", key="")


def test_a_key_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(LlmError, match="keep the key out") as told:
        LlmServer("https://me:secret@host/v1", "m", key="")
    assert "secret" not in str(told.value)


def test_models_and_keys_that_cannot_be_are_refused() -> None:
    with pytest.raises(LlmError, match="no name"):
        LlmServer("http://a/v1", " ", key="")
    with pytest.raises(LlmError, match="characters that no key has") as told:
        LlmServer("http://a/v1", "m", key="gehe\nim")
    assert "gehe" not in str(told.value)


def test_threads_may_share_a_server() -> None:
    def reply(handler: Handler) -> None:
        streams(["甲", "乙"], pause=0.01)(handler)

    with serving(reply) as running, ThreadPoolExecutor(8) as pool:
        server = LlmServer(running.url, "m", key="")
        found = list(pool.map(lambda _: "".join(server.stream(ASKED)), range(24)))
    assert found == ["甲乙"] * 24

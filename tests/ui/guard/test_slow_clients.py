"""Clients that take their time, or all there is of it: others do not wait for them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from qa import Library
from tests.serving import library_of, serving
from ui.guard import connections, gate, limits
from ui.guard.login import Cost, Logins, PasswordHash, hash_password
from ui.guard.settings import ServerSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
POST = b"POST /api/v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
UPLOAD = b"POST /library/upload?name=a.txt HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library_of(tmp_path_factory.mktemp("slow") / "library") as opened:
        yield opened


def opened(address: str, sent: bytes) -> socket.socket:
    place = urlsplit(address)
    assert place.hostname
    assert place.port
    connection = socket.create_connection((place.hostname, place.port), timeout=10)
    connection.sendall(sent)
    return connection


WHOLE = b"GET /yinju/seal.svg HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("before", [b"", WHOLE])
@pytest.mark.parametrize("sent", [b"G", b"GET / HTTP/1.1\r\nHost: loc"])
def test_headers_have_to_come_in_time(
    library: Library, monkeypatch: pytest.MonkeyPatch, before: bytes, sent: bytes
) -> None:
    monkeypatch.setattr(connections, "_PATIENCE", 0.5)
    with serving(library) as address, opened(address, before) as connection:
        if before:
            connection.recv(1 << 16)
            time.sleep(0.5)  # until the whole answer is sent
        connection.sendall(sent)
        begun = time.monotonic()
        while connection.recv(1 << 16):
            pass
        assert time.monotonic() - begun < 4  # seconds, in which uvicorn's own patience has no end


@pytest.mark.parametrize("head", [POST, UPLOAD])
def test_bodies_have_to_come_in_time(
    library: Library, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr(gate, "_PATIENCE", 0.5)
    with serving(library) as address:
        with opened(address, head + b"Content-Length: 100\r\n\r\n{") as connection:
            assert b" 408 " in connection.recv(1 << 16).split(b"\r\n")[0]
        with opened(address, head + b"Content-Length: 100\r\n\r\n") as connection:
            for _ in range(8):  # a byte now and then does not help
                time.sleep(0.2)
                try:
                    connection.sendall(b" ")
                except OSError:
                    break
            assert b" 408 " in connection.recv(1 << 16).split(b"\r\n")[0]


def test_one_client_does_not_take_all_there_is(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_BODIES_OF_CLIENT", 2)
    unfinished = POST + b"X-Forwarded-For: 192.0.2.1\r\nContent-Length: 100\r\n\r\n{"

    def ask(client: str) -> int:
        headers = {"x-forwarded-for": client}
        body = {"question": "鹤山"}
        return httpx.post(f"{address}/api/v1/ask", json=body, headers=headers).status_code

    with serving(library) as address:
        with opened(address, unfinished), opened(address, unfinished):
            deadline = time.monotonic() + 10
            while ask("192.0.2.1") != 429:
                assert time.monotonic() < deadline
            assert ask("192.0.2.2") == 200
        while ask("192.0.2.1") != 200:
            assert time.monotonic() < deadline


def test_what_goes_on_at_once_is_counted() -> None:
    at_once = limits.AtOnce(in_all=3, of_client=2)
    with at_once.one("a") as first, at_once.one("a") as second, at_once.one("a") as third:
        assert (first, second, third) == (True, True, False)
        with at_once.one("b") as one, at_once.one("c") as another, at_once.one(None) as nobody:
            assert (one, another, nobody) == (True, False, True)
    with at_once.one("a") as again:
        assert again


def test_a_login_waits_for_one_wrong_try_of_another_client(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    matches = PasswordHash.matches

    def slow(known: PasswordHash, password: str) -> bool:
        time.sleep(0.5)
        return matches(known, password)

    monkeypatch.setattr(PasswordHash, "matches", slow)
    logins = Logins({"anna": hash_password("correct horse", Cost(n=16, r=1, p=1))})
    with serving(library, ServerSettings(auth=logins)) as address:

        def log_in(password: str, client: str) -> int:
            headers = {"x-forwarded-for": client}
            place = f"{address}/api/v1/status"
            return httpx.get(
                place, auth=("anna", password), headers=headers, timeout=30
            ).status_code

        tries = [threading.Thread(target=log_in, args=("wrong", "192.0.2.1")) for _ in range(8)]
        for each in tries:
            each.start()
        time.sleep(0.3)
        begun = time.monotonic()
        assert log_in("correct horse", "192.0.2.2") == 200
        waited = time.monotonic() - begun
        for each in tries:
            each.join()
        assert waited < 2.5  # its own half second, and one of the others'; all of theirs are four


def test_what_is_open_at_once_is_bounded_for_each_client(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "_OPEN_OF_CLIENT", 2)
    waiting = b"GET /gradio_api/heartbeat/%b HTTP/1.1\r\nHost: localhost\r\n"
    waiting += b"X-Forwarded-For: 192.0.2.1\r\n\r\n"

    def status(client: str) -> int:
        headers = {"x-forwarded-for": client}
        return httpx.get(f"{address}/api/v1/status", headers=headers).status_code

    with serving(library) as address:
        with opened(address, waiting % b"a"), opened(address, waiting % b"b"):
            deadline = time.monotonic() + 10
            while status("192.0.2.1") != 429:
                assert time.monotonic() < deadline
            assert status("192.0.2.2") == 200
        while status("192.0.2.1") != 200:
            assert time.monotonic() < deadline

"""A language model behind an OpenAI-compatible server: one request, the text as it comes.

What a server sends is not trusted: it is bounded in time and size, and no redirect is followed.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qa.errors import LlmError

if TYPE_CHECKING:
    import httpx

KEY_VARIABLE = "YINJU_LLM_KEY"
MAX_BYTES = 1_000_000  # of a whole reply, with all that a server wraps its text in
MAX_TEXT = 6_000  # characters of text; a server that goes on is not listened to further
_MAX_LINE = 100_000  # bytes of a line that completes no event
_MAX_ERROR = 4_000  # bytes of a refusal that are read for its message
_SHOWN = 200  # characters of it that are shown


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited, in seconds: for a connection, for the first text, for all of it.

    ``first`` is also how long a server may fall silent, so that the whole may last longer by that.
    """

    connect: float = 5.0
    first: float = 20.0
    whole: float = 60.0


class LlmServer:
    """A model at a server.  It keeps nothing between two requests, so threads may share it."""

    def __init__(
        self, url: str, model: str, *, key: str | None = None, limits: Limits | None = None
    ) -> None:
        """Name a server by its address, with or without ``/chat/completions``.

        ``key`` is sent as a bearer token; by default it is what the environment variable
        ``YINJU_LLM_KEY`` holds.

        Raises:
            LlmError: if the address, the model's name or the key cannot be used.
        """
        self.url = _endpoint(url)
        self.model = model.strip()
        if not self.model:
            raise LlmError("llm_without_name", "the model has no name; give one with --llm-model")
        self._key = os.environ.get(KEY_VARIABLE, "") if key is None else key
        if not all(" " < character <= "~" for character in self._key):
            raise LlmError(
                "llm_key_invalid",
                "{variable} holds characters that no key has; set it anew",
                variable=KEY_VARIABLE,
            )
        self.limits = limits or Limits()

    def stream(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Send ``messages`` (role, content) and yield the text of the reply in pieces.

        Raises:
            LlmError: if the server cannot be reached, refuses, is slow, or replies with something
                else than a chat completion.
        """
        started = time.monotonic()
        received = 0
        with self._reply(messages) as reply:
            is_stream = reply.headers.get("content-type", "").startswith("text/event-stream")
            pieces = (
                _events(self._lines(reply, started)) if is_stream else self._whole(reply, started)
            )
            for piece in pieces:
                if received == 0 and not piece:
                    self._check(started, self.limits.first)
                if piece:
                    yield piece[: MAX_TEXT - received]
                    received += len(piece)
                if received >= MAX_TEXT:
                    return
        if not received:
            raise LlmError("llm_silent", "the language model at {url} wrote nothing", url=self.url)

    @contextmanager
    def _reply(self, messages: Sequence[Mapping[str, str]]) -> Iterator[httpx.Response]:
        """Send the request; map what can go wrong with it."""
        import httpx

        asked = {"model": self.model, "messages": list(messages), "stream": True}
        body = json.dumps(asked).encode("ascii")  # half surrogate pairs have no other form
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream, application/json",
            "accept-encoding": "identity",  # nothing that unpacks to more than was received
            "user-agent": "yinju",
        }
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        wait = httpx.Timeout(self.limits.first, connect=self.limits.connect)
        watch = _Watch(self.limits.first)
        more = {"trace": watch.trace}
        try:
            # A client of its own: no cookies stay, and no proxy or .netrc learns of the question.
            with (
                httpx.Client(timeout=wait, trust_env=False, follow_redirects=False) as client,
                watch,
                client.stream(
                    "POST", self.url, content=body, headers=headers, extensions=more
                ) as reply,
            ):
                self._accept(reply)
                watch.end()
                yield reply
        except httpx.TimeoutException as error:
            raise self._too_slow() from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            if watch.hung_up:
                raise self._too_slow() from error
            reason = str(error) or type(error).__name__
            raise LlmError(
                "llm_unreachable",
                "the language model at {url} cannot be reached ({said}); check --llm and "
                "whether the server runs",
                url=self.url,
                said=self._shown(reason),
            ) from error

    def _accept(self, reply: httpx.Response) -> None:
        """Raise unless the reply is a success whose bytes are what they are."""
        if reply.headers.get("content-encoding", "identity") != "identity":
            raise LlmError(
                "llm_compressed",
                "the language model at {url} sends compressed text unasked",
                url=self.url,
            )
        if reply.is_redirect:
            raise LlmError(
                "llm_redirects",
                "the language model at {url} redirects elsewhere, which is not followed; "
                "name its real address with --llm",
                url=self.url,
            )
        if reply.status_code != 200:
            told = b""
            for chunk in reply.iter_raw():
                told += chunk
                if len(told) > _MAX_ERROR:
                    break
            message = self._shown(_message(told[:_MAX_ERROR]))
            if message:
                raise LlmError(
                    "llm_refuses_because",
                    "the language model at {url} refuses: HTTP {status}, {said}",
                    url=self.url,
                    status=reply.status_code,
                    said=message,
                )
            raise LlmError(
                "llm_refuses",
                "the language model at {url} refuses: HTTP {status}",
                url=self.url,
                status=reply.status_code,
            )

    def _chunks(self, reply: httpx.Response, started: float) -> Iterator[bytes]:
        """Yield the reply's bytes within the limits."""
        total = 0
        for chunk in reply.iter_raw():
            self._check(started, self.limits.whole)
            total += len(chunk)
            if total > MAX_BYTES:
                raise LlmError(
                    "llm_too_long",
                    "the language model at {url} sends more than {limit} bytes",
                    url=self.url,
                    limit=MAX_BYTES,
                )
            yield chunk

    def _lines(self, reply: httpx.Response, started: float) -> Iterator[str]:
        """Yield the reply's lines; an empty one stands for bytes that complete none."""
        rest = b""
        for chunk in self._chunks(reply, started):
            if len(rest) > _MAX_LINE:
                raise LlmError(
                    "llm_line_too_long",
                    "the language model at {url} sends a line without end",
                    url=self.url,
                )
            *whole, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in whole)
            yield ""
        yield rest.decode("utf-8", "replace")

    def _whole(self, reply: httpx.Response, started: float) -> Iterator[str]:
        """Yield the text of a reply that came in one piece, though a stream was asked for."""
        yield _text_of(_parsed(b"".join(self._chunks(reply, started))), "message")

    def _check(self, started: float, limit: float) -> None:
        if time.monotonic() - started > limit:
            raise self._too_slow()

    def _too_slow(self) -> LlmError:
        return LlmError(
            "llm_too_slow",
            "the language model at {url} is too slow (waited {first:g} s for its first "
            "words, {whole:g} s for all)",
            url=self.url,
            first=self.limits.first,
            whole=self.limits.whole,
        )

    def _shown(self, text: str) -> str:
        """Return what a server said on one line, without the key, should it repeat that."""
        if self._key:
            text = text.replace(self._key, "***")
        return " ".join(text.split())[:_SHOWN]


class _Watch:
    """Hangs up where headers, or a refusal, come drop by drop.

    The client's own limit is one for each time that it waits.  Shutting the socket down wakes who
    reads from it, whatever the thread.
    """

    def __init__(self, seconds: float) -> None:
        self.hung_up = False
        self._stream: Any = None  # httpcore.NetworkStream
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True

    def __enter__(self) -> _Watch:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Watch no longer."""
        self._timer.cancel()

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of the connection: httpx's request extension ``trace``."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._stream = info["return_value"]
            if self.hung_up:
                self._shut_down()

    def _hang_up(self) -> None:
        self.hung_up = True
        self._shut_down()

    def _shut_down(self) -> None:
        if self._stream is not None:
            with suppress(OSError):  # the server was faster
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _endpoint(url: str) -> str:
    """Return the address that takes chats."""
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise LlmError(
            "llm_address_invalid",
            "{url!r} is no address of a server; give one as http://localhost:11434/v1",
            url=url,
        )
    if parts.username or parts.password:
        raise LlmError(
            "llm_key_in_address",
            "keep the key out of the address; put it into {variable}",
            variable=KEY_VARIABLE,
        )
    path = parts.path.rstrip("/")
    if not path.endswith("/chat/completions"):
        path += "/chat/completions"
    return parts._replace(path=path, fragment="").geturl()


def _events(lines: Iterator[str]) -> Iterator[str]:
    """Yield the pieces of text in server-sent events; an empty one where there is none in a line.

    A stream that ends without its mark has been cut off.
    """
    for line in lines:
        if not line.startswith("data:"):
            yield ""
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        value = _parsed(data)
        yield _text_of(value, "delta")
        choices = value.get("choices")
        if isinstance(choices, list) and choices and choices[0].get("finish_reason"):
            return
    raise LlmError("llm_cut_off", "the language model's reply breaks off")


def _parsed(data: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LlmError(
            "llm_no_completion", "the language model's reply is no chat completion"
        ) from error
    if not isinstance(value, dict):
        raise LlmError("llm_no_completion", "the language model's reply is no chat completion")
    if value.get("error"):
        raise LlmError(
            "llm_failed", "the language model failed: {said}", said=_message(data)[:_SHOWN]
        )
    return value


def _text_of(value: dict[str, Any], part: str) -> str:
    """Return the text of a chunk (``delta``) or of a whole completion (``message``)."""
    choices = value.get("choices")
    if choices == [] and part == "delta":  # figures of use, at the end of some streams
        return ""
    if not (isinstance(choices, list) and choices and isinstance(choices[0], dict)):
        raise LlmError("llm_no_completion", "the language model's reply is no chat completion")
    content = choices[0].get(part)
    text = content.get("content") if isinstance(content, dict) else None
    return text if isinstance(text, str) else ""


def _message(told: str | bytes) -> str:
    """Return the message of an error as OpenAI's servers and others word it."""
    try:
        value = json.loads(told)
    except (ValueError, RecursionError):
        return ""
    for name in ("error", "message", "detail"):
        if isinstance(value, dict) and name in value:
            value = value[name]
    return value if isinstance(value, str) else ""

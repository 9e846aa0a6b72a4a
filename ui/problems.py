"""Errors as HTTP tells them: a status, a name for programs, a sentence for people."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakSet

from qa.errors import (
    ArticleNotFoundError,
    FolderNotFoundError,
    LibraryBusyError,
    LibraryConnectionError,
    LibraryStaleError,
    ModelError,
    QuestionError,
    SavedQuestionNotFoundError,
    UploadError,
    WatchlistFullError,
    YinjuError,
)
from ui.texts.errors import sentence
from ui.texts.languages import ENGLISH, Messages

_log = logging.getLogger(__name__)


class MisdirectedRequestError(YinjuError):
    """The server is not called by the name under which it was asked."""


class CrossSiteError(YinjuError):
    """A page of another web site made a browser ask."""


class TooLargeError(YinjuError):
    """A request has more bytes than are read."""


class TooSlowError(YinjuError):
    """A request does not come to its end."""


class LoginRequiredError(YinjuError):
    """Nobody is logged in, or not with the right password."""


class TooManyRequestsError(YinjuError):
    """A client asks more often than it may."""


class ArticleChangedError(YinjuError):
    """What a page still shows is not what the articles say now."""


class LoadingError(YinjuError):
    """The models are still being loaded, and the client did not want to wait."""


class ReadOnlyError(YinjuError):
    """This server changes nothing."""


_LOGGED: WeakSet[YinjuError] = WeakSet()  # a page that waits shows the same error again and again

# The first that an error is an instance of counts; what is not here is the server's fault.
_STATUSES: tuple[tuple[type[YinjuError], int], ...] = (
    (ArticleNotFoundError, 404),
    (SavedQuestionNotFoundError, 404),
    (WatchlistFullError, 409),
    (QuestionError, 422),
    (UploadError, 422),
    (LibraryBusyError, 409),
    (LibraryStaleError, 409),
    (FolderNotFoundError, 409),
    (ArticleChangedError, 409),
    (LoginRequiredError, 401),
    (ReadOnlyError, 403),
    (CrossSiteError, 403),
    (TooSlowError, 408),
    (TooLargeError, 413),
    (MisdirectedRequestError, 421),
    (TooManyRequestsError, 429),
    (LoadingError, 503),
    (ModelError, 503),
    (LibraryConnectionError, 503),
)


class Problem(NamedTuple):
    """An error with its HTTP status: ``type`` tells its kind, ``code`` which one of that."""

    status: int
    type: str
    message: str
    code: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that tells it."""
        code = self.code or self.type
        return {"error": {"type": self.type, "code": code, "message": self.message}}

    @property
    def openai(self) -> dict[str, Any]:
        """The JSON that tells it to clients of OpenAI's interface."""
        kind = "invalid_request_error" if 400 <= self.status < 429 else "api_error"
        kind = {401: "authentication_error", 429: "rate_limit_error"}.get(self.status, kind)
        error = {"message": self.message, "type": kind, "param": None, "code": self.type}
        return {"error": error}


def problem_of(
    error: YinjuError, hidden: Sequence[str] = (), messages: Messages = ENGLISH
) -> Problem:
    """Return how to tell one of our errors; absolute paths are cut to their last part.

    So are the ``hidden`` places wherever they stand: what others say may name them.  Its type is
    its class's name: ``LibraryBusyError`` is ``library_busy``.
    """
    status = next((number for kind, number in _STATUSES if isinstance(error, kind)), 500)
    name = type(error).__name__.removesuffix("Error")
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    if isinstance(error, LibraryConnectionError):  # it tells of the network behind this server
        if error not in _LOGGED:
            _LOGGED.add(error)
            _log.warning("%s", error)
        error = LibraryConnectionError(
            "library_unreachable",
            "a server that holds a part of the library cannot be reached; try again later",
        )
    message = sentence(error, messages)
    for path in sorted({*hidden, *_paths(error.values)}, key=len, reverse=True):
        message = message.replace(path, Path(path).name)
    return Problem(status, kind, message, error.code)


def _paths(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the absolute paths among an error's values, and among those of its reasons."""
    for value in values.values():
        if isinstance(value, Mapping):
            yield from _paths(value)
        elif isinstance(value, str) and Path(value).is_absolute() and Path(value).name:
            yield value


def too_large() -> TooLargeError:
    """Return the error for a request whose body is longer than is read."""
    return TooLargeError("request_too_large", "the request is too large")


def refused_body(status: int) -> YinjuError:
    """Return the error for a request whose body is not read on, by the HTTP status of that."""
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return TooSlowError("request_too_slow", "the request comes too slowly")
    return too_large()


def problem_of_status(status: int, message: str) -> Problem:
    """Return the problem of a bare HTTP status: 404 is ``not_found``."""
    kind = HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    return Problem(status, kind, message)


def problem_of_request(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return the problem of a request that pydantic refused; what it sent is not repeated."""
    said = []
    for error in errors:
        place = ".".join(str(part) for part in error.get("loc", ()))
        said.append(f"{place}: {error.get('msg', '')}" if place else str(error.get("msg", "")))
    return Problem(422, "validation", "; ".join(said))

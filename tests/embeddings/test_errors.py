"""embeddings.errors: what an error says, and what others say of it."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from embeddings.errors import EmbeddingError, ModelError, YinjuError


def test_an_error_says_its_sentence_with_the_values_in_it() -> None:
    error = ModelError(
        "too_many", "{folder} has {n:,} of {what!r}", folder=Path("a"), n=5000, what=7
    )
    assert str(error) == "a has 5,000 of 7"
    assert (error.code, error.values) == ("too_many", {"folder": "a", "n": 5000, "what": 7})
    assert isinstance(error, EmbeddingError)


def test_a_sentence_is_filled_in_once() -> None:
    assert str(YinjuError("x", "{said}", said="{said} {0} {")) == "{said} {0} {"


def test_the_reason_of_an_error_may_be_another() -> None:
    inner = YinjuError("no_text", "the file has no text")
    outer = YinjuError("line", "line {line}: {reason}", line=3, reason=inner)
    assert str(outer) == "line 3: the file has no text"
    assert outer.values["reason"] == {
        "code": "no_text",
        "message": "the file has no text",
        "values": {},
    }


def test_what_third_parties_say_may_hold_anything() -> None:
    error = YinjuError("x", "it failed: {said}", said=ValueError("odd \udcff"))
    assert str(error) == "it failed: odd \ufffd"
    assert json.loads(json.dumps(error.as_json())) == error.as_json()


@pytest.mark.parametrize("way", ["pickle", "json"])
def test_an_error_says_the_same_in_another_process(way: str) -> None:
    inner = YinjuError("no_text", "the file has no text {mark}", mark="{")
    error = ModelError("line", "line {line:,}: {reason}", line=3000, reason=inner)
    again = (
        pickle.loads(pickle.dumps(error))  # noqa: S301
        if way == "pickle"
        else ModelError.restored(**json.loads(json.dumps(error.as_json())))
    )
    assert type(again) is ModelError
    assert str(again) == "line 3,000: the file has no text {"
    assert again.as_json() == error.as_json()

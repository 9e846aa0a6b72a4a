"""The model that says what a question asks for: heads on the encoder's trunk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor

from embeddings import Encoder, SentenceTransformerEncoder
from embeddings.errors import ModelError
from qa.asking.asked import Asked, Kind
from qa.asking.heads import COMPUTES, KINDS, LAYERS, LONGEST, MARKS, Heads, Together
from qa.text import simplify
from qa.types import Span

if TYPE_CHECKING:
    from typing_extensions import Self

BUILTIN = Path(__file__).parent / "builtin" / "heads.safetensors"
Tokens = Callable[[str], tuple[Tensor, list[Span]]]  # a text's token vectors, and their places
_NAMED = frozenset({"parts", "several"})  # kinds of which the parts are named


class AskingModel:
    """Tells a question's kind and parts; what it is unsure of is a single question."""

    def __init__(self, tokens: Tokens, heads: Together, threshold: float) -> None:
        """Use trained ``heads``; below ``threshold`` a kind is not believed."""
        self._tokens = tokens
        self._heads = heads.eval()
        self._threshold = threshold

    @classmethod
    def load(cls, encoder: Encoder | None = None, path: Path = BUILTIN) -> Self:
        """Load the heads; they stand on ``encoder`` if that is the built-in one, or on their own.

        Raises:
            ModelError: if a file is missing or damaged.
        """
        try:
            with safe_open(path, framework="pt") as file:
                weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
                threshold = float(json.loads(file.metadata()["threshold"]))
            members = {name.split(".")[1] for name in weights}
            dimension = weights["members.0.narrow.weight"].shape[1]
            heads = Together([Heads(dimension) for _ in members])
            heads.load_state_dict(weights)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelError(
                "model_unusable", "no usable model in {folder}: {said}", folder=path, said=error
            ) from error
        if not (isinstance(encoder, SentenceTransformerEncoder) and encoder.is_builtin):
            encoder = _own_encoder()
        return cls(tokens_of(encoder), heads, threshold)

    def read(self, question: str) -> Asked:
        """Tell what a question asks for; what has no letter and no figure says nothing."""
        if not any(map(str.isalnum, question)) or len(question) > LONGEST:
            return Asked(question)
        vectors, characters = by_character(question, self._tokens)
        if not len(vectors):
            return Asked(question)
        with torch.inference_mode():
            found = self._heads(vectors[None], characters[None], torch.tensor([len(question)]))
        sure, number = found.kinds[0].softmax(dim=0).max(dim=0)
        kind, confidence = KINDS[int(number)], round(float(sure), 4)
        spans = marked(best_marks(found.marks[0].log_softmax(dim=1).numpy()))
        parts = _parts(question, kind, spans["part"])
        group = spans["group"][0] if kind == "each" and spans["group"] else None
        lacks = (kind in _NAMED and not parts) or (kind == "each" and group is None)
        if confidence < self._threshold or lacks or kind == "single":
            return Asked(question, "single", confidence)
        return Asked(
            question=question,
            kind=kind,
            confidence=confidence,
            compute=COMPUTES[int(found.computes[0].argmax())],
            parts=parts,
            group=group,
            dropped=tuple(spans["dropped"]),
            topic=next(iter(spans["topic"]), None),
        )


def _parts(question: str, kind: Kind, marked: Sequence[Span]) -> tuple[Span, ...]:
    """Return the parts that a question of a kind names: two at least, or none.

    Those of several questions are whole ones, and together most of what is said.
    """
    if kind == "several":
        marked = [_to_its_end(question, span) for span in marked]
        if 2 * sum(end - start for start, end in marked) < len(question):
            return ()
    return tuple(marked) if kind in _NAMED and len(marked) > 1 else ()


def _to_its_end(question: str, span: Span) -> Span:
    """Return a whole question up to the mark or space after it."""
    start, end = span
    while question[end - 1].isalnum() and end < len(question) and question[end].isalnum():
        end += 1
    return start, end


def tokens_of(encoder: SentenceTransformerEncoder) -> Tokens:
    """Return what tells of an encoder's tokens."""

    def tokens(text: str) -> tuple[Tensor, list[Span]]:
        vectors, places = encoder.query_tokens(text, LAYERS)
        return torch.from_numpy(vectors), places

    return tokens


def by_character(question: str, tokens: Tokens) -> tuple[Tensor, Tensor]:
    """Return for each character the vector of the token that it is in, and its number.

    Traditional characters are read as simplified ones.  Of a text without tokens there is nothing.
    """
    read = simplify(question)
    vectors, places = tokens(read)
    if not places:
        return vectors, torch.zeros(0, dtype=torch.long)
    of = [0] * len(read)
    for number, (start, _) in enumerate(places):
        of[start:] = [number] * (len(read) - start)
    return vectors[torch.tensor(of)], torch.tensor([ord(character) for character in read])


def best_marks(likely: NDArray[np.float32]) -> list[int]:
    """Return the likeliest marks, one a character, in which a span goes on only if it has begun.

    ``likely`` are their log probabilities, shape ``(length, 8)``.
    """
    step = np.array(
        [
            [
                -np.inf if mark[:1] == "+" and mark[1:] != before.lstrip("+") else 0.0
                for mark in MARKS
            ]
            for before in MARKS
        ]
    )
    total = likely[0] + step[MARKS.index("")]
    came: list[NDArray[np.intp]] = []
    for row in likely[1:]:
        each = total[:, None] + step
        came.append(each.argmax(axis=0))
        total = each.max(axis=0) + row
    chosen = [int(total.argmax())]
    for before in reversed(came):
        chosen.append(int(before[chosen[-1]]))
    return chosen[::-1]


def marked(numbers: Sequence[int]) -> dict[str, list[Span]]:
    """Return the spans that the numbers of marks, one a character, say."""
    found: dict[str, list[Span]] = {name: [] for name in ("part", "group", "topic", "dropped")}
    before = ""
    for at, number in enumerate(numbers):
        mark = MARKS[number]
        name = mark.lstrip("+")
        goes_on = name == before and (mark.startswith("+") or name == "dropped")
        if name and goes_on:
            found[name][-1] = (found[name][-1][0], at + 1)
        elif name:
            found[name].append((at, at + 1))
        before = name
    return found


@cache
def _own_encoder() -> SentenceTransformerEncoder:
    """Return the built-in encoder, for libraries that use another one."""
    return SentenceTransformerEncoder()

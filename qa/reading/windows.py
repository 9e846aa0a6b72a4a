"""Question and passage as the reader's input: token ids, and where each token stands.

The layout is ``<s> query: question </s></s> passage: passage </s>``.  A passage that is too long
for one input is read in windows that overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Regex, Tokenizer, pre_tokenizers

from qa.text import simplify
from qa.types import Span

MAX_QUESTION = 64  # tokens; what is longer is cut
BOS, PAD, EOS = 0, 1, 2  # ids of <s>, <pad> and </s>
# Pieces are learnt from running text: “年开始”, “》，” and “的路” are single ones.  A span has to
# be able to begin and end at a punctuation mark, a figure, a date's unit and 的.
_BOUNDARIES = r"[^\p{L}\p{N}▁\s]|的|[0-9]+|(?<=[0-9]|[0-9]▁)[年月日]"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of a text, and the span of each in it."""

    ids: list[int]
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the reader.

    Token ``first + i`` of it is ``spans[i]`` of the passage, and token ``asked_first + i`` is
    ``asked[i]`` of the question.
    """

    ids: list[int]
    first: int
    spans: list[Span]
    asked_first: int = 0
    asked: Sequence[Span] = ()


class Windower:
    """Cuts pairs of question and passage into windows."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Use a tokenizer that :func:`with_boundaries` made."""
        self._tokenizer = tokenizer
        tokenizer.encode_special_tokens = True  # “</s>” in a text is text
        self._query = self.prompt("query: ")
        self._passage = self.prompt("passage: ")

    def prompt(self, prompt: str) -> list[int]:
        """Return the ids of what stands before a text and tells what it is."""
        return list(self._tokenizer.encode(prompt, add_special_tokens=False).ids)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokenise texts; traditional characters are read as simplified ones."""
        encodings = self._tokenizer.encode_batch(
            [simplify(text) for text in texts], add_special_tokens=False
        )
        return [Tokens(list(encoding.ids), list(encoding.offsets)) for encoding in encodings]

    def room(self, question: Tokens, length: int) -> int:
        """Return how many passage tokens fit in a window of ``length`` tokens."""
        asked = min(len(question.ids), MAX_QUESTION)
        return length - asked - len(self._query) - len(self._passage) - 4

    def window(self, question: Tokens, passage: Tokens, start: int, stop: int) -> Window:
        """Return the window with the passage's tokens from ``start`` to before ``stop``."""
        before = [BOS, *self._query]
        head = [*before, *question.ids[:MAX_QUESTION], EOS, EOS, *self._passage]
        return Window(
            ids=[*head, *passage.ids[start:stop], EOS],
            first=len(head),
            spans=passage.spans[start:stop],
            asked_first=len(before),
            asked=question.spans[:MAX_QUESTION],
        )

    def windows(
        self, question: Tokens, passage: Tokens, length: int, overlap: int
    ) -> Iterator[Window]:
        """Yield windows of at most ``length`` tokens that cover the passage, one at least."""
        room = self.room(question, length)
        start = 0
        while True:
            yield self.window(question, passage, start, start + room)
            if start + room >= len(passage.ids):
                return
            start += max(1, room - overlap)


def with_boundaries(tokenizer: Tokenizer) -> Tokenizer:
    """Make the encoder's tokenizer end its pieces where answers end; its vocabulary stays."""
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [tokenizer.pre_tokenizer, pre_tokenizers.Split(Regex(_BOUNDARIES), "isolated")]
    )
    return tokenizer

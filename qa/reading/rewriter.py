"""The rewriting head: a follow-up becomes the question that it means, in words already said.

A rewriting is a path through the characters of the follow-up and of the turns before it: from each
character to the one that is written next, mostly its neighbour, at times the beginning of another
stretch.  So nothing is written that nobody said, and of every stretch it is known who said it.
Rewriting by such edits is Liu et al.'s (2020, “Incomplete utterance rewriting as semantic
segmentation”), the pointer at each step Vinyals et al.'s (2015, “Pointer networks”).

The head has upper layers of its own, over the lower ones of the reader: what it learns leaves what
the reader says of passages as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from embeddings import ModelError
from embeddings.direct import load_tokenizer
from embeddings.precision import best_precision
from embeddings.trunk import Trunk, load_trunk, read_weights
from qa.language.tokens import tag
from qa.reading.reader import BUILTIN_FOLDER
from qa.reading.windows import BOS, EOS, MAX_QUESTION, Windower
from qa.text import fold, unmarked
from qa.types import Exchange, Span

if TYPE_CHECKING:
    from torch import Tensor

PREFIX = "rewriting."  # of the weights' names
# What a rewriting may need and nobody may have said: the characters that people's rewritings add
# most often.  They stand after the turns as a last line.
FILLERS = "的是多少有增长吗了和在怎么样"
REMEMBERED = 6  # turns that are completed themselves, as far as nobody told their readings
TURNS = 3  # that a follow-up can lean on: so many the longest authored conversation has
LONGEST_ANSWER = 40  # characters of an answer
LONGEST = 400  # tokens; of what is longer the oldest turns are left out
IN_PIECE = 4  # characters of a piece that are told apart by their place in it
BEAMS = 8
# How probable a reading has to be beside the likeliest to be tried.  Of 81 development follow-ups,
# asked of 1,585 documents, 58 are so answered rightly and 13 wrongly; 56 and 13 from .02 on, 52 and
# 11 by the likeliest alone; 60 and 13 if all are tried, which are then less often what a person
# meant.
LEAST = 0.01
MOST = 3  # rewritings
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_BEGINS, _ENDS = 1, 2
_WORD = _BEGINS | _ENDS
EDGES = 4  # kinds of places in a word
_BITS = 16
_STEP = 32  # lengths are padded to multiples of it

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Source:
    """What a rewriting is copied from: node 0 is its beginning, the last node its end.

    ``ids`` are the input's tokens.  For every node, ``tokens`` has the token that it is a part of,
    ``offsets`` its place among that one's characters, ``edges`` whether a word begins (1) or ends
    (2) there, or both (3), and ``characters`` itself.  Nodes 1 to ``asked`` are the follow-up's.
    """

    ids: list[int]
    tokens: list[int]
    offsets: list[int]
    edges: list[int]
    characters: list[str]
    asked: int

    def is_asked(self, node: int) -> bool:
        """Tell whether a node is one of the follow-up's."""
        return 0 < node <= self.asked

    @property
    def lent(self) -> int:
        """The first node of the words that are lent to all."""
        return len(self.characters) - 1 - len(FILLERS)

    def figures(self) -> Iterator[range]:
        """Yield the nodes of each figure, 2,152 or 3.5, in its digits and what is between them."""
        for first, last in ((1, self.asked + 1), (self.asked + 1, len(self.characters))):
            text = fold("".join(self.characters[first:last]))
            for match in _FIGURE.finditer(text):
                yield range(first + match.start(), first + match.end())

    def others(self, path: Sequence[int]) -> list[int]:
        """Return for each node of a path which node of the *other* text came last before it.

        0 where none did: a follow-up that takes a slot's place is left for what comes after the
        slot, and where that is can be seen from what came before.
        """
        last = {True: 0, False: 0}
        found: list[int] = []
        for node in path:
            side = self.is_asked(node)
            found.append(last[not side] if node else 0)
            if node:
                last[side] = node
        return found


def figures(text: str) -> set[str]:
    """Return the figures of a text, in digits and what is between them."""
    return {*_FIGURE.findall(fold(text))}


class Rewriting(NamedTuple):
    """A question that a follow-up may mean, and how probable that is among all paths.

    ``carried`` are its stretches that earlier turns gave.
    """

    text: str
    carried: tuple[str, ...] = ()
    probability: float = 1.0


class Sources:
    """Lays out follow-ups with the turns before them.

    As ``<s> follow: follow-up </s></s> passage: turns </s>``.
    """

    def __init__(self, windower: Windower) -> None:
        """Take what tokenises."""
        self._windower = windower
        self._before = [BOS, *windower.prompt("follow: ")]
        self._between = [EOS, EOS, *windower.prompt("passage: ")]

    def source(self, follow_up: str, history: Sequence[Exchange]) -> Source | None:
        """Return the source; nothing if even the last turn is too long for it."""
        for first in range(max(0, len(history) - TURNS), len(history)):
            found = self._source(follow_up, history_text(history[first:]))
            if found is not None:
                return found
        return None

    def _source(self, follow_up: str, history: str) -> Source | None:
        asked, said = self._windower.tokens([follow_up, history])
        opening = [*self._before, *asked.ids, *self._between]
        ids = [*opening, *said.ids, EOS]
        if len(asked.ids) > MAX_QUESTION or len(ids) > LONGEST:
            return None
        own = list(_nodes(follow_up, asked.spans, len(self._before)))
        others = list(_nodes(history, said.spans, len(opening)))
        nodes = [_Node(0, 0, _WORD, ""), *own, *others, _Node(len(ids) - 1, 0, _WORD, "")]
        tokens, offsets, edges, characters = map(list, zip(*nodes, strict=True))
        return Source(ids, tokens, offsets, edges, characters, len(own))


class _Node(NamedTuple):
    token: int
    offset: int
    edge: int
    character: str


def _nodes(text: str, spans: Sequence[Span], first: int) -> Iterator[_Node]:
    """Yield the nodes of a text whose tokens begin at ``first``."""
    edges = [0] * len(text)
    for word in tag(fold(text)):
        edges[word.start] |= _BEGINS
        edges[word.end - 1] |= _ENDS
    following = [*(start for start, _ in spans[1:]), len(text)][: len(spans)]
    for token, ((start, end), after) in enumerate(zip(spans, following, strict=True), first):
        # The mark of a word's beginning can be a token of its own, over the first character.
        stop = max(start, min(end, after))
        for at in range(start, stop):
            yield _Node(token, min(at - start, IN_PIECE - 1), edges[at], text[at])


def history_text(history: Sequence[Exchange]) -> str:
    """Return the turns that a follow-up leans on as one text, a line each, the last turn last."""
    turns = [
        part
        for turn in history
        for part in (turn.reading or turn.question, turn.text[:LONGEST_ANSWER].replace("\n", " "))
        if part
    ]
    return "\n".join([*turns, FILLERS])


class Rewriter:
    """Completes follow-ups with the head of the built-in reader, or of another."""

    def __init__(self, trunk: Trunk, head: Mapping[str, Tensor], sources: Sources) -> None:
        """Take the parts, which :meth:`load` makes."""
        self._trunk = trunk
        self._head = head
        self._sources = sources

    @classmethod
    def load(cls, folder: Path | str = BUILTIN_FOLDER) -> Rewriter:
        """Load the head of the reader in ``folder``.

        Raises:
            ModelError: if the folder holds no usable reader, or one without this head.
        """
        folder = Path(folder)
        precision = best_precision(_BITS)
        weights = read_weights(folder, precision, PREFIX)
        head = {n: weight.float() for n, weight in weights.items() if n in NAMES}
        missing = NAMES - {*head}
        if missing:
            raise ModelError(
                "reader_incomplete",
                "no usable reader in {folder}: it lacks {said}",
                folder=folder,
                said=min(missing),
            )
        trunk = load_trunk(folder, precision, "bert.").branch(weights)
        return cls(trunk, head, Sources(Windower(load_tokenizer(folder))))

    def rewrite(self, follow_up: str, history: Sequence[Exchange]) -> list[Rewriting]:
        """Return up to ``MOST`` questions that ``follow_up`` may mean, the most probable first.

        One at least: itself, where nothing was said before, all of it is too long, or no rewriting
        is probable enough that keeps its figures.
        """
        return self._rewrite(follow_up, self.understood(history))

    def _rewrite(self, follow_up: str, history: Sequence[Exchange]) -> list[Rewriting]:
        source = self._sources.source(follow_up, history) if history else None
        if source is None:
            return [Rewriting(follow_up)]
        return rewritings(source, *self._scores(source)) or [Rewriting(follow_up)]

    def understood(self, history: Sequence[Exchange]) -> list[Exchange]:
        """Return the last ``REMEMBERED`` turns with readings, those that lack one completed."""
        found: list[Exchange] = []
        for turn in history[-REMEMBERED:]:
            reading = turn.reading or self._rewrite(turn.question, found)[0].text
            found.append(replace(turn, reading=reading))
        return found

    def _scores(self, source: Source) -> tuple[Scores, Scores]:
        """Return what follows what: scores for each node's next by itself, and by the other text's.

        Both have the shape (nodes, nodes): a row for a node that was written, a column for the
        next.
        """
        import torch
        from torch.nn import functional

        length = -(-len(source.ids) // _STEP) * _STEP
        ids = torch.ones((1, length), dtype=torch.long)  # PAD
        ids[0, : len(source.ids)] = torch.tensor(source.ids)
        head = self._head

        def projected(name: str, nodes: Tensor) -> Tensor:
            return functional.linear(nodes, head[f"{name}.weight"], head[f"{name}.bias"])

        with torch.inference_mode():
            nodes = self._trunk(ids)[0].float()[source.tokens]
            nodes = nodes + head["offset.weight"][source.offsets]
            nodes = nodes + head["edge.weight"][source.edges]
            scale = head["next.weight"].shape[0] ** 0.5
            own = projected("written", nodes) @ projected("next", nodes).T / scale
            other = projected("across", nodes) @ projected("resumed", nodes).T / scale
            own = own + head["neighbour"] * torch.diag(torch.ones(len(nodes) - 1), 1)
        return own.numpy(), other.numpy()


# Layers of the head over the trunk; each has a weight, and those that project a bias.
_PROJECTIONS = "written", "next", "across", "resumed"
NAMES = frozenset(
    [f"{name}.{part}" for name in _PROJECTIONS for part in ("weight", "bias")]
    + ["offset.weight", "edge.weight", "neighbour"]
)


@dataclass(frozen=True, slots=True)
class _Beam:
    """A path so far, its log probability, and the last node of each text in it."""

    odds: float
    path: tuple[int, ...] = (0,)
    said: int = 0
    asked: int = 0


def rewritings(source: Source, own: Scores, other: Scores) -> list[Rewriting]:
    """Return the most probable rewritings; paths that write the same count together.

    The same but for the mark at its end is the same, and the likelier form of it is kept.
    """
    found: dict[str, Rewriting] = {}
    for path, odds in best_paths(source, own, other):
        text = "".join(source.characters[node] for node in path).strip()
        likely, said = float(np.exp(odds)), unmarked(fold(text))
        if said in found:
            likely += found[said].probability
            found[said] = found[said]._replace(probability=likely)
        elif said:
            found[said] = Rewriting(text, tuple(_carried(source, path)), likely)
    return sorted(found.values(), key=lambda one: -one.probability)[:MOST]


def best_paths(source: Source, own: Scores, other: Scores) -> list[tuple[list[int], float]]:
    """Return the most probable paths, without beginning and end, with their log probabilities.

    No node is written twice, and a figure whole or not at all.  A path counts if it says something
    of the follow-up and all of its figures, and is not ``LEAST`` times as probable as the best that
    was found, whether that counts or not.  Found by a beam search of ``BEAMS``.
    """
    search = _Search(source, own, other)
    beams, done, best = [_Beam(0.0)], [], -np.inf
    while beams:
        longer = [new for beam in beams for new in search.continued(beam)]
        longer.sort(key=lambda beam: -beam.odds)
        ended = [beam.odds for beam in longer if beam.path[-1] == search.end]
        best = max([best, *ended])
        likely = [beam for beam in longer[:BEAMS] if beam.odds >= best + np.log(LEAST)]
        done += [beam for beam in likely if beam.path[-1] == search.end and search.admits(beam)]
        beams = [beam for beam in likely if beam.path[-1] != search.end]
    done = [beam for beam in done if beam.odds >= best + np.log(LEAST)]
    done.sort(key=lambda beam: -beam.odds)
    return [(list(beam.path[1:-1]), beam.odds) for beam in done]


class _Search:
    """What paths of a source may go on with."""

    def __init__(self, source: Source, own: Scores, other: Scores) -> None:
        self.end = len(source.characters) - 1
        self._source, self._own, self._other = source, own, other
        self._inside = np.zeros(self.end + 1, dtype=bool)  # a figure, but at its beginning
        self._inside[[node for figure in source.figures() for node in figure[1:]]] = True
        asked = self._text(range(1, source.asked + 1))
        self._needed = figures(asked)
        self._asked = {first + second for first, second in pairwise(asked)} or {*asked}

    def admits(self, beam: _Beam) -> bool:
        """Tell whether a complete path says something of the follow-up, and all of its figures.

        What was said before as well may be copied from there.
        """
        text = self._text(beam.path)
        said = bool(beam.asked) or any(words in text for words in self._asked)
        return said and self._needed <= figures(text)

    def _text(self, path: Iterable[int]) -> str:
        return fold("".join(self._source.characters[node] for node in path))

    def continued(self, beam: _Beam) -> Iterator[_Beam]:
        """Yield the ``BEAMS`` most probable paths that are one node longer."""
        at = beam.path[-1]
        across = 0 if not at else beam.said if self._source.is_asked(at) else beam.asked
        scores = (self._own[at] + self._other[across]).astype(np.float64)
        scores[0] = -np.inf
        scores -= np.logaddexp.reduce(scores)
        scores[list(beam.path)] = -np.inf
        in_figure = at < self.end and self._inside[at + 1]
        scores[np.arange(self.end + 1) != at + 1 if in_figure else self._inside] = -np.inf
        for node in np.argsort(-scores)[:BEAMS].tolist():
            if scores[node] == -np.inf:
                return
            asked = self._source.is_asked(node)
            yield _Beam(
                beam.odds + float(scores[node]),
                (*beam.path, node),
                beam.said if asked else node,
                node if asked else beam.asked,
            )


def _carried(source: Source, path: Sequence[int]) -> Iterator[str]:
    """Yield the stretches of a path that are the history's, but for the words lent to all."""
    stretch = ""
    before = 0
    for node in [*path, 0]:
        if node != before + 1 or source.is_asked(node):
            if stretch:
                yield stretch
            stretch = ""
        if source.asked < node < source.lent:
            stretch += source.characters[node]
        before = node

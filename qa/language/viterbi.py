"""jieba's model of words that its dictionary lacks, searched in arrays.

jieba finds the likeliest states of a run of characters in pure Python, which was half of the time
that a sync spends outside the encoder, and most of what judging an answer takes.  This gives the
same states, to the last tie, in a ninth of the time.  A state is a place in a word (B, M, E, S) and
a part of speech; the algorithm is Viterbi's (1967).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.language.dictionary import load_table

State = tuple[str, str]
_Numbers = NDArray[np.intp]
_Odds = NDArray[np.float64]  # logarithms of probabilities

_UNSEEN = -3.14e100  # jieba's for a character that a state was never seen to have


class _Seen(NamedTuple):
    """The states that a character may be in, ascending, and the odds of it in each."""

    states: _Numbers
    odds: _Odds


class States:
    """The model, with states numbered in their own order."""

    def __init__(self) -> None:
        """Take jieba's tables."""
        following, begins = load_table("prob_trans"), load_table("prob_start")
        self.names: list[State] = sorted(following)
        self._emitted = load_table("prob_emit")
        self._states_of = load_table("char_state_tab")
        self._number = {name: number for number, name in enumerate(self.names)}
        self._first = np.array([begins[name] for name in self.names])
        self._following = np.full((len(self.names), len(self.names)), -np.inf)
        for before, nexts in following.items():
            for after, odds in nexts.items():
                self._following[self._number[before], self._number[after]] = odds
        self._leads_on = np.isfinite(self._following).any(axis=1)
        self.seen = lru_cache(maxsize=8192)(self._seen)

    def cut(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield the words of a run of Han characters, and their parts of speech."""
        begun = done = 0
        states = self.likeliest(text)
        for at, (place, flag) in enumerate(states):
            if place == "B":
                begun = at
            elif place != "M":
                yield text[begun if place == "E" else at : at + 1], flag
                done = at + 1
        if done < len(text):  # a word that does not end
            yield text[done:], states[done][1]

    def _seen(self, character: str) -> _Seen:
        names = self._states_of.get(character, self.names)
        numbers = np.array(sorted(self._number[name] for name in names))
        return _Seen(numbers, self._odds(character, numbers))

    def _odds(self, character: str, states: _Numbers) -> _Odds:
        names = (self.names[number] for number in states)
        return np.array([self._emitted[name].get(character, _UNSEEN) for name in names])

    def likeliest(self, text: str) -> list[State]:
        """Return the likeliest state of each character of ``text``, which is not empty.

        Of equally likely ones the last in their order is taken, as jieba does.
        """
        states, odds = self.seen(text[0])
        odds = self._first[states] + odds
        path: list[tuple[_Numbers, _Numbers]] = [(states, states)]
        for character in text[1:]:
            going = self._leads_on[states]
            before, odds = states[going], odds[going]
            states, seen = self.seen(character)
            total = odds[:, None] + self._following[before[:, None], states]
            reached = np.isfinite(total).any(axis=0)
            if not reached.any():  # then what the character is said to be in counts for nothing
                states = np.flatnonzero(np.isfinite(self._following[before]).any(axis=0))
                seen = self._odds(character, states)
                total = odds[:, None] + self._following[before[:, None], states]
            elif not reached.all():
                states, seen, total = states[reached], seen[reached], total[:, reached]
            total += seen
            best = len(before) - 1 - total[::-1].argmax(axis=0)
            odds = total[best, np.arange(len(states))]
            path.append((states, before[best]))
        state = states[len(odds) - 1 - int(odds[::-1].argmax())]
        found = []
        for states, came_from in reversed(path):
            found.append(self.names[state])
            state = came_from[states.searchsorted(state)]
        return found[::-1]

"""Words that jieba's dictionary lacks: as jieba finds them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from qa.language.viterbi import States


@pytest.fixture(scope="module")
def states() -> States:
    return States()


def of_jieba(text: str) -> list[tuple[str, str]]:
    from jieba import posseg
    from jieba.posseg.viterbi import viterbi

    tables = (posseg.char_state_tab_P, posseg.start_P, posseg.trans_P, posseg.emit_P)
    found: list[tuple[str, str]] = viterbi(text, *tables)[1]
    return found


def runs(states: States) -> Iterator[str]:
    draw = random.Random(0)  # noqa: S311 - chosen to be the same every time
    known = sorted(states._states_of)
    rare = ["\u9f98", "\u3400", "\U00020000", "\u4e28"]  # some of them in no table at all
    for length in range(1, 13):
        for _ in range(20):
            yield "".join(draw.choice(known) for _ in range(length))
            yield "".join(draw.choice(draw.choice((known, rare))) for _ in range(length))


def test_states_are_the_ones_that_jieba_finds(states: States) -> None:
    compared = list(runs(states))
    assert len(compared) == 480
    for text in compared:
        assert states.likeliest(text) == of_jieba(text), text


def test_words_are_cut_as_jieba_cuts_them(states: States) -> None:
    from jieba import posseg

    for text in runs(states):
        cut = [(pair.word, pair.flag) for pair in posseg.dt._POSTokenizer__cut(text)]
        assert list(states.cut(text)) == cut, text

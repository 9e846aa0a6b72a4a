"""Words with parts of speech, and the dictionary they come from: as jieba has them."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.language.dictionary import load_dictionary
from qa.language.tagging import cut
from qa.text import fold

SEEDS = Path(__file__).parents[2] / "seeds"
# Where words begin and end in doubt: in and out of the dictionary, of every kind of character.
PIECES = (
    *("鹤山", "亿元以上", "C++", "c#", "AT&T", "AA制", "γ射线", "T恤", "有限公司", "2024年"),
    *("3.5", "%", " ", ".", "_", "#", "é", "\t", "\r\n", "１", "々", "龘", "\u3400"),
)


@pytest.fixture(scope="module")
def posseg(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import jieba
    from jieba import posseg

    jieba.setLogLevel(logging.WARNING)
    jieba.dt.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    return posseg


def of_jieba(posseg: Any, text: str) -> list[tuple[str, str]]:
    return [(pair.word, pair.flag) for pair in posseg.cut(text)]


def test_the_dictionary_is_jiebas(posseg: Any) -> None:
    dictionary = load_dictionary()
    posseg.initialize()
    assert len(dictionary.counts) > 300_000
    assert dictionary.total == posseg.dt.tokenizer.total
    assert dictionary.tags == posseg.dt.word_tag_tab
    known = {word: count for word, count in posseg.dt.tokenizer.FREQ.items() if count}
    assert {word: count for word, count in dictionary.counts.items() if count} == known


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.name)
def test_articles_are_tagged_as_jieba_tags_them(posseg: Any, path: Path) -> None:
    for text in (path.read_text(encoding="utf-8"), fold(path.read_text(encoding="utf-8"))):
        own = list(cut(text))
        assert len(own) > 300
        assert own == of_jieba(posseg, text)


def mixtures() -> Iterator[str]:
    draw = random.Random(0)  # noqa: S311 - chosen to be the same every time
    words = sorted(load_dictionary().counts)
    for _ in range(2_000):
        yield "".join(draw.choice(draw.choice((words, PIECES))) for _ in range(draw.randint(1, 12)))


def test_words_put_together_are_tagged_as_jieba_tags_them(posseg: Any) -> None:
    for text in mixtures():
        assert list(cut(text)) == of_jieba(posseg, text), text


@given(st.text(max_size=40))
def test_any_text_is_tagged_as_jieba_tags_it(posseg: Any, text: str) -> None:
    assert list(cut(text)) == of_jieba(posseg, text)


def test_what_is_cut_is_all_of_the_text() -> None:
    for text in mixtures():
        assert "".join(word for word, _ in cut(text)) == text

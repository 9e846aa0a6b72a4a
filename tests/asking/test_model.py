"""qa.asking.model: what the shipped heads say, and that nothing that is asked breaks them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import SentenceTransformerEncoder
from embeddings.errors import ModelError
from qa.asking.asked import Kind
from qa.asking.heads import MARKS
from qa.asking.model import BUILTIN, AskingModel, best_marks, marked
from tests.conftest import HashEncoder


@pytest.fixture(scope="module")
def model() -> AskingModel:
    return AskingModel.load(SentenceTransformerEncoder())


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("鹤山引进了多少亿元以上项目", "single"),
        ("市长是谁", "single"),
        ("货物和服务出口是多少", "single"),
        ("潮州和鹤山分别引进了多少项目", "parts"),
        ("各镇分别引进了多少项目", "each"),
        ("哪个镇引进项目最多", "each"),
        ("财政收入怎么变化", "series"),
        ("哪些文章提到了乡村振兴", "articles"),
        ("总结这篇文章", "overview"),
        ("你好", "greeting"),
    ],
)
def test_kinds_are_told(model: AskingModel, question: str, kind: Kind) -> None:
    assert model.read(question).kind == kind


def test_parts_are_marked(model: AskingModel) -> None:
    assert model.read("2018年和2019年GDP分别是多少").part_texts == ("2018年", "2019年")
    assert model.read("潮州、鹤山2023年的常住人口各是多少").part_texts == ("潮州", "鹤山")


def test_a_group_is_marked_and_what_is_asked_of_it(model: AskingModel) -> None:
    asked = model.read("哪个镇引进项目最多")
    assert (asked.group_text, asked.compute) == ("哪个镇", "most")
    assert asked.dropped_texts == ("最多",)


def test_what_is_unsure_is_single() -> None:
    model = AskingModel.load()
    model._threshold = 1.1
    asked = model.read("潮州和鹤山分别引进了多少项目")
    assert (asked.kind, asked.parts) == ("single", ())


@pytest.mark.parametrize(
    "question", ["", " ", "\u200b", "\u3000?", "\x00", "？", "长" * 3_000, "\ud800"]
)
def test_what_is_no_question_is_single(model: AskingModel, question: str) -> None:
    assert model.read(question).question == question


@given(st.text(max_size=40))
def test_spans_are_of_the_question(model: AskingModel, question: str) -> None:
    asked = model.read(question)
    spans = [*asked.parts, *asked.dropped, *filter(None, [asked.group, asked.topic])]
    assert all(0 <= start < end <= len(question) for start, end in spans)
    assert len(asked.parts) != 1


def test_traditional_characters_are_read(model: AskingModel) -> None:
    assert model.read("潮州和鶴山分別引進了多少項目").part_texts == ("潮州", "鶴山")


def test_another_encoder_is_not_used(model: AskingModel) -> None:
    assert AskingModel.load(HashEncoder()).read("你好") == model.read("你好")


def test_only_the_builtin_model_tells_of_its_tokens() -> None:
    encoder = SentenceTransformerEncoder(device="cuda")
    assert not encoder.is_builtin
    encoder._model = object()  # type: ignore[assignment]
    with pytest.raises(ModelError, match="only the built-in model"):
        encoder.query_tokens("你好", (0,))


def test_damaged_heads_are_reported(tmp_path: Path) -> None:
    path = tmp_path / "heads.safetensors"
    with pytest.raises(ModelError, match="no usable model"):
        AskingModel.load(path=path)
    path.write_bytes(BUILTIN.read_bytes()[:1000])
    with pytest.raises(ModelError, match="no usable model"):
        AskingModel.load(path=path)


def test_a_span_goes_on_only_if_it_has_begun() -> None:
    likely = np.full((3, len(MARKS)), -5.0, dtype=np.float32)
    likely[0, MARKS.index("")] = -0.1
    likely[1, MARKS.index("+part")] = -0.1
    likely[1, MARKS.index("part")] = -0.2
    likely[2, MARKS.index("+part")] = -0.1
    assert [MARKS[number] for number in best_marks(likely)] == ["", "part", "+part"]


def test_marks_are_spans() -> None:
    numbers = [MARKS.index(mark) for mark in ("part", "+part", "dropped", "dropped", "part", "")]
    assert marked(numbers) == {
        "part": [(0, 2), (4, 5)],
        "group": [],
        "topic": [],
        "dropped": [(2, 4)],
    }

"""qa.reading.reader: spans of the passages it was given, whatever they hold, with comparable
scores.
"""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from embeddings import ModelError
from embeddings.encoder import BUILTIN_FOLDER
from embeddings.precision import float32
from qa.reading import reader as reader_module
from qa.reading.reader import LENGTH, MAX_ANSWER, Calibration, Reader, _best_spans, _lacking
from qa.reading.reading import Reading
from qa.reading.windows import PAD, Window, Windower, with_boundaries

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import BertForQuestionAnswering

QUESTION = "鹤山引进了多少个项目"
PASSAGES = [
    "鹤山引进亿元以上项目60个。",
    "",
    "甲" * 5000,
    "潮州专家智库正式成立。" * 30,
    "a\0b👍🏽é\u200b",
    "\n \n",
    "梅江区引进项目8个，总投资5亿元。" * 9,
]
nasty = st.text(
    st.one_of(
        st.sampled_from("鹤山項目60个１．的，。（）《》“”年 \n\t\0\u3000\u200b\ufeff▁𠮷👍🏽é…①½"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


def tokenizer() -> Tokenizer:
    return with_boundaries(Tokenizer.from_file(str(BUILTIN_FOLDER / "tokenizer.json")))


def untrained() -> BertForQuestionAnswering:
    """A model of one layer whose scores differ widely from token to token."""
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=26500,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.3,
    )
    return BertForQuestionAnswering(config)


def support_head() -> dict[str, Tensor]:
    """Weights of the head that ``transformers`` does not have, for the model above."""
    import torch

    made = torch.Generator().manual_seed(1)
    return {
        "support.weight": torch.randn(1, 32, generator=made),
        "support.bias": torch.randn(1, generator=made),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from qa.training.saving import save_reader

    made = tmp_path_factory.mktemp("models") / "reader"
    model = untrained()
    weights = model.state_dict() | support_head()
    save_reader(weights, model.config, tokenizer(), Calibration(0.5, 0.2, 0.1, 0.6), made)
    return made


@pytest.fixture(scope="module")
def reader(folder: Path) -> Reader:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_module, "best_precision", lambda _bits: float32())
        return Reader.load(folder)


class Marker:
    """A stand-in for a model that is sure: answers begin at one token and end at another."""

    def __init__(self, first: str, last: str) -> None:
        vocabulary = tokenizer()
        self.first, self.last = vocabulary.token_to_id(first), vocabulary.token_to_id(last)
        self.shapes: list[tuple[int, int]] = []

    def __call__(self, ids: Any) -> tuple[Any, Any, Any]:
        self.shapes.append(tuple(ids.shape))
        first, last = ((ids == number).astype("f4") * 9 for number in (self.first, self.last))
        return first, last, np.zeros(ids.shape, dtype="f4")


def marking(first: str, last: str) -> tuple[Reader, Marker]:
    marker = Marker(first, last)
    model: Any = marker
    return Reader(model, Windower(tokenizer()), Calibration(1.0, 0.0, -10.0, 0.5)), marker


def assert_sound(readings: Sequence[Reading], passages: Sequence[str]) -> None:
    for reading, passage in zip(readings, passages, strict=True):
        assert 0 <= reading.start <= reading.end <= len(passage)
        assert passage[reading.start : reading.end] == reading.text
        assert 0 <= reading.score <= 1
        assert reading.answerable == (reading.score >= 0.6 and reading.text != "")


# -- without a model ----------------------------------------------------------------------------


@given(
    size=st.integers(1, MAX_ANSWER + 20),
    first=st.integers(1, 80),
    seed=st.integers(0, 2**32 - 1),
    spread=st.sampled_from([1, 9, 1000]),  # with ties, and with few
)
def test_the_best_spans_are_what_a_search_of_all_finds(
    size: int, first: int, seed: int, spread: int
) -> None:
    dice = np.random.default_rng(seed)
    starts, ends = dice.integers(-spread, spread + 1, (2, first + size + 40)).astype(np.float32)
    window = Window([0] * (first + size + 1), first, [(3 * at, 3 * at + 2) for at in range(size)])
    free = set(range(size))
    for found in _best_spans(window, starts, ends, 3):
        best = max(
            starts[first + start] + ends[first + end]
            for start in free
            for end in range(start, min(size, start + MAX_ANSWER))
            if free.issuperset(range(start, end + 1))
        )
        assert found.margin == best - starts[0] - ends[0]
        start, end = found.start // 3, found.end // 3
        assert (found.start, found.end) == (3 * start, 3 * end + 2)
        assert starts[first + start] + ends[first + end] == best
        taken = set(range(start, end + 1))
        assert 1 <= len(taken) <= MAX_ANSWER
        assert taken <= free
        free -= taken


def test_there_are_as_many_spans_as_asked_for_or_as_fit() -> None:
    scores = np.zeros(9, dtype=np.float32)
    spans = [(0, 1), (1, 2)]
    assert len(_best_spans(Window([0] * 5, 2, spans), scores, scores, 1)) == 1
    assert len(_best_spans(Window([0] * 5, 2, spans), scores, scores, 9)) == 2


def test_a_window_without_a_passage_has_no_span() -> None:
    scores = np.zeros(32, dtype=np.float32)
    assert _best_spans(Window([0] * 9, 8, []), scores, scores, 3) == [(0, 0, -np.inf, 0.0, ())]


def test_what_a_question_lacks_are_its_tokens_below_even_odds_joined_where_they_touch() -> None:
    asked = [(0, 2), (2, 3), (3, 3), (3, 5), (6, 7), (7, 9)]
    window = Window([0] * 12, 10, [], asked_first=3, asked=asked)
    borne = np.array([-9, -9, -9, -1, -0.1, -5, 0, -2, -3, -9, -9, -9], dtype=np.float32)
    assert _lacking(window, borne) == ((0, 3), (6, 9))
    assert _lacking(window, -borne) == ()


@pytest.mark.slow
def test_the_word_that_a_passage_does_not_bear_out_is_found() -> None:
    reader = Reader.load()
    passage = "2023年，鹤山市引进亿元以上项目60个，创新高。全市新建学校3所，医院2家。"
    for question, word in (
        ("潮州新建了多少所学校", "潮州"),
        ("鹤山新建了多少座体育馆", "体育馆"),
        ("鹤山2019年新建了多少所学校", "2019"),
    ):
        (reading,) = reader.read(question, [passage])
        lacking = [question[slice(*span)] for span in reading.lacking]
        assert any(word in text for text in lacking), question
        assert not any("新建" in text for text in lacking), question


def test_a_margin_becomes_a_probability() -> None:
    fitted = Calibration(scale=2.0, shift=-1.0)
    assert fitted.probability(0.5) == 0.5
    assert fitted.probability(1.0) == pytest.approx(0.7310585786)
    assert fitted.probability(-1.0) == pytest.approx(0.0474258732)
    assert fitted.probability(float("-inf")) == pytest.approx(0, abs=1e-20)
    assert fitted.probability(1e9) == pytest.approx(1)
    both = Calibration(scale=2.0, support=0.5, shift=-1.0)
    assert both.probability(0.5, 0.0) == 0.5
    assert both.probability(0.5, 2.0) == pytest.approx(0.7310585786)
    assert both.probability(1.0, -4.0) == pytest.approx(0.2689414214)


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["everything", "config.json", "calibration.json"])
def test_a_folder_without_a_reader_is_an_error_that_names_it(
    tmp_path: Path, folder: Path, missing: str
) -> None:
    broken = tmp_path / "broken"
    if missing != "everything":
        shutil.copytree(folder, broken, ignore=shutil.ignore_patterns(missing))
    with pytest.raises(ModelError) as raised:
        Reader.load(broken)
    assert re.match(f"no usable (?:reader|model) in {re.escape(str(broken))}: ", str(raised.value))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"weights"),
        ("tokenizer.json", b"{}"),
        ("calibration.json", b"{"),
        ("calibration.json", b'{"margin": 1}'),
        ("config.json", b"[]"),
    ],
)
def test_a_damaged_file_is_an_error_that_names_the_folder(
    tmp_path: Path, folder: Path, name: str, content: bytes
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (broken / name).write_bytes(content)
    with pytest.raises(ModelError) as raised:
        Reader.load(broken)
    assert re.match(f"no usable (?:reader|model) in {re.escape(str(broken))}: ", str(raised.value))


@pytest.mark.slow
def test_the_reader_scores_as_transformers_does(reader: Reader, folder: Path) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import BertForQuestionAnswering

    theirs = BertForQuestionAnswering.from_pretrained(folder, dtype=torch.float32).train(False)
    ids = np.full((2, 40), PAD)
    ids[0], ids[1, :7] = np.arange(3, 43), [0, 5, 6, 2, 2, 9, 2]
    mask = torch.tensor(ids != PAD).long()
    support = load_file(folder / "model.safetensors")
    with torch.inference_mode():
        expected = theirs(input_ids=torch.tensor(ids), attention_mask=mask)
        trunk = theirs.bert(input_ids=torch.tensor(ids), attention_mask=mask).last_hidden_state
        rows = support["support.weight"].float(), support["support.bias"].float()
        borne = torch.nn.functional.linear(trunk, *rows)[..., 0].numpy()
    starts, ends, found = reader._model(ids)
    seen = ids != PAD
    np.testing.assert_allclose(starts[seen], expected.start_logits.numpy()[seen], atol=2e-6)
    np.testing.assert_allclose(ends[seen], expected.end_logits.numpy()[seen], atol=2e-6)
    assert np.ptp(borne[seen]) > 0.1
    np.testing.assert_allclose(found[seen], borne[seen], atol=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize("head", ["qa_outputs", "support"])
def test_weights_without_a_head_are_an_error(tmp_path: Path, folder: Path, head: str) -> None:
    from safetensors.torch import load_file, save_file

    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    weights = load_file(broken / "model.safetensors")
    del weights[f"{head}.weight"]
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=rf"it lacks '{head}\.weight'"):
        Reader.load(broken)


# -- with a stand-in for the model -----------------------------------------------------------------


@pytest.mark.slow
def test_an_answer_is_found_wherever_in_a_long_passage_it_stands() -> None:
    reader, marker = marking("60", "个")
    places = [*range(0, 1201, 50), *range(LENGTH - 40, LENGTH)]  # at every end of a window too
    passages = ["甲" * at + "60个" + "乙" * (1200 - at) for at in places]
    for passage, reading in zip(passages, reader.read(QUESTION, passages), strict=True):
        assert (reading.text, reading.start) == ("60个", passage.index("60"))
        assert reading.answerable
    assert max(length for _, length in marker.shapes) == LENGTH


@pytest.mark.slow
def test_an_answer_is_no_longer_than_the_most_tokens() -> None:
    reader, _ = marking("60", "个")
    passages = ["60" + "甲" * (MAX_ANSWER - 2 + more) + "个" for more in (0, 1)]
    longest, longer = reader.read("", passages)
    assert (longest.text, longest.answerable) == (passages[0], True)
    assert longer.text != passages[1]
    assert not longer.answerable


@pytest.mark.slow
def test_the_question_itself_is_no_answer() -> None:
    reader, _ = marking("60", "个")
    (reading,) = reader.read("是60个吗", ["是的。"])
    assert not reading.answerable


@pytest.mark.slow
def test_readings_come_in_the_passages_order_whatever_their_lengths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader, marker = marking("引进", "个")
    passages = [f"引进{number}个" + "。" * (37 * number % 600) for number in range(10, 40)]
    expected = [f"引进{number}个" for number in range(10, 40)]
    monkeypatch.setattr(reader_module, "_BATCH", 1500)
    assert [reading.text for reading in reader.read("", passages)] == expected
    assert all(rows * length <= 1500 for rows, length in marker.shapes)
    assert max(rows for rows, _ in marker.shapes) > 1


@pytest.mark.slow
def test_an_answer_is_tidied() -> None:
    reader, _ = marking("《", "国")
    (reading,) = reader.read("", ["看《三国》。"])
    assert (reading.text, reading.start, reading.end) == ("《三国》", 1, 5)


# -- with a model that knows nothing --------------------------------------------------------------


@pytest.mark.slow
def test_one_reading_a_passage(reader: Reader) -> None:
    readings = reader.read(QUESTION, PASSAGES)
    assert_sound(readings, PASSAGES)
    assert dataclasses.replace(readings[1], lacking=()) == Reading(
        "", 0, 0, pytest.approx(0, abs=1e-9), answerable=False
    )
    assert len({round(reading.score, 3) for reading in readings}) > 4  # not all the same


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["？", "?", "。", "！？", " "])
def test_a_mark_at_the_end_of_a_question_changes_nothing(reader: Reader, mark: str) -> None:
    passages = ["鹤山引进了60个亿元以上项目。", "开平引进了20个。"]
    asked = "鹤山引进了多少亿元以上项目"
    assert reader.alternatives(asked + mark, passages) == reader.alternatives(asked, passages)
    assert len(reader.read(mark, passages)) == 2


def test_no_passages_give_no_readings(reader: Reader) -> None:
    assert reader.read(QUESTION, []) == []


@pytest.mark.slow
@settings(max_examples=50)
@given(nasty, st.lists(nasty, max_size=4))
def test_a_reading_is_a_span_of_its_passage(
    reader: Reader, question: str, passages: list[str]
) -> None:
    assert_sound(reader.read(question, passages), passages)


@pytest.mark.slow
def test_lone_surrogates_are_read_as_anything_else(reader: Reader) -> None:
    """The command line makes them of bytes that are no UTF-8."""
    assert_sound(reader.read("多少\udcff", ["60个\ud83d"]), ["60个\ud83d"])


@pytest.mark.slow
def test_a_passage_is_read_together_with_others_as_it_is_alone(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = reader.read(QUESTION, PASSAGES)
    alone = [reader.read(QUESTION, [passage])[0] for passage in PASSAGES]
    monkeypatch.setattr(reader_module, "_STEP", 128)  # other padding
    padded = reader.read(QUESTION, PASSAGES)
    for one, *others in zip(together, alone, padded, strict=True):
        for other in others:
            assert (other.start, other.end) == (one.start, one.end)
            assert other.score == pytest.approx(one.score, abs=1e-4)


@pytest.mark.slow
def test_a_long_question_is_read_by_its_beginning(reader: Reader) -> None:
    first, second = (reader.read("鹤" * 300 + end, PASSAGES[:1]) for end in ("", "山项目"))
    assert first == second


@pytest.mark.slow
def test_the_folder_is_an_ordinary_one_with_weights_of_eight_bits(folder: Path) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    loaded = AutoModelForQuestionAnswering.from_pretrained(folder).state_dict()
    original = untrained().state_dict()
    assert set(loaded) == set(original)
    for name, weights in original.items():
        eight = weights.dim() > 1 and "qa_outputs" not in name
        rounded = weights.to(torch.float8_e4m3fn if eight else torch.float16)
        assert loaded[name].dtype == torch.float32
        assert torch.equal(loaded[name], rounded.float()), name
    text = "1997年开始（鹤山）。"
    assert AutoTokenizer.from_pretrained(folder)(text, add_special_tokens=False)["input_ids"] == (
        tokenizer().encode(text, add_special_tokens=False).ids
    )
    assert json.loads((folder / "calibration.json").read_text(encoding="utf-8")) == {
        "scale": 0.5,
        "support": 0.2,
        "shift": 0.1,
        "threshold": 0.6,
    }

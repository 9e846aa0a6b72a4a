"""qa.training.heads: what each head is charged for, by losses that can be worked out by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from qa.training.heads import ReadingModel, Said, losses  # noqa: E402
from qa.training.targets import IGNORED, PAD, Batch  # noqa: E402

if TYPE_CHECKING:
    from transformers import BertConfig

LENGTH = 16


def batch(rows: int = 2) -> Batch:
    """Tokens 1 to 3 are the left text, 6 to 12 the right one; nothing is asked yet."""
    shape = rows, LENGTH
    ids = torch.full(shape, PAD)
    ids[:, :14] = 7
    readable = torch.zeros(shape, dtype=torch.bool)
    readable[:, 0] = readable[:, 6:13] = True
    items, support = (torch.full(shape, IGNORED) for _ in range(2))
    span = torch.full((rows, 2), IGNORED)
    groups = torch.full((rows,), IGNORED)
    return Batch(ids, (ids != PAD).long(), readable, span, items, support, groups)


def silent(asked: Batch) -> Said:
    """Scores of a model that prefers nothing."""
    shape = len(asked.ids), LENGTH
    return Said(torch.zeros(*shape, 2), torch.zeros(*shape, 3), torch.zeros(shape))


def test_a_model_that_prefers_nothing_is_charged_for_the_number_of_choices() -> None:
    asked = batch()
    asked.span[0] = torch.tensor([7, 8])
    asked.items[0, 6:13] = 0
    asked.support[0, 1:4] = torch.tensor([1, 0, 1])
    asked.support[0, 0] = 1
    found = {name: float(value) for name, value in losses(silent(asked), asked).items()}
    assert found == pytest.approx(
        {
            "span": math.log(8),  # seven tokens and “not here”
            "items": 10 * math.log(3),
            "support": math.log(2),
            "whole": math.log(2),
        }
    )


def test_the_right_window_should_stand_out_among_its_group() -> None:
    asked = batch(4)
    asked.span[:] = 0
    asked.span[1] = torch.tensor([7, 8])
    asked.groups[:3] = 2  # the fourth window is of no group
    said = silent(asked)
    even = (2 * math.log(3 * 7) + math.log(3)) / 3  # each end of seven tokens in three windows
    assert float(losses(said, asked)["among"]) == pytest.approx(even)
    said.ends[1, 7, 0] = said.ends[1, 8, 1] = said.support[1, 0] = 50
    said.ends[3, 7:9] = said.support[3, 0] = 90
    assert float(losses(said, asked)["among"]) == pytest.approx(0, abs=1e-4)
    said.ends[1, 0] = 50  # no answer is as likely there: no better than all of the others
    assert float(losses(said, asked)["among"]) == pytest.approx(2 * math.log(1 + 2 * 7) / 3)


def test_a_group_that_has_no_answer_or_one_window_is_not_compared() -> None:
    asked = batch(3)
    asked.span[:] = 0
    asked.span[2] = 7
    asked.groups[:] = torch.tensor([0, 0, 1])
    assert "among" not in losses(silent(asked), asked)


def test_a_head_that_nothing_is_asked_of_costs_nothing() -> None:
    asked = batch()
    assert losses(silent(asked), asked) == {}
    asked.support[0, 0] = 1
    assert set(losses(silent(asked), asked)) == {"whole"}


def test_a_window_counts_once_however_many_words_it_has() -> None:
    asked = batch()
    asked.support[0, 1:4] = 1
    asked.support[1, 1] = 1
    said = silent(asked)
    said.support[1, 1] = 100.0  # certain, and right
    assert float(losses(said, asked)["support"]) == pytest.approx(math.log(2) / 2)


@pytest.fixture(scope="module")
def config() -> BertConfig:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=20,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=PAD,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def test_some_steps_teach_a_small_model_what_every_head_should_say(config: BertConfig) -> None:
    torch.manual_seed(0)
    model = ReadingModel(config)
    asked = batch()
    asked.ids[:, :14] = torch.arange(3, 17)
    asked.span[0] = torch.tensor([7, 8])
    asked.items[0, 6:13] = torch.tensor([0, 1, 2, 0, 0, 0, 0])
    asked.support[0, :4] = torch.tensor([0, 1, 0, 1])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        sum(losses(model(asked), asked).values()).backward()
        optimizer.step()
    said = model(asked)
    assert said.ends[0].argmax(0).tolist() == [7, 8]
    assert said.items[0, 6:13].argmax(-1).tolist() == [0, 1, 2, 0, 0, 0, 0]
    assert (said.support[0, :4] > 0).tolist() == [False, True, False, True]

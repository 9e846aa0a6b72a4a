"""What the encoder learns questions in other words by."""

from __future__ import annotations

import math
import random

import pytest
import torch

from embeddings.training.contrast import PAIRS, WARMTH, Pair, loss_of, steps


def test_the_loss_is_that_of_the_right_passage_among_all() -> None:
    questions = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    passages = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    one = -math.log(1 / (1 + math.exp(-1 / WARMTH) + math.exp(-0.4 / WARMTH)))
    other = -math.log(1 / (1 + math.exp(-1 / WARMTH) + math.exp(-0.2 / WARMTH)))
    found = float(loss_of(questions, passages, ["a", "b", "c"]))
    assert found == pytest.approx((one + other) / 2, rel=1e-3)


def test_a_passage_that_is_right_for_two_questions_is_wrong_for_neither() -> None:
    questions = torch.tensor([[1.0, 0.0], [0.8, 0.6]])
    passages = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert float(loss_of(questions, passages, ["a", "a"])) == 0


def test_in_a_step_the_right_passages_come_first_in_the_questions_order() -> None:
    pairs = [Pair(f"q{n}", f"p{n}", (f"w{n}",) if n % 2 else ()) for n in range(PAIRS + 1)]
    ((questions, passages),) = steps(pairs, random.Random(0))  # noqa: S311
    assert questions == [f"q{n}" for n in range(PAIRS)]
    assert passages[:PAIRS] == [f"p{n}" for n in range(PAIRS)]
    assert passages[PAIRS:] == [f"w{n}" for n in range(PAIRS) if n % 2]

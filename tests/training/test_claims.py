"""qa.training.questions.claims: what takes the interrogative's place, and what is wrong then."""

from __future__ import annotations

import random

import pytest

from qa.training.questions.claims import claim_of
from qa.training.questions.examples import Example

DICE = random.Random(0)  # noqa: S311
PASSAGE = "鹤山引进亿元以上项目60个，计划总投资209亿元。开平引进亿元以上项目48个。"


def example(question: str, answer: str) -> Example:
    start = PASSAGE.index(answer)
    return Example(question, PASSAGE, ((start, start + len(answer)),), "招商")


@pytest.mark.parametrize(
    ("question", "answer", "claim"),
    [
        ("鹤山招来了多少个亿元以上的项目？", "60个", "鹤山招来了60个亿元以上的项目"),
        ("鹤山这些项目打算一共投多少钱呢？", "209亿元", "鹤山这些项目打算一共投209亿元钱"),
        ("哪里引进了60个亿元以上项目？", "鹤山", "鹤山引进了60个亿元以上项目"),
        ("开平引进几家亿元以上企业", "48个", "开平引进48个亿元以上企业"),
    ],
)
def test_a_true_claim_has_the_answer_for_the_interrogative(
    question: str, answer: str, claim: str
) -> None:
    made = claim_of(example(question, answer), DICE, true=True)
    assert made is not None
    assert (made.text, made.wrong) == (claim, ())
    assert (made.passage, made.title) == (PASSAGE, "招商")


def test_a_false_claim_has_another_figure_of_the_passage_with_that_unit() -> None:
    asked = example("鹤山招来了多少个亿元以上的项目？", "60个")
    made = claim_of(asked, DICE, true=False)
    assert made is not None
    assert made.text == "鹤山招来了48个亿元以上的项目"
    assert [made.text[start:end] for start, end in made.wrong] == ["48个"]


def test_nothing_is_made_where_nothing_fair_can_be() -> None:
    dice = DICE
    assert claim_of(example("鹤山引进项目了吗？", "60个"), dice, true=True) is None
    assert claim_of(example("总投资多少？", "209亿元"), dice, true=False) is None  # no other money
    assert claim_of(Example("鹤山多少？", PASSAGE, ()), dice, true=True) is None

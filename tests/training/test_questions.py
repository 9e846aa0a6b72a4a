"""qa.training.questions: follow-ups and near misses made of people's questions."""

from __future__ import annotations

import random

from qa.training.questions.examples import Example
from qa.training.questions.followups import follow_ups, parallels
from qa.training.questions.swaps import swapped
from qa.types import Exchange

PASSAGE = "2023年鹤山市引进亿元以上项目60个，计划总投资209亿元。"


def example(question: str, answer: str, title: str = "鹤山招商") -> Example:
    start = PASSAGE.index(answer)
    return Example(question, PASSAGE, ((start, start + len(answer)),), title)


def dice() -> random.Random:
    return random.Random(0)  # noqa: S311


def test_a_question_that_names_again_what_another_did_is_a_follow_up_without_it() -> None:
    asked = [
        example("鹤山市引进了多少项目？", "60个"),
        example("鹤山市计划总投资是多少？", "209亿元"),
    ]
    found = [made for seed in range(40) for made in follow_ups(asked, random.Random(seed))]  # noqa: S311
    rewritten = {made.text.lstrip("那么还有请问"): made for made in found}
    made = rewritten["计划总投资是多少？"]
    assert made.rewrite == "鹤山市计划总投资是多少？"
    assert made.history == (Exchange("鹤山市引进了多少项目？", "", "60个"),)
    assert rewritten["它引进了多少项目？"].rewrite == "鹤山市引进了多少项目？"
    alone = [made for made in found if made.text == made.rewrite]
    assert {made.text for made in alone} == {question.question for question in asked}


def test_another_year_or_title_takes_the_first_ones_place() -> None:
    asked = [
        example("2023年引进了多少项目", "60个"),
        example("谁引进了60个", "鹤山市"),
        Example("黄独是什么", "黄独为植物", ((3, 5),), "黄独"),
        Example("黄独的别名是什么", "黄独为植物", ((0, 2),), "黄独"),
    ]
    found = [made for seed in range(60) for made in follow_ups(asked, random.Random(seed))]  # noqa: S311
    pairs = {(made.text.lstrip("那么还有请问").rstrip("的呢？"), made.rewrite) for made in found}
    assert ("2024年", "2024年引进了多少项目") in pairs
    assert ("鹤山招商", "鹤山招商是什么") in pairs


def test_a_question_alone_with_its_passage_makes_no_follow_up_but_a_new_one() -> None:
    asked = [example("鹤山市引进了多少项目？", "60个")]
    found = [made for seed in range(20) for made in follow_ups(asked, random.Random(seed))]  # noqa: S311
    assert {(made.text, made.rewrite) for made in found} <= {(asked[0].question,) * 2}


def test_what_is_exchanged_is_what_the_passage_does_not_bear_out() -> None:
    asked = [
        example("鹤山市引进了多少项目", "60个"),
        example("开平市引进了多少项目", "60个"),
        example("2023年引进了多少项目", "60个"),
        example("引进了多少项目", "60个"),
    ]
    found = [made for seed in range(30) for made in swapped(asked, 1.0, random.Random(seed))]  # noqa: S311
    assert {made.question for made in found if "市" in made.question} == {"开平市引进了多少项目"}
    years = {made.question for made in found if "市" not in made.question}
    assert years == {f"{year}年引进了多少项目" for year in (2020, 2021, 2022, 2024, 2025)}
    for made in found:
        assert made.answers == ()
        assert made.unsupported is not None
        ((start, end),) = made.unsupported
        assert made.question[start:end] not in PASSAGE
        assert made.question[start:end] in {"开平市", "2020", "2021", "2022", "2024", "2025"}
    assert list(swapped(asked, 0.0, dice())) == []


def test_questions_that_differ_in_one_stretch_make_a_follow_up_of_it() -> None:
    asked = [
        "安康社保基金预算收入拟安排多少？",
        "安康社保基金预算支出拟安排多少",
        "安康社保基金由谁管理",
        "安康社保基金预算支出拟安排多少",
    ]
    found = list(parallels([asked, ["甲镇有几所学校"]]))
    assert [(pair.first, pair.other, pair.second) for pair in found] == [
        ("安康社保基金预算收入拟安排多少", "支出", "安康社保基金预算支出拟安排多少"),
        ("安康社保基金预算支出拟安排多少", "收入", "安康社保基金预算收入拟安排多少"),
    ]
    made = found[0].follow_up(dice())
    assert "支出" in made.text
    assert made.history == (Exchange("安康社保基金预算收入拟安排多少"),)
    assert made.rewrite == "安康社保基金预算支出拟安排多少"


def test_only_whole_words_are_exchanged() -> None:
    (pair, _) = parallels([["江门市新建了多少所小学", "江门市新建了多少所中学"]])
    assert pair.other == "中学"

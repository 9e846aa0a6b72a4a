"""qa.training.asking: marked questions, those that are made of them, and the figures."""

from __future__ import annotations

from qa.asking.asked import Asked
from qa.asking.model import AskingModel, marked
from qa.training.asking import (
    QUESTIONS,
    is_kept_back,
    lesson,
    measure,
    read_marked,
    threshold,
    train,
    varied,
)

PARTS = Asked("潮州和鹤山分别是多少", "parts", parts=((0, 2), (3, 5)), dropped=((2, 3), (5, 7)))
OTHER = Asked("2018年、2019年GDP", "parts", parts=((0, 5), (6, 11)), dropped=((5, 6),))
SEVERAL = Asked("市长是谁？人口多少", "several", parts=((0, 5), (5, 9)))


def test_the_marked_questions_are_whole() -> None:
    read = read_marked(QUESTIONS)
    assert len(read) > 2_000
    for asked in read:
        places = [*asked.parts, *filter(None, [asked.group, asked.topic])]
        assert all(asked.question[start:end].strip() for start, end in places)
        assert (len(asked.parts) > 1) == (asked.kind in {"parts", "several"}), asked.question
        assert (asked.group is not None) == (asked.kind == "each"), asked.question


def test_one_in_ten_is_kept_back() -> None:
    back = sum(is_kept_back(f"问题{number}") for number in range(1_000))
    assert 70 < back < 130


def test_a_lesson_marks_what_is_marked() -> None:
    import torch

    def tokens(text: str) -> tuple[torch.Tensor, list[tuple[int, int]]]:
        return torch.zeros(len(text), 3), [(at, at + 1) for at in range(len(text))]

    made = lesson(PARTS, tokens)
    found = marked(made.marks.tolist())
    assert (tuple(found["part"]), tuple(found["dropped"])) == (PARTS.parts, PARTS.dropped)


def test_parts_of_others_take_the_place_of_parts() -> None:
    made = varied([PARTS, OTHER], [], [("水稻", "玉米", "大豆")], times=16)
    assert (
        Asked(
            "2018年和2019年分别是多少",
            "parts",
            parts=((0, 5), (6, 11)),
            dropped=((5, 6), (11, 13)),
        )
        in made
    )
    named = {asked.part_texts for asked in made}
    assert named == {PARTS.part_texts, OTHER.part_texts, ("水稻", "玉米")}


def test_several_questions_are_made_of_single_ones() -> None:
    (made,) = varied([SEVERAL], [Asked("GDP是多少？")], [], times=1)
    assert made.question == "GDP是多少？GDP是多少"
    assert made.parts == ((0, 7), (7, 13))


def test_heads_learn_and_are_measured() -> None:
    import torch

    def tokens(text: str) -> tuple[torch.Tensor, list[tuple[int, int]]]:
        return torch.ones(len(text), 3), [(at, at + 1) for at in range(len(text))]

    marked_ones = [PARTS, Asked("你好", "greeting")]
    heads = train([lesson(asked, tokens) for asked in marked_ones], epochs=40)
    model = AskingModel(tokens, heads, 0.0)
    assert model.read(PARTS.question).part_texts == ("潮州", "鹤山")
    assert 0.0 <= threshold(model, marked_ones) < 1.0
    assert measure(model, marked_ones).startswith("kinds 1.000 of 2\n")

"""qa.training.targets: lessons as windows of tokens with what each head should say of them."""

from __future__ import annotations

import dataclasses
import random

import pytest
from tokenizers import Tokenizer

from embeddings.encoder import BUILTIN_FOLDER
from qa.reading.windows import EOS, PAD, Windower, with_boundaries
from qa.training.lessons import CLAIM, Lesson

torch = pytest.importorskip("torch")

from qa.training.targets import (  # noqa: E402
    BEGINS,
    FOCUSED,
    IGNORED,
    INSIDE,
    MOST,
    OUTSIDE,
    STEP,
    WINDOWS,
    Target,
    Targets,
    batches,
    collate,
)

TITLE = "鹤山市工作报告 2024-01-01\n"
TEXT = "今年引进项目60个，总投资209亿元。重点是硅材料、装备、食品三个产业。"


@pytest.fixture(scope="module")
def windower() -> Windower:
    return Windower(with_boundaries(Tokenizer.from_file(str(BUILTIN_FOLDER / "tokenizer.json"))))


def made(windower: Windower, *lessons: Lesson) -> list[Target]:
    return Targets(windower, random.Random(0)).make(lessons)  # noqa: S311 - the same every time


def spans(*parts: str, text: str = TITLE + TEXT) -> tuple[tuple[int, int], ...]:
    return tuple((text.index(part), text.index(part) + len(part)) for part in parts)


def said(target: Target, first: int, last: int) -> str:
    at = target.right[0]
    places = target.spans[1]
    return target.lesson.right[places[first - at][0] : places[last - at][1]]


def test_a_question_has_its_answer_and_all_its_words_borne_out(windower: Windower) -> None:
    lesson = Lesson(
        "鹤山引进多少项目",
        TITLE + TEXT,
        heading=len(TITLE),
        answers=spans("60个"),
        unsupported=(),
        supported=True,
    )
    (target,) = made(windower, lesson)
    assert target.span is not None
    assert said(target, *target.span) == "60个"
    assert target.support == [1] * (target.left[1] - target.left[0])
    assert target.whole == 1
    begin = target.right[0]
    assert [begin + i for i, c in enumerate(target.items) if c == BEGINS] == [target.span[0]]
    assert target.items.count(INSIDE) == target.span[1] - target.span[0]


def test_a_list_is_a_stretch_for_one_head_and_items_for_another(windower: Windower) -> None:
    items = spans("硅材料", "装备", "食品")
    lesson = Lesson("重点是哪些产业", TITLE + TEXT, answers=items, is_list=True)
    (target,) = made(windower, lesson)
    assert target.span is not None
    assert said(target, *target.span) == "硅材料、装备、食品"
    begins = [i for i, c in enumerate(target.items) if c == BEGINS]
    ends = [
        next(j for j in range(i, len(target.items)) if target.items[j + 1] != INSIDE)
        for i in begins
    ]
    found = [
        said(target, a + target.right[0], b + target.right[0])
        for a, b in zip(begins, ends, strict=True)
    ]
    assert found == ["硅材料", "装备", "食品"]
    assert target.support == []
    assert target.whole == IGNORED


def test_the_words_of_a_claim_that_are_wrong_are_marked(windower: Windower) -> None:
    claim = "开平引进60个项目。"
    lesson = Lesson(claim, TITLE + TEXT, CLAIM, unsupported=((0, 2),), supported=False)
    (target,) = made(windower, lesson)
    assert target.span is None
    wrong = [span for span, borne in zip(target.spans[0], target.support, strict=True) if not borne]
    assert {claim[a:b] for a, b in wrong} <= {"开", "平", "开平"}
    assert min(a for a, _ in wrong) == 0
    assert max(b for _, b in wrong) == 2
    assert target.whole == 0


def test_a_window_of_a_long_passage_keeps_the_heading_and_the_answer(windower: Windower) -> None:
    text = TITLE + "此处无关的话。" * 200 + TEXT + "此处无关的话。" * 200
    lesson = Lesson(
        "引进多少项目",
        text,
        heading=len(TITLE),
        answers=spans("60个", text=text),
        is_cut=True,
    )
    for target in made(windower, *[lesson] * 20):
        assert len(target.ids) <= max(WINDOWS)
        assert target.spans[1][0][0] == 0
        assert target.span is not None
        assert said(target, *target.span) == "60个"


def test_a_focused_window_is_the_part_nearest_to_the_question(windower: Windower) -> None:
    text = TITLE + "此处无关的话。" * 200 + TEXT + "另一处无关的话。" * 200
    question = "引进亿元以上项目多少个"
    lesson = Lesson(question, text, heading=len(TITLE), answers=(), supported=False)
    (target,) = Targets(windower, random.Random(0), focused=True).make([lesson])  # noqa: S311
    assert len(target.ids) <= FOCUSED
    read = "".join(text[a:b] for a, b in target.spans[1])
    assert text[: len(TITLE) - 1] in read
    assert TEXT[:8] in read
    answered = dataclasses.replace(lesson, answers=spans("另一处", text=text), supported=None)
    (target,) = Targets(windower, random.Random(0), focused=True).make([answered])  # noqa: S311
    assert target.span is not None
    assert said(target, *target.span) == "另一处"


def test_a_batch_has_each_target_in_its_place_and_nothing_where_none_is_asked(
    windower: Windower,
) -> None:
    question = Lesson("谁是市长", TITLE + TEXT, answers=(), supported=False)
    claim = Lesson("开平引进60个项目。", TEXT, CLAIM, unsupported=((0, 2),))
    first, second = made(windower, question, claim)
    batch = collate([first, second])
    assert batch.ids.shape[1] % STEP == 0
    assert batch.ids[0, : len(first.ids)].tolist() == first.ids
    assert batch.mask.sum(1).tolist() == [len(first.ids), len(second.ids)]
    assert (batch.ids[0, len(first.ids) :] == PAD).all()
    assert batch.span.tolist() == [[0, 0], [IGNORED, IGNORED]]
    assert set(batch.items[0, slice(*first.right)].tolist()) == {OUTSIDE}
    assert (batch.items[1] == IGNORED).all()
    assert batch.support[:, 0].tolist() == [0, IGNORED]
    assert (batch.support[0, 1:] == IGNORED).all()
    assert second.ids[second.left[1]] == EOS
    assert batch.support[1, slice(*second.left)].tolist() == second.support
    outside = [*range(1, second.left[0]), *range(second.left[1], batch.ids.shape[1])]
    assert (batch.support[1, outside] == IGNORED).all()


def test_batches_hold_every_window_once_within_their_size(windower: Windower) -> None:
    lessons = [Lesson("问" * n, TEXT * (1 + n % 5), answers=()) for n in range(1, 30)]
    targets = made(windower, *lessons)
    groups = batches(targets, 512, random.Random(0))  # noqa: S311
    assert sorted(t.lesson.left for group in groups for t in group) == sorted(
        lesson.left for lesson in lessons
    )
    assert all(len(group) == 1 or collate(group).ids.numel() <= 512 for group in groups)


def test_windows_of_one_group_come_together(windower: Windower) -> None:
    lessons = [
        Lesson("问", TEXT * (1 + n % 3), answers=(), group=f"{n % 7}" if n % 2 else "")
        for n in range(30)
    ]
    groups = batches(made(windower, *lessons), 512, random.Random(0))  # noqa: S311
    assert sum(map(len, groups)) == len(lessons)
    for name in map(str, range(7)):
        assert sum(any(t.lesson.group == name for t in group) for group in groups) == 1
    numbers = collate(max(groups, key=len)).groups.tolist()
    named = [t.lesson.group for t in max(groups, key=len)]
    assert [number == IGNORED for number in numbers] == [not name for name in named]
    assert len({*numbers} - {IGNORED}) == len({*named} - {""})


def test_short_windows_fill_many_batches_and_not_one(windower: Windower) -> None:
    targets = made(windower, *[Lesson("问", "答", answers=())] * (2 * MOST + 1))
    groups = batches(targets, 6144, random.Random(0))  # noqa: S311
    assert sorted(map(len, groups)) == [1, MOST, MOST]

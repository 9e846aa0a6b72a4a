"""qa.training.lessons: what is made of a lesson."""

from __future__ import annotations

import pytest

from qa.training.lessons import CLAIM, Lesson, with_short_years


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("2023年云岭快递多少", "23年云岭快递多少"),
        ("云岭2022年和1998年各多少", "云岭22年和98年各多少"),
        ("2023云岭快递多少", "2023云岭快递多少"),  # without 年 it is no year
        ("12023年", "12023年"),
        ("多少年", "多少年"),
    ],
)
def test_a_year_is_named_as_people_type_it(question: str, short: str) -> None:
    assert with_short_years(Lesson(question, "文")).left == short


def test_what_is_not_borne_out_stays_the_same_words() -> None:
    question = "2023年云岭和2021年沙浦多少"
    wrong = ("2021年", "沙浦", "2023年云岭")
    spans = tuple((question.index(text), question.index(text) + len(text)) for text in wrong)
    found = with_short_years(Lesson(question, "文", unsupported=spans))
    assert found.unsupported is not None
    assert [found.left[start:end] for start, end in found.unsupported] == [
        "21年",
        "沙浦",
        "23年云岭",
    ]


def test_a_claim_is_left_as_it_is() -> None:
    claim = Lesson("2023年云岭增长", "文", prompt=CLAIM)
    assert with_short_years(claim) is claim

"""One article in files of many kinds: whatever the kind, questions get the same answer and quote.

Held equal are the answer and the sentence that it stands in.  Which further sentences of the same
article are quoted as saying so, too, depends on where its passages end, and these on whether a
byline stands under the title, as it does not in the article of a web page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from qa import Answer, Library
from qa.text import fold
from tests.articles.kinds.making import MAKERS, Story

pytestmark = pytest.mark.slow

STORY = Story(
    title="澜溪县全面推进渔港升级改造",
    source="澜溪日报",
    published=date(2024, 3, 12),
    paragraphs=(
        "3月11日，澜溪县召开渔港升级改造工作会议。会议由副县长周怀舟主持，全县14个沿海镇的负责人参加。",
        "据县海洋发展局介绍，去年全县投入资金3.6亿元，新建防波堤1280米，疏浚航道9.5公里，可停泊渔船由420艘增加到760艘。",
        "位于石塘镇的大沙渔港是这次改造中规模最大的一个，占地面积52万平方米，由省港湾工程公司承建，计划于2025年10月完工。",
        "县里还为渔民办了培训班。全年共举办安全培训37期，参加培训的渔民达到2900人次，发放救生设备1.8万件。",
        "会议提出，今年要建成冷链仓库6座，把水产品加工率提高到45%，并在白螺岛设立海上救援站。",
        "周怀舟表示，渔港建设要同海洋生态保护结合起来，绝不允许把污水直接排入大海。",
    ),
)
QUESTIONS = (
    "渔港升级改造工作会议由谁主持？",
    "澜溪县去年投入多少资金改造渔港？",
    "新建防波堤多少米？",
    "疏浚航道多少公里？",
    "大沙渔港位于哪个镇？",
    "大沙渔港占地面积是多少？",
    "大沙渔港由谁承建？",
    "参加培训的渔民有多少人次？",
    "今年要建成多少座冷链仓库？",
    "海上救援站设立在哪里？",
)
KINDS = (".txt", ".md", ".html", ".docx", ".pdf", ".ofd", ".xlsx", ".odt", ".rtf")
Said = tuple[str, str, str]  # the status, the answer, the sentence quoted


def said(answer: Answer) -> Said:
    quote = answer.citations[0].quote if answer.citations else ""
    return answer.status, re.sub(r"\s", "", fold(answer.text)), re.sub(r"\s", "", fold(quote))


def answers(folder: Path, kind: str) -> Iterator[tuple[str, Said]]:
    articles = folder / "articles"
    articles.mkdir(parents=True)
    MAKERS[kind](articles / f"渔港{kind}", STORY)
    with Library.open(folder / "library") as library:
        report = library.sync(articles)
        assert (len(report.added), report.failed) == (1, ())
        for question in QUESTIONS:
            yield question, said(library.ask(question))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    """What is answered from the plain text."""
    return dict(answers(tmp_path_factory.mktemp("plain"), ".txt"))


def test_the_plain_text_answers_what_it_says(expected: dict[str, Said]) -> None:
    assert {question: text for question, (_, text, _) in expected.items()} == dict(
        zip(
            QUESTIONS,
            (
                "周怀舟",
                "3.6亿元",
                "1280米",
                "9.5公里",
                "石塘镇",
                "52万平方米",
                "省港湾工程公司",
                "2900人次",
                "6座",
                "白螺岛",
            ),
            strict=True,
        )
    )


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_file_of_any_kind_answers_as_the_plain_text_does(
    tmp_path: Path, expected: dict[str, Said], kind: str
) -> None:
    assert dict(answers(tmp_path, kind)) == expected

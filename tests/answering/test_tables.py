"""Questions of several parts, asked of a library: a row a part, each value in its quote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest

from qa import Library
from qa.asking.asked import Asked
from qa.reading.reading import Reading
from qa.reading.rewriter import Rewriting
from qa.types import Computed, Hit, Span, Table
from tests.conftest import HashEncoder

TEXTS = {
    "沙坪": "沙坪镇今年引进项目60个，总投资209亿元。",
    "古劳": "古劳镇今年引进项目25个，进展顺利。",
    "宅梧": "宅梧镇今年天气晴朗，游客很多。",
    "2021": "2021年鹤山生产总值400亿元。",
    "2023": "2023年鹤山生产总值450.5亿元。",
}


class Counting:
    """A reader that is sure of the figures of passages that have all names of a question."""

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        return [found[0] for found in self.alternatives(question, passages)]

    def alternatives(self, question: str, passages: Sequence[str]) -> list[list[Reading]]:
        names = re.findall("沙坪|古劳|宅梧|20\\d\\d", question)
        return [[self._read(names, passage)] for passage in passages]

    def _read(self, names: Sequence[str], passage: str) -> Reading:
        found = re.search(r"[\d.]+(?:个|亿元)", passage)
        if found is None or not all(name in passage for name in names):
            return Reading(passage[:2], 0, 2, 0.01, answerable=False)
        return Reading(found[0], *found.span(), 0.99, answerable=True)


class Told:
    """Says of every question what it was told."""

    def __init__(self) -> None:
        self.asked: dict[str, Asked] = {}

    def tell(
        self,
        question: str,
        kind: str,
        *parts: str,
        group: str = "",
        dropped: str = "",
        what: str = "",
    ) -> str:
        def span(text: str) -> Span:
            return question.index(text), question.index(text) + len(text)

        self.asked[question] = Asked(
            question,
            kind,  # type: ignore[arg-type]
            compute=what,  # type: ignore[arg-type]
            parts=tuple(map(span, parts)),
            group=span(group) if group else None,
            dropped=tuple(map(span, dropped.split())),
        )
        return question

    def read(self, question: str) -> Asked:
        return self.asked.get(question, Asked(question))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("folder")
    for name, text in TEXTS.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    path = tmp_path_factory.mktemp("library")
    with Library.open(path, encoder=HashEncoder(), reader=Counting()) as opened:
        opened.sync(folder)
        yield opened


@pytest.fixture
def told(library: Library) -> Told:
    library.asking = Told()  # type: ignore[assignment]
    return library.asking  # type: ignore[return-value]


def cells(table: Table | None) -> list[tuple[str, str, int | None]]:
    assert table is not None
    return [(row.part, row.cells[0].text, row.cells[0].citation) for row in table.rows]


def test_named_parts_are_rows(library: Library, told: Told) -> None:
    question = told.tell(
        "沙坪镇和古劳镇分别引进多少个项目", "parts", "沙坪镇", "古劳镇", dropped="和 分别"
    )
    answer = library.ask(question)
    assert cells(answer.table) == [("沙坪镇", "60个", 1), ("古劳镇", "25个", 2)]
    assert answer.table is not None
    assert answer.table.columns == ("", "引进多少个项目")
    assert answer.table.computed is None
    assert (answer.status, answer.text, answer.question) == ("answered", "60个", question)
    assert [citation.quote for citation in answer.citations] == [TEXTS["沙坪"], TEXTS["古劳"]]
    assert answer.to_dict()["table"]["rows"][0]["cells"][0]["citation"] == 1


def test_a_part_without_evidence_keeps_its_row(library: Library, told: Told) -> None:
    question = told.tell(
        "宅梧镇比沙坪镇多引进多少个项目",
        "parts",
        "宅梧镇",
        "沙坪镇",
        dropped="比 多",
        what="difference",
    )
    answer = library.ask(question)
    assert cells(answer.table) == [("宅梧镇", "", None), ("沙坪镇", "60个", 1)]
    assert answer.text == "60个"
    assert answer.table is not None
    assert answer.table.answered == 1
    assert answer.table.computed == Computed("difference", citations=(1,), reason="missing")


def test_a_difference_is_computed_of_quoted_values(library: Library, told: Told) -> None:
    question = told.tell(
        "沙坪镇比古劳镇多引进多少个项目",
        "parts",
        "沙坪镇",
        "古劳镇",
        dropped="比 多",
        what="difference",
    )
    answer = library.ask(question)
    assert answer.table is not None
    assert answer.table.computed == Computed(
        "difference", "35个", "60个[1] − 25个[2] = 35个", (1, 2)
    )


def test_a_group_is_what_the_folder_has_of_it(library: Library, told: Told) -> None:
    question = told.tell("哪个镇引进项目最少", "each", group="哪个镇", dropped="最少", what="least")
    answer = library.ask(question)
    assert cells(answer.table) == [
        ("古劳镇", "25个", 1),
        ("沙坪镇", "60个", 2),
        ("宅梧镇", "", None),
    ]
    assert answer.table is not None
    assert answer.table.computed is not None
    assert answer.table.computed.text == "古劳镇"
    assert answer.text == "25个"


def test_a_series_has_a_row_a_year(library: Library, told: Told) -> None:
    question = told.tell("鹤山近几年的生产总值", "series", dropped="近几年的")
    answer = library.ask(question)
    assert cells(answer.table) == [("2021年", "400亿元", 1), ("2023年", "450.5亿元", 2)]


def test_several_questions_are_answered_each(library: Library, told: Told) -> None:
    question = told.tell(
        "沙坪镇引进多少个项目？古劳镇引进多少个项目？",
        "several",
        "沙坪镇引进多少个项目？",
        "古劳镇引进多少个项目？",
    )
    answer = library.ask(question)
    assert cells(answer.table) == [
        ("沙坪镇引进多少个项目？", "60个", 1),
        ("古劳镇引进多少个项目？", "25个", 2),
    ]


def test_without_any_evidence_there_is_none(library: Library, told: Told) -> None:
    question = told.tell("宅梧镇和共和镇引进多少个项目", "parts", "宅梧镇", "共和镇", dropped="和")
    answer = library.ask(question)
    assert (answer.status, answer.citations) == ("no_evidence", ())
    assert cells(answer.table) == [("宅梧镇", "", None), ("共和镇", "", None)]
    assert answer.reading == question


def test_single_questions_have_no_table(library: Library, told: Told) -> None:
    assert library.ask("沙坪镇引进多少个项目").table is None


def test_what_is_read_for_every_part_is_told(library: Library, told: Told) -> None:
    question = told.tell("沙坪镇和古劳镇引进多少个项目", "parts", "沙坪镇", "古劳镇", dropped="和")
    *found, answer = library.consult(question)
    assert [all(isinstance(hit, Hit) for hit in step) for step in found] == [True, True]
    assert not isinstance(answer, tuple)


def test_no_part_is_answered_by_another_ones_question(
    library: Library, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Alike:
        def rewrite(self, follow_up: str, history: object) -> list[Rewriting]:
            if not history:
                return [Rewriting(follow_up)]
            return [Rewriting("沙坪镇引进多少个项目"), Rewriting(f"{follow_up}引进多少个项目")]

    monkeypatch.setattr(library, "rewriter", Alike(), raising=False)
    question = told.tell("古劳镇、沙坪镇各引进多少个项目", "parts", "沙坪镇", "古劳镇")
    answer = library.ask(question)
    assert answer.table is not None
    assert [row.question for row in answer.table.rows] == [
        "沙坪镇引进多少个项目",
        "古劳镇引进多少个项目",
    ]
    assert cells(answer.table) == [("沙坪镇", "60个", 1), ("古劳镇", "25个", 2)]

"""qa.answering.answering: what is said is quoted, and what cannot be quoted is not said."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.answering import MIN_CONFIDENCE, NO_EVIDENCE, RELATED, Answerer
from qa.answering.statements import MAX_CITATIONS
from qa.reading.reading import Reading
from qa.types import Answer, Article, Citation, Hit, Passage

QUESTION = "鹤山引进了多少个亿元以上项目"
SAYS_60 = "近日消息。鹤山市引进亿元以上项目60个，创新高。形势喜人。"


class Pointing:
    """A reader that is sure of what a pattern matches, of the first most, and of nothing else.

    What ``lacking`` matches in a question is borne out by no passage.
    """

    def __init__(
        self, pattern: str = "[0-9０-９]+[个個]", score: float = 0.99, lacking: str = "$."
    ) -> None:
        self.pattern = re.compile(pattern)
        self.score = score
        self.lacking = re.compile(lacking)

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        return [found[0] for found in self.alternatives(question, passages)]

    def alternatives(self, question: str, passages: Sequence[str]) -> list[list[Reading]]:
        lacking = tuple(found.span() for found in self.lacking.finditer(question))
        return [
            [dataclasses.replace(reading, lacking=lacking) for reading in self._read(passage)]
            for passage in passages
        ]

    def _read(self, passage: str) -> list[Reading]:
        found = [
            Reading(match[0], match.start(), match.end(), self.score - 0.01 * place, True)
            for place, match in enumerate(self.pattern.finditer(passage))
            if match[0]
        ]
        return found[:4] or [Reading(passage[:2], 0, len(passage[:2]), 0.01, answerable=False)]


def answering(
    pattern: str = "[0-9０-９]+[个個]", score: float = 0.99, lacking: str = "$."
) -> Answerer:
    return Answerer(Pointing(pattern, score, lacking))


def hit(text: str, number: int = 1, start: int = 0, end: int | None = None, day: int = 2) -> Hit:
    """Return a hit on ``text[start:end]`` of an article by itself."""
    article = Article(
        number, f"{number}.txt", "招商", "南方日报", date(2023, 8, day), "", text, "0" * 64
    )
    stop = len(text) if end is None else end
    passage = Passage(number, number, start, stop)
    return Hit(passage, article, text[start:stop], 1.0 / number, 0.9, 9.0)


def hits(*texts: str) -> list[Hit]:
    return [hit(text, number) for number, text in enumerate(texts, start=1)]


def quotes(answer: Answer) -> list[tuple[int, int, str]]:
    return [(cited.number, cited.article.id, cited.quote) for cited in answer.citations]


def assert_quotes_are_slices(answer: Answer) -> None:
    for citation in answer.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
    if answer.status == "answered":
        for line, citation in zip(answer.text.split("\n"), answer.citations, strict=False):
            assert line in citation.quote


def test_an_answer_is_quoted_with_the_whole_sentence_it_stands_in() -> None:
    answer = answering().answer(QUESTION, hits(SAYS_60))
    assert (answer.question, answer.status, answer.text) == (QUESTION, "answered", "60个")
    (citation,) = answer.citations
    assert (citation.number, citation.article) == (1, hit(SAYS_60).article)
    assert (citation.start, citation.end) == (5, 24)
    assert citation.quote == SAYS_60[5:24] == "鹤山市引进亿元以上项目60个，创新高。"
    assert (answer.related, answer.missing_terms) == ((), ())
    assert 0 < answer.confidence <= 1


def test_offsets_are_the_articles_not_the_passages() -> None:
    text = "前言\n\n" + SAYS_60
    answer = answering().answer(QUESTION, [hit(text, 1, 4)])
    (citation,) = answer.citations
    assert (citation.start, citation.end, answer.text) == (9, 28, "60个")
    assert_quotes_are_slices(answer)


def test_the_quote_keeps_the_original_script() -> None:
    text = "鶴山市引進億元以上項目６０個，創新高。"
    answer = answering().answer(QUESTION, hits(text))
    assert (answer.text, answer.citations[0].quote) == ("６０個", text)


def test_a_quote_does_not_leave_its_passage() -> None:
    text = "鹤山市引进亿元以上项目60个，创新高，群众喜笑颜开。"
    answer = answering().answer(QUESTION, [hit(text, 1, 0, 16)])
    assert answer.citations[0].quote == "鹤山市引进亿元以上项目60个，创"


def test_at_most_five_that_agree_are_cited() -> None:
    texts = [f"鹤山市引进亿元以上项目60个，第{number}稿。" for number in "甲乙丙丁戊己庚"]
    answer = answering().answer(QUESTION, hits(*texts))
    assert MAX_CITATIONS == 5
    assert quotes(answer) == [(number, number, texts[number - 1]) for number in range(1, 6)]


def test_articles_that_differ_stand_side_by_side_the_newest_first() -> None:
    texts = [
        "鹤山市引进亿元以上项目60个，甲稿。",
        "鹤山市引进亿元以上项目67个，乙稿。",
        "鹤山市引进亿元以上项目60个，丙稿。",
    ]
    found = [hit(text, number, day=10 - number) for number, text in enumerate(texts, 1)]
    answer = answering().answer(QUESTION, found)
    assert answer.text == "60个\n67个"
    assert quotes(answer) == [(1, 1, texts[0]), (2, 2, texts[1]), (3, 3, texts[2])]
    later = dataclasses.replace(
        found[1], article=dataclasses.replace(found[1].article, published=date(2023, 9, 1))
    )
    answer = answering().answer(QUESTION, [found[0], later, found[2]])
    assert answer.text == "67个\n60个"
    assert quotes(answer) == [(1, 2, texts[1]), (2, 1, texts[0]), (3, 3, texts[2])]


def test_a_longer_number_that_ends_in_the_answer_does_not_agree_with_it() -> None:
    texts = ["鹤山市引进亿元以上项目7个，甲稿。", "鹤山市引进亿元以上项目67个，乙稿。"]
    answer = answering().answer(QUESTION, hits(*texts))
    assert sorted(answer.text.split("\n")) == ["67个", "7个"]


def test_the_second_choice_is_taken_where_the_first_is_of_another_place() -> None:
    text = "潮州市引进亿元以上项目90个。鹤山市引进亿元以上项目60个。"
    answer = answering().answer(QUESTION, hits(text))
    assert (answer.text, quotes(answer)) == ("60个", [(1, 1, text[15:])])


def test_a_reader_that_is_not_sure_gives_no_answer() -> None:
    answer = answering(score=0.02).answer(QUESTION, hits(SAYS_60))
    assert (answer.status, answer.confidence) == ("no_evidence", 0.0)


def test_reports_that_differ_are_the_answer_together_where_neither_is_alone() -> None:
    ours, theirs = hit(SAYS_60, 1, day=2), hit(SAYS_60.replace("60", "45"), 2, day=9)
    unsure = answering(score=0.45)
    alone = unsure.answer(QUESTION, [ours])
    both = unsure.answer(QUESTION, [ours, theirs])
    assert (alone.status, both.status) == ("answered", "answered")
    assert both.confidence < MIN_CONFIDENCE < alone.confidence
    assert both.text == "45个\n60个"
    assert [citation.article.id for citation in both.citations] == [2, 1]


def test_many_that_differ_and_of_which_none_is_sure_are_no_answer() -> None:
    found = [hit(SAYS_60.replace("60", str(number)), number) for number in range(40, 50)]
    assert answering(score=0.15).answer(QUESTION, found).status == "no_evidence"


def test_the_same_from_two_reports_is_one_answer_and_no_surer() -> None:
    found = [hit(SAYS_60, 1), hit(SAYS_60, 2)]
    assert answering(score=0.1).answer(QUESTION, found).status == "no_evidence"


def test_a_question_for_reasons_is_answered_with_the_sentences() -> None:
    text = "近日消息。鹤山的项目因为三个原因多起来。一是土地便宜。二是路近。三是人多。四是天好。"
    answer = answering("因为三个原因").answer("鹤山的项目为什么多起来", hits(text))
    assert (answer.text, quotes(answer)) == (text[5:20], [(1, 1, text[5:20])])
    answer = answering("一是土地便宜").answer("鹤山的项目为什么多起来", hits(text))
    assert answer.text == "一是土地便宜。二是路近。三是人多。"


def test_the_same_sentence_is_cited_once() -> None:
    whole = hit(SAYS_60)
    overlapping = dataclasses.replace(hit(SAYS_60, 1, 5), passage=Passage(2, 1, 5, len(SAYS_60)))
    assert len(answering().answer(QUESTION, [whole, overlapping]).citations) == 1


def test_evidence_that_holds_goes_before_what_ranks_higher() -> None:
    other, right = "潮州市引进亿元以上项目90个。", "鹤山市引进亿元以上项目60个。"
    answer = answering().answer(QUESTION, hits(other, right))
    assert (answer.text, quotes(answer)) == ("60个", [(1, 2, right)])


@pytest.mark.parametrize(
    ("question", "text", "lacking", "missing"),
    [
        (QUESTION, "潮州市引进亿元以上项目60个。", "鹤山", ("鹤山",)),
        (f"2022年{QUESTION}", SAYS_60, "2022", ("2022年",)),
        (
            f"三季度{QUESTION}",
            "上半年，鹤山市引进亿元以上项目60个。",
            "三季度鹤",
            ("三季度", "鹤山"),
        ),
        ("2022年鹤山GDP多少", "鹤山市2021年GDP为60亿元。", "2022年.*", ("2022年",)),
        ("鹤山ＧＤＰ为多少亿", "鹤山市2021年财政收入60亿元。", "..Ｐ", ("ＧＤＰ",)),
    ],
)
def test_what_is_not_borne_out_and_stands_in_nothing_shown_is_named(
    question: str, text: str, lacking: str, missing: tuple[str, ...]
) -> None:
    found = hits(text)
    answer = answering("60", score=0.1, lacking=lacking).answer(question, found)
    assert (answer.status, answer.text, answer.citations) == ("no_evidence", NO_EVIDENCE, ())
    assert (answer.related, answer.confidence) == (tuple(found), 0.0)
    assert answer.missing_terms == tuple(term for term in missing if term not in text)


def test_the_sentence_of_the_surest_span_is_the_nearest() -> None:
    text = "潮州市天气好。鹤山市引进亿元以上项目60个，创新高。鹤山没有消息。"
    answer = answering(score=0.1).answer(QUESTION, hits("鹤山引进人才。", text))
    assert answer.status == "no_evidence"
    assert answer.nearest == Citation(1, hit(text, 2).article, text[7:26], 7, 26)


def test_a_nearest_quote_that_is_not_the_slice_is_refused() -> None:
    answer = answering().answer(QUESTION, hits("潮州市引进亿元以上项目60个。"))
    assert answer.nearest is not None
    forged = dataclasses.replace(answer, nearest=dataclasses.replace(answer.nearest, start=1))
    with pytest.raises(AssertionError, match="quote 1 is not what its article says"):
        answering().finish(forged, QUESTION, 0.1)


def test_what_a_shown_passage_has_is_not_told_to_be_missing() -> None:
    question = "潮州市引进的项目总投资多少亿元"
    told = "潮州市引进项目60个。项目计划总投资另行公布。"
    answer = answering("[0-9]+亿元", lacking=".*").answer(question, hits(told))
    assert answer.status == "no_evidence"
    assert not any(term in told for term in answer.missing_terms)


def test_the_nearest_passages_are_related() -> None:
    found = hits(*(f"潮州市引进亿元以上项目{number}个。" for number in range(50, 60)))
    answer = answering().answer(QUESTION, found)
    assert RELATED == 3
    assert (answer.status, answer.related) == ("no_evidence", tuple(found[:3]))


def test_without_any_passage_every_word_is_missing() -> None:
    answer = answering().answer("鹤山的产业村长是谁", [])
    assert (answer.status, answer.related, answer.nearest) == ("no_evidence", (), None)
    assert answer.missing_terms == ("鹤山", "产业", "村长")


@pytest.mark.parametrize("question", ["有多少", "？", "是什么", "谁", ""])
def test_a_question_that_says_nothing_has_no_answer(question: str) -> None:
    answer = answering().answer(question, hits(SAYS_60))
    assert (answer.status, answer.citations) == ("no_evidence", ())


def test_finishing_puts_in_the_question_and_the_time() -> None:
    answer = answering().answer(QUESTION, hits(SAYS_60))
    finished = answering().finish(answer, "那呢？", 0.123456)
    assert finished == dataclasses.replace(answer, question="那呢？", seconds=0.1235)


@pytest.mark.parametrize(
    ("start", "end", "quote"),
    [(5, 24, "鹤山市引进亿元以上项目67个，创新高。"), (4, 24, SAYS_60[5:24]), (5, 24, "")],
)
def test_a_quote_that_is_not_the_slice_is_refused(start: int, end: int, quote: str) -> None:
    answer = answering().answer(QUESTION, hits(SAYS_60))
    wrong = Citation(2, answer.citations[0].article, quote, start, end)
    forged = dataclasses.replace(answer, citations=(*answer.citations, wrong))
    with pytest.raises(AssertionError, match="quote 2 is not what its article says"):
        answering().finish(forged, QUESTION, 0.1)


@given(
    st.lists(
        st.text(
            st.one_of(st.characters(), st.sampled_from("鹤山市引进亿元以上项目60个67。，\n“”")),
            max_size=60,
        ),
        max_size=5,
    ),
    st.sampled_from([QUESTION, "鹤山有哪些项目", "鹤山如何引进项目", "项目是什么时候引进的"]),
)
def test_whatever_is_answered_stands_in_its_quote(texts: list[str], question: str) -> None:
    answer = answering().answer(question, hits(*texts))
    assert_quotes_are_slices(answer)
    assert len(answer.citations) <= MAX_CITATIONS
    assert bool(answer.citations) is (answer.status == "answered")
    assert 0.0 <= answer.confidence <= 1.0
    answering().finish(answer, question, 0.0)

"""qa.answering.suggesting: questions that could be asked instead, each of them answered."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from qa import Library
from qa.answering.answering import NO_EVIDENCE
from qa.answering.suggesting import MAX_TRIES, MOST, starters, suggest, suggestions
from qa.types import Answer
from tests.answering.test_answering import hit
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader


def silent(question: str, *texts: str) -> Answer:
    related = tuple(hit(text, number) for number, text in enumerate(texts, start=1))
    return Answer(question, "no_evidence", NO_EVIDENCE, (), related, (), 0.0, 0.1)


def made(text: str) -> dict[str, str]:
    return {suggestion.question: suggestion.answer for suggestion in suggestions(hit(text))}


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("鹤山市1月至9月引进亿元以上项目60个。", "鹤山市引进亿元以上项目多少个", "60个"),
        ("梅江区平稳。城镇登记失业率2.36%。", "梅江区城镇登记失业率是多少", "2.36%"),
        ("鹤山市发展快。全市规上工业企业622家。", "鹤山市规上工业企业多少家", "622家"),
        ("目前，潮州“整村授信”已覆盖889个行政村。", "潮州“整村授信”已覆盖多少个行政村", "889个"),
        ("梅江区开会。区委书记朱国城作报告。", "梅江区委书记是谁", "朱国城"),
        ("新中国成立后，台山新建供水管道４.８公里。", "台山新建供水管道多少公里", "４.８公里"),
    ],
)
def test_a_statement_becomes_the_question_that_it_answers(
    text: str, question: str, answer: str
) -> None:
    assert made(text).get(question) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "形势喜人。",
        "60个。",
        "2023年。",
        "占地100亩，覆盖率99%。",  # of what?
        "鹤山市有3个镇和60个村。",  # 村 would be asked for with the other figure in it
        "鹤山市建设22个鹤山市示范村。",
    ],
)
def test_no_question_is_made_of_what_says_too_little(text: str) -> None:
    assert not any("多少个村" in question or "鹤山市建设" in question for question in made(text))
    assert not any("覆盖率" in question for question in made(text))


def answered(question: str, text: str, number: int) -> Answer:
    from qa.types import Citation

    article = hit(text, number).article
    citation = Citation(1, article, text, 0, len(text))
    return Answer(question, "answered", text, (citation,), (), (), 0.9, 0.1)


def test_only_what_is_answered_with_that_figure_from_that_article_is_suggested() -> None:
    text = "鹤山市引进亿元以上项目60个。"
    asked = silent("鹤山市有多少座水库", text)
    wanted = ("鹤山市引进亿元以上项目多少个",)
    assert suggest(asked, lambda question: answered(question, text, 1)) == wanted
    assert suggest(asked, lambda question: answered(question, text, 2)) == ()
    assert suggest(asked, lambda question: answered(question, "59个。", 1)) == ()
    assert suggest(asked, silent) == ()


def test_an_answer_needs_no_suggestion_and_costs_none() -> None:
    def fail(question: str) -> Answer:
        raise AssertionError(question)

    assert suggest(answered("几个", "60个。", 1), fail) == ()
    assert suggest(silent("几个"), fail) == ()


def test_few_are_tried_and_fewer_suggested() -> None:
    tried: list[str] = []

    def ask(question: str) -> Answer:
        tried.append(question)
        return silent(question)

    many = "。".join(
        f"{name}市引进重点项目60个" for name in "鹤山 潮州 江门 梅州 茂名 佛山 珠海".split()
    )
    suggest(silent("几个", many + "。"), ask)
    assert 1 <= len(tried) == len(set(tried)) <= MAX_TRIES


def test_a_library_suggests_what_it_answers(seeds_folder: Path, tmp_path: Path) -> None:
    with Library.open(tmp_path, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(seeds_folder)
        asked = library.ask("梅县区引进了多少亿元以上项目")
        spent = []
        for _ in range(2):  # other programs can only make it slower
            started = time.process_time()
            suggested = library.suggest(asked)
            spent.append(time.process_time() - started)
        assert "鹤山市引进亿元以上项目多少个" in suggested
        assert 1 <= len(suggested) <= MOST
        assert {library.ask(question).status for question in suggested} == {"answered"}
        assert library.suggest(library.ask("鹤山引进了多少亿元以上项目")) == ()
    assert min(spent) < 1


def test_starters_are_of_different_articles_sure_before_unsure() -> None:
    texts = ("鹤山市引进项目60个。鹤山市有学校9所。", "潮州市有产业园16个。", "开平市修路12公里。")
    samples = [hit(text, number) for number, text in enumerate(texts, start=1)]
    right = {
        suggestion.question: (suggestion.answer, suggestion.article)
        for sample in samples
        for suggestion in suggestions(sample)
    }

    def ask(question: str, unsure: str = "潮州") -> Answer:
        text, article = right[question]
        given = answered(question, f"{text}。", article)
        return replace(given, text=text, confidence=0.5 if unsure in question else 0.9)

    made = starters(samples, ask)
    assert len(made) == MOST
    assert [right[question][1] for question in made] == [1, 3, 1]
    assert [right[q][1] for q in starters(samples, lambda q: ask(q, "市"))] == [1, 2, 3]
    assert starters(samples, silent) == ()
    assert starters((), ask) == ()


def test_a_library_begins_with_questions_that_it_answers(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("恩平温泉\n\n恩平市有温泉度假村12家。\n", encoding="utf-8")
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as library:
        assert library.starters() == ()
        library.sync(folder)
        begun = library.starters()
        assert begun == ("恩平市有温泉度假村多少家",)
        assert library.ask(begun[0]).text == "12家"


def test_what_was_taken_for_a_follow_up_is_suggested_as_it_was_typed(
    seeds_folder: Path, tmp_path: Path
) -> None:
    with Library.open(tmp_path, encoder=HashEncoder(), reader=RuleReader()) as library:
        library.sync(seeds_folder)
        typed = "潮州有多少个省级农业产业园"
        missed = replace(library.ask("鹤山有多少只熊猫"), question=typed)
        assert library.suggest(missed)[0] == typed
        assert typed not in library.suggest(replace(missed, question=missed.reading))

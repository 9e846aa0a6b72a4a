"""qa.followups.completeness: questions that stand on their own."""

from __future__ import annotations

import pytest

from qa.followups.completeness import is_new
from qa.followups.ellipsis import FollowUp
from qa.followups.frames import frame

BEFORE = "鹤山引进了多少亿元以上项目"


@pytest.mark.parametrize(
    "question",
    [
        "今年高考有多少人参加",
        "谁获得了诺贝尔奖",
        "省级非遗有哪些",
        "全国有多少脱贫县",
        "横琴合作区有多少家企业",
        "医保报销比例是多少",
        "退休年龄是多少岁",
        "怎样申请公租房",
        "为什么要垃圾分类",
        "社保卡怎么办理",
        "今年春节是哪一天",
        "住房公积金可以提取吗",
        "我想知道潮州有多少人口",
        "谢谢",
        "不对",
    ],
)
def test_a_question_with_its_own_subject_and_predicate_is_new(question: str) -> None:
    assert is_new(FollowUp.of(question), frame(BEFORE))


@pytest.mark.parametrize(
    "question",
    [
        "那省级非遗有哪些",
        "省级非遗呢",
        "规上工业企业有多少家",
        "农村居民人均可支配收入是多少",
        "新增就业岗位多少个",
        "主要措施有哪些",
        "项目负责人是谁",
        "占全省的比重是多少",
        "在全市排第几",
        "谁负责",
        "怎么引进的",
        "哪些已经投产",
        "什么时候投产",
        "年龄多大",
        "全省呢",
        "2022",
        "这个项目在哪",
    ],
)
def test_what_leans_on_the_question_before_is_not(question: str) -> None:
    assert not is_new(FollowUp.of(question), frame(BEFORE))


def test_an_administrative_level_has_to_be_that_of_the_place_before() -> None:
    question = FollowUp.of("省级非遗有哪些")
    assert is_new(question, frame("鹤山市有多少人口"))
    assert not is_new(question, frame("广东省有多少人口"))

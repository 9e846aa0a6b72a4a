"""qa.articles.metadata: title, source and date, as Chinese pages really carry them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qa.articles.metadata import MAX_TITLE, Metadata, find_metadata

BODY = "\n近日，梅江区举行“百千万工程”推进会，展示成绩、提振信心。\n会议要求，各镇要落实到位。\n"


def test_title_source_and_date_of_the_sample_articles(
    seed_texts: dict[str, str], golden_seeds: dict[str, dict[str, Any]]
) -> None:
    found = {name: find_metadata(text, name) for name, text in seed_texts.items()}
    assert found == {
        name: Metadata(
            golden["title"],
            golden["source"],
            date.fromisoformat(golden["published"]) if golden["published"] else None,
        )
        for name, golden in golden_seeds.items()
    }


@pytest.mark.parametrize(
    ("byline", "source", "published"),
    [
        ("发布时间：2023年08月02日 来源：新华网", "新华网", date(2023, 8, 2)),
        ("来源：人民日报 作者：张三 2023-05-06 08:30", "人民日报", date(2023, 5, 6)),
        ("2021/3/4 15:20  稿源：中国新闻网  编辑：李四", "中国新闻网", date(2021, 3, 4)),
        (
            "信息来源：梅州市人民政府网　发布时间:2021-03-04 15:20:00　浏览次数：123",
            "梅州市人民政府网",
            date(2021, 3, 4),
        ),
        ("时间 : 2023-12-21 11:13:02 来源 : 南方日报网络版", "南方日报网络版", date(2023, 12, 21)),
        ("發布時間：2022年1月9日　來源：聯合報", "聯合報", date(2022, 1, 9)),
        ("文章来源：广州日报【字体：大 中 小】", "广州日报", None),
        ("【字体：大 中 小】", "", None),
        ("2020.07.01", "", date(2020, 7, 1)),
        ("发布日期：2023-13-45", "", None),
        ("来源：", "", None),
    ],
)
def test_a_byline_tells_source_and_date(byline: str, source: str, published: date | None) -> None:
    assert find_metadata(f"梅江区举行推进会\n{byline}{BODY}") == Metadata(
        "梅江区举行推进会", source, published
    )


@pytest.mark.parametrize(
    ("beginning", "source"),
    [
        ("新华社北京8月16日电（记者 王五）中国气象局16日发布预警。", "新华社"),
        ("新华社广州８月１６日电 中国气象局发布预警。", "新华社"),
        ("中新网广州10月3日电 (记者 王坚)广州今天放晴。", "中新网"),
        ("南方日报讯（记者/张三）梅江区举行推进会。", "南方日报"),
        ("梅州网讯 22日上午，会议召开。", "梅州网"),
        ("本报讯（记者 李四）梅江区举行推进会。", ""),
        ("他通讯不便，没有来。", ""),
        ("据新华社报道，中国气象局发布预警。", ""),
    ],
)
def test_a_dateline_tells_the_source_but_no_date(beginning: str, source: str) -> None:
    assert find_metadata(f"气象局发布预警\n{beginning}{BODY}") == Metadata(
        "气象局发布预警", source, None
    )


def test_a_caption_does_not_name_the_source() -> None:
    text = f"梅江区举行推进会\n图片来源：视觉中国{BODY}"
    assert find_metadata(text).source == ""


def test_a_credit_at_the_end_names_the_source() -> None:
    assert find_metadata(f"梅江区举行推进会{BODY}（来源：羊城晚报）\n").source == "羊城晚报"


def test_a_date_in_prose_is_not_the_date_of_publication() -> None:
    text = f"梅江区举行推进会\n2020年10月10日，全区干部参加了会议。{BODY}"
    assert find_metadata(text).published is None


@pytest.mark.parametrize(
    ("path", "published"),
    [
        ("2023-08-02_梅江.txt", date(2023, 8, 2)),
        ("news/20230802.txt", date(2023, 8, 2)),
        ("1234567890.txt", None),
        ("20231345.txt", None),
        ("2023-08-02/article.txt", None),
    ],
)
def test_a_file_name_tells_the_date_where_the_text_does_not(
    path: str, published: date | None
) -> None:
    assert find_metadata(f"梅江区举行推进会{BODY}", path).published == published


def test_the_text_s_date_goes_before_the_file_name_s() -> None:
    text = f"梅江区举行推进会\n发布时间：2023年08月02日{BODY}"
    assert find_metadata(text, "20010101.txt").published == date(2023, 8, 2)


def test_a_labelled_date_goes_before_others_in_the_head() -> None:
    text = f"推进会\n截止日期 2024-12-31 发布时间：2023-08-02{BODY}"
    assert find_metadata(text).published == date(2023, 8, 2)


@pytest.mark.parametrize(
    ("text", "path", "title"),
    [
        ("# 一个标题\n\n正文一句。\n", "a.md", "一个标题"),
        ("## 一个标题 ##\n\n正文一句。\n", "a.md", "一个标题"),
        ("标题里有问号吗？\n正文一句。\n", "a.txt", "标题里有问号吗？"),
        ("首页 > 新闻 > 正文\n真正的标题\n正文一句。\n", "a.txt", "真正的标题"),
        ("没有标题的一段话。后面还有。\n", "a.txt", "没有标题的一段话"),
        ("没有标题的一段话。后面还有。\n", "梅江推进会记录.txt", "梅江推进会记录"),
        ("", "folder/only-name.txt", "only-name"),
    ],
)
def test_the_title_is_the_first_line_that_can_be_one(text: str, path: str, title: str) -> None:
    assert find_metadata(text, path).title == title


def test_a_long_beginning_is_cut_to_a_title() -> None:
    assert find_metadata("甲" * 200, "a.txt").title == "甲" * (MAX_TITLE - 1) + "…"

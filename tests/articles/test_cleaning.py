"""qa.articles.cleaning: which lines of a saved web page are not the article."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.articles.cleaning import lines
from tests.hostile import minutes_at_most

ARTICLE = (
    "梅江区举行推进会\n"
    "近日，梅江区举行“百千万工程”推进会，展示成绩、提振信心。\n"
    "会上，7个镇（街）党（工）委书记依次走上擂台。\n"
)
ODD_LINES = st.lists(
    st.one_of(
        st.text(st.sampled_from("鹤山,，。：:>》【】大中小abc12 \u3000\t"), max_size=30),
        st.sampled_from(
            [
                "首页 > 要闻 > 各地",
                "来源：新华网 2023-08-02",
                "【字体：大 中 小】",
                "版权所有 不得转载",
                "时间：2024年3月9日",
                "百度",
                "正文的一句话，写到这里为止。",
            ]
        ),
    ),
    max_size=15,
)


def furniture(text: str) -> list[str]:
    return [text[line.start : line.end] for line in lines(text) if not line.body]


def test_the_furniture_of_the_sample_articles_is_exactly_this(
    seed_texts: dict[str, str], golden_seeds: dict[str, dict[str, Any]]
) -> None:
    found = {
        name: [text.count("\n", 0, line.start) + 1 for line in lines(text) if not line.body]
        for name, text in seed_texts.items()
    }
    assert found == {name: golden["furniture"] for name, golden in golden_seeds.items()}


def test_an_article_without_furniture_is_all_body() -> None:
    assert furniture(ARTICLE) == []


@pytest.mark.parametrize(
    "line",
    [
        "首页 > 要闻动态 > 各地行动",
        "当前位置：首页 >> 新闻中心 >> 正文",
        "您现在的位置： 首页 > 政务公开",
        "发布时间：2023年08月02日 来源：新华网",
        "来源：人民日报 作者：张三 2023-05-06 08:30",
        "信息来源：梅州市人民政府网　发布时间:2021-03-04 15:20:00　浏览次数：123",
        "2023-08-02 09:58:51 来源: 南方日报网络版",
        "【字体：大 中 小】",
        "字号：大 中 小 打印 关闭",
        "分享到： 微信 微博",
        "打印本页 关闭窗口",
        "阅读次数：1024次",
        "扫一扫在手机打开当前页",
        "var s = function (a) { return a; }",
        "image001.png",
    ],
)
def test_lines_above_an_article_are_furniture(line: str) -> None:
    title, rest = ARTICLE.split("\n", 1)
    assert furniture(f"{title}\n{line}\n{rest}") == [line]


@pytest.mark.parametrize(
    "line",
    [
        "版权所有 不得转载",
        "Copyright © 2023 Meizhou Daily. All Rights Reserved",
        "粤ICP备05004321号",
        "粤公网安备 44140202000001号",
        "本网转载其他媒体稿件是为传播更多的信息，本网不承担连带责任。",
        "上一篇：梅县区召开工作会议",
        "下一条：没有了",
        "相关阅读",
        ">> 精彩图文",
        "网友评论",
        "返回顶部",
        "友情链接",
        "关于我们 | 联系我们 | 网站地图",
        "扫码关注公众号",
        "打印 关闭",
    ],
)
def test_lines_below_an_article_are_furniture(line: str) -> None:
    assert furniture(f"{ARTICLE}{line}\n") == [line]


def test_a_foot_takes_the_contact_lines_with_it() -> None:
    foot = ["相关新闻", "热线电话：0753-2200000", "主办：梅州日报社", "梅州日报客户端"]
    assert furniture(ARTICLE + "\n".join(foot)) == foot


@pytest.mark.parametrize(
    "line",
    [
        "活动时间：2024年3月9日（星期六）上午9:00",
        "时间：2024年3月9日",
        "地点：梅江区文化公园",
        "联系电话：0753-2200000",
        "主办单位：梅江区人力资源和社会保障局",
        "来源于群众的智慧，是最好的办法。",
        "系统谋划",
        "8月2日，7个镇（街）同时开工。",
        "他说，会分享到各镇的经验，再打印成册。",
        "首页的设计获得一等奖。",
        "游客扫一扫二维码就能听讲解。",
        "（鹤讯）",
        "一、基本情况",
        "2023年12月21日",
    ],
)
def test_lines_of_an_article_stay_body(line: str) -> None:
    assert furniture(f"{ARTICLE}{line}\n各单位要高度重视，认真组织。\n") == []


def test_the_time_of_an_event_notice_is_body() -> None:
    notice = (
        "关于举办春季招聘会的通知\n"
        "各镇（街道）：\n"
        "现将招聘会有关事项通知如下。\n"
        "时间：2024年3月9日（星期六）上午9:00\n"
        "地点：梅江区文化公园\n"
        "联系人：李四，电话：0753-2200000\n"
        "请互相转告。\n"
    )
    assert furniture(notice) == []


def test_the_time_of_a_poster_without_prose_is_body() -> None:
    poster = "文化公园音乐会\n时间：2024年3月9日晚上8:00\n地点：梅江区文化公园\n票价：免费\n"
    assert furniture(poster) == []


def test_a_file_of_furniture_alone_is_what_it_is() -> None:
    assert furniture("首页 > 新闻 > 正文\n【打印】\n版权所有\n") == []


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028"])
def test_every_kind_of_line_end_ends_a_line(line_end: str) -> None:
    text = line_end.join(["标题", "", "  首页 > 新闻 > 正文 ", "一句话到此为止。"])
    assert [(text[line.start : line.end], line.body) for line in lines(text)] == [
        ("标题", True),
        ("首页 > 新闻 > 正文", False),
        ("一句话到此为止。", True),
    ]


@given(ODD_LINES, st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_lines_hold_all_characters_in_order_and_some_line_is_body(
    parts: list[str], line_end: str
) -> None:
    text = line_end.join(parts)
    found = lines(text)
    assert "".join(text[line.start : line.end] for line in found).split() == (
        "".join(part.strip() for part in parts).split()
    )
    ends = [0, *(offset for line in found for offset in (line.start, line.end))]
    assert ends == sorted(ends)
    assert any(line.body for line in found) == bool(text.strip())


@pytest.mark.parametrize(
    "line",
    [
        "a" + " > b" * 300 + "。",
        "<tr>" + " <td>甲</td>" * 300 + "。",
        "function()" * 3_000 + "x",
        "打印" * 50_000 + "x",
        "_" * 100_000 + "x",
        "2023-01-01 " * 9_000 + "。x",
        "扫一扫" * 30_000,
    ],
)
def test_no_line_takes_long(line: str) -> None:
    with minutes_at_most():
        assert [found.end - found.start for found in lines(f"第一句。\n{line}\n最后一句。")][
            1
        ] > 600


def test_a_row_of_a_table_is_no_byline() -> None:
    assert (
        furniture("日期：1日，星期：六，白班医生：韩冰。\n日期：2日，星期：日，白班医生：施建。")
        == []
    )
    assert furniture("日期：2023-08-02\n会议召开。\n与会的有三人。") == ["日期：2023-08-02"]

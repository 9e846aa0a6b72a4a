"""Page furniture: the lines around an article that are not the article.

Web pages saved as text carry breadcrumbs, print buttons, copyright notices, comment boxes and
contact lists.  They are marked, never edited out: offsets stay those of the stored text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from qa.text import fold, is_sentence_end, trim
from qa.types import Span

HEAD_LINES = 12  # non-empty lines in which a page's head (byline, buttons) can stand
_LOOKED_AT = 1_000  # characters of a line: the patterns' work can grow with its square
_SHORT = 40  # characters; a longer line, or one that ends as a sentence, is prose

# Patterns are matched on the folded copy of a line: simplified, half-width, lower case.
_DATE = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?"
_LABEL = (
    r"(?:来源|稿源|文章来源|信息来源|作者|记者|编辑|责任编辑|责编|发布者|发布机构|发布单位|"
    r"时间|日期|(?:发布|发表|更新|发文|成文)(?:时间|日期))"
)
# Anywhere: nothing that an author writes looks like this.
_ANYWHERE = re.compile(
    r"""
      (?:首页|当前位置|您?(?:现在)?的位置|您所在的位置)\s*[:>»/\-].*
    | [^。!?>»]{1,32}(?:[>»][^。!?>»]{1,42}){2,}
    | (?:\W|_|打印(?:本页)?|关闭(?:窗口)?|收藏|分享|字[体号]|大\s*中\s*小|放大|缩小
        |(?:返回|回到)顶部|扫一扫|我要纠错|纠错|朗读)*
      (?:打印|关闭|收藏|分享|字[体号]|(?:返回|回到)?顶部|扫一扫|纠错|朗读)
      (?:\W|_|大|中|小|本页|窗口)*
    | .*\bfunction\s*\(.*\)\s*\{.*
    | 分享到?\s*[:：]?\s*(?:微信|微博|朋友圈|qq空间).{0,20}
    | [^。!?]{0,12}扫一扫[^。!?]{0,12}(?:分享|朋友圈|关注|二维码|打开)[^。!?]{0,12}
    | [^\s。!?]{1,40}\.(?:jpe?g|png|gif|bmp|webp)
    | (?:本文字数|字数|阅读(?:量|次数)?|浏览(?:量|次数)?|点击(?:量|次数|数)?|评论数?)
      \s*:\s*\d+\s*次?
    | 第\s*[a-z]{0,4}\d{1,3}[a-z]?\s*版\s*:.{0,20}
    """,
    re.VERBOSE,
)
# In a page's head: the line with source, author and time.
_BYLINE = re.compile(
    rf"(?:(?:.*[\s\W])?{_LABEL}\s*:.*|\S{{1,20}}?\s*{_DATE}.{{0,40}}|.{{0,40}}{_DATE})"
)
# Beside it, a date is that of the event which the article announces.
_PLACE = re.compile(r"\S{0,4}(?:地点|地址)\s*:.*")
# Where a page's foot begins.
_FOOT = re.compile(
    r"""
      .*(?:版权所有|版权归|版权与免责|版权声明|免责声明|(?:不得|严禁|禁止|谢绝)转载|all\s+rights\s+reserved).*
    | .*(?:©|\bcopyright\b|icp备|icp证|公网安备|网安备|许可证(?:编?号)?\s*:).*
    | .*(?:本网|本站|本报)(?:注明|转载|授权|联系|站).*
    | (?:网友|用户|最新|全部|发表|我来)评论.{0,10} | 用户登录.{0,10} | .{0,6}第三方账号登录
    | [>»\s]*(?:精彩|相关|推荐|热门|延伸|更多|猜你喜欢|最新)
      (?:推荐|图文|阅读|新闻|文章|资讯|链接|报道)?\s*[>»]*
    | (?:上一篇|下一篇|上一条|下一条|前一篇|后一篇)\s*[:：]?.{0,60}
    | (?:网站地图|友情链接|关于我们|联系我们|返回首页|设为首页|加入收藏|网站声明)(?:\W.{0,60})?
    | (?:扫码|扫描二维码|长按).{0,30}
    """,
    re.VERBOSE,
)
# Within a foot: lines that elsewhere could be part of an article.
_IN_FOOT = re.compile(
    r"""
      .*(?:热线|电话|传真|邮箱|邮编|地址|总机|客服|微信|微博|app|客户端|公众号|备案|主办|承办|技术支持).*
    | .*(?:转载|授权|侵权|版权|免责|著作权|法律责任).*
    """,
    re.VERBOSE,
)
_NAVIGATION = re.compile(
    r"\W*(?:专题|首页|更多|返回|分享|评论|登录|注册|baidu|map|百度|地图|目录)\W*"
)


class Line(NamedTuple):
    """A non-empty line, trimmed, and whether it is part of the article."""

    start: int
    end: int
    body: bool


def lines(text: str) -> list[Line]:
    """Split ``text`` into trimmed lines and tell which belong to the article."""
    spans = [span for span in _line_spans(text) if span[0] < span[1]]
    folded = [fold(text[start : min(end, start + _LOOKED_AT)]) for start, end in spans]
    furniture = {index for index, line in enumerate(folded) if _ANYWHERE.fullmatch(line)}
    furniture |= {
        index
        for index, line in enumerate(folded[: _head_end(folded)])
        if _BYLINE.fullmatch(line)
        and not is_sentence_end(line)  # nor is “日期：1日，白班：张三。”, the row of a table
        and not any(map(_PLACE.fullmatch, folded[max(0, index - 1) : index + 2]))
    }
    furniture |= set(range(_foot_start(folded), len(folded)))
    if len(furniture) == len(spans):  # a file of such lines alone is what it is
        furniture = set()
    return [Line(*span, index not in furniture) for index, span in enumerate(spans)]


def _line_spans(text: str) -> Iterator[Span]:
    for match in re.finditer(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+", text):
        yield trim(text, *match.span())


def _head_end(folded: list[str]) -> int:
    """Return the index of the first line of prose, or ``HEAD_LINES`` if that comes first."""
    for index, line in enumerate(folded[:HEAD_LINES]):
        if len(line) > 2 * _SHORT or (index and is_sentence_end(line)):
            return index
    return min(HEAD_LINES, len(folded))


def _foot_start(folded: list[str]) -> int:
    """Return the index of the first line of the page's foot, ``len(folded)`` if it has none.

    The foot is the run of short or legal lines at the end; it begins at its first line that only
    a foot has, or at navigation words right before that.
    """
    first = len(folded)
    for index in range(len(folded) - 1, 0, -1):
        line = folded[index]
        if _FOOT.fullmatch(line) or _ANYWHERE.fullmatch(line) or _NAVIGATION.fullmatch(line):
            first = index
        elif not _IN_FOOT.fullmatch(line) and (len(line) > 2 * _SHORT or is_sentence_end(line)):
            break
    return first

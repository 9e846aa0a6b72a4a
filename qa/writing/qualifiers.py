"""Words that turn what a sentence says: negations, plans, trends, bounds and their like.

One of them left out, put in or exchanged makes a false sentence of the very words of a true one.
They are told apart by what they do and not by which word does it: 比增 and 上升 are one, 增长 and
下降 are not.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class _Quality(NamedTuple):
    """One way of turning a statement.

    Of the qualities of one ``group`` that a quote has, a sentence may have no other.  One that is
    ``kept`` may not be left out either, and one that is ``free`` may be said where the quote has
    none of its group.
    """

    group: str
    pattern: re.Pattern[str]
    kept: bool = False
    free: bool = False


_QUALITIES = (
    _Quality(
        "negation",
        re.compile(
            r"(?<!之)不(?![仅但断只锈久]|同(?!意)|动产|良|一定|可或缺|足|到(?!位)|超过|低于|少于|高于)"
            r"|(?<!方兴)未(?!来|成年)|没有?(?![收落])|(?<![全])无(?!人机|线|偿|缝|害|障碍|锡|论|疑)"
            r"|非(?!遗|洲|常|凡|物质|建制|公)|拒绝|禁止|停止|暂停|取消|撤销|免除"
        ),
        kept=True,
    ),
    _Quality(
        "stage",
        re.compile(
            r"计划|拟(?![态合])|预计|预期|力争|争取|争创|争当|有望|打算|目标|确保"
            r"|将(?![军来领士就其此近]|[^,;。]{1,15}(?:作为|变为|纳入|划分|列为|打造|分解|视为|转化|列入|转变))"
        ),
        kept=True,
    ),
    _Quality("stage", re.compile(r"正在|正(?=集中|全力|积极|加|推|稳步|优化|处)|在建|推进中")),
    _Quality("stage", re.compile("启动|开工|动工|开始|着手")),
    _Quality("stage", re.compile("已(?!知)|完成|建成|竣工|投产|落成|通车"), free=True),
    _Quality(
        "trend",
        re.compile(
            r"增长|增加(?!值)|增至|增收|增幅|比增|净增|增多|上升|升至|升高|提高|提升|上涨|涨幅|攀升|扩大"
        ),
    ),
    _Quality(
        "trend",
        re.compile("下降|减少|降低|回落|下跌|下滑|缩小|跌|降至|降幅|缩减|下调|锐减|负增长"),
    ),
    _Quality(
        "comparison",
        re.compile(
            r"比(?!增|[上去]年|[学如较例率赛拼重])[^,;。\d]{1,12}[多少高低大小快慢强弱早晚好差]"
            r"|多于|优于|领先|落后|不如"
        ),
    ),
    _Quality(
        "extent",
        re.compile(
            r"全部|所有|全体|一律|全覆盖|100%|(?<![平人年月日户亩])均(?!衡|价|值)|(?<![首成古京])都(?![市城江匀])"
        ),
    ),
    _Quality(
        "extent",
        re.compile("部分|少数|多数|半数|一半|过半|个别|一些|某些|基本(?=完成|实现|建成)"),
        kept=True,
    ),
    _Quality("sole", re.compile("唯一|首个|首次|率先|仅|只有|最(?=[大小高低多少早晚好差新])")),
    _Quality("threshold", re.compile("以上|不低于|不少于"), kept=True),
    _Quality("threshold", re.compile("以下|以内|不超过"), kept=True),
    _Quality("nearly", re.compile("(?:近|约|不足|不到)(?=[半百千万数])"), kept=True),
    _Quality("nearly", re.compile("(?:超过?|逾)(?=[半百千万数])"), kept=True),
    _Quality("condition", re.compile("如果|假如|若(?!干)|倘若|一旦|除非|只要"), kept=True),
    _Quality(
        "doubt",
        re.compile(
            r"否认|谣|不实|网传|传言|传闻|据传|误传|虚假|声称|自称|涉嫌|疑似|可能|或许|(?<=[，,])或"
        ),
        kept=True,
    ),
)
# How far something reaches, or whose it is: each is another than the next.
_SCOPE = re.compile(
    "世界|全球|国际|国外|国内|中央|国家|全[国省市县区镇村州]|[省市县区镇村]级|省内|省外|境外|境内|规上|规下"
)
_ORDINAL = re.compile(r"第 ?(?:(?P<digits>\d+)|[零一二三四五六七八九十百]+)|首位|居首|榜首|末位")
_AHEAD = re.compile(
    "计划(?!总?投资)|预计|预期|力争|争取|争创|有望|打算|目标|拟(?![态合])|将(?=于|在|会)|安排|要求|提出|部署"
    "|建议|申请|提议|倡议|呼吁|希望|考虑|主张|请求|原定|承诺|设想|酝酿"
)
_DONE = re.compile("已(?!知)|完成|正在|正(?=集中|全力)|目前")
_HEADING = re.compile("工作安排|工作计划|目标任务|工作思路|今后")
_TAKEN_BACK = re.compile(
    "取消|推迟|延期|改期|叫停|终止|中止|搁浅|流产|未果|放弃|撤回|撤销|作罢|否决|驳回|暂停|夭折|落空|未遂|不实|谣"
)
_DENIED = re.compile(
    "不实|辟谣|谣言|误传|否认|不属实|并非如此|(?:但|然而|不过|后来|随后|最终|后因?)[^。!?\n]*?"
    f"(?:{_TAKEN_BACK.pattern})"
)
_FORMER = re.compile("(?:由|从|自)(?:原来|原先|最初|过去|此前|去年|上年)?的?$")


def qualities(folded: str) -> frozenset[int]:
    """Return the qualities that a folded text has, as numbers of no meaning but their identity."""
    return frozenset(
        number for number, quality in enumerate(_QUALITIES) if quality.pattern.search(folded)
    )


def added(said: str, quoted: str) -> str:
    """Return the word by which ``said`` is turned and ``quoted`` is not; empty if there is none."""
    present = qualities(quoted)
    groups = {_QUALITIES[number].group for number in present}
    for number in sorted(qualities(said) - present):
        quality = _QUALITIES[number]
        if not quality.free or quality.group in groups:
            return _word(quality, said)
    for match in _ORDINAL.finditer(said):
        unmarked = match["digits"] and match["digits"] + said[match.end() : match.end() + 1]
        if match[0] not in quoted and not (unmarked and unmarked in quoted):
            return match[0]  # 排名第344位 is what 排名344位 is
    return ""


def widened(said: str, quoted: str) -> str:
    """Return the word by which ``said`` reaches as far as ``quoted`` never does, or empty."""
    return next((match[0] for match in _SCOPE.finditer(said) if match[0] not in quoted), "")


def dropped(said: str, quoted: str) -> str:
    """Return the word by which ``quoted`` is turned and ``said`` is not; empty if there is none."""
    for number in sorted(qualities(quoted) - qualities(said)):
        if _QUALITIES[number].kept:
            return _word(_QUALITIES[number], quoted)
    return ""


def unplanned(said: str, lead: str, quoted: str, headings: str) -> str:
    """Return the word that makes ``quoted`` a plan, if ``said`` is none; empty otherwise.

    ``lead`` is the sentence before ``quoted``, ``headings`` what it stands under.
    """
    if _AHEAD.search(said) or _DONE.search(quoted):
        return ""
    match = _AHEAD.search(lead.rpartition(";")[2]) or _HEADING.search(headings)
    return match[0] if match else ""


def undone(said: str, after: str) -> str:
    """Return the word by which what comes ``after`` takes a statement back, if ``said`` has none.

    ``after`` is the rest of the quote: that of the sentence counts, and denials behind it.
    """
    rest = re.split("[。!?\n]", after, maxsplit=1)
    match = _TAKEN_BACK.search(rest[0]) or (_DENIED.search(rest[1]) if len(rest) > 1 else None)
    return match[0] if match and match[0] not in said else ""


def is_conditional(folded: str) -> bool:
    """Tell whether what follows a folded clause is not said outright: 如果…, 据传."""
    groups = {_QUALITIES[number].group for number in qualities(folded)}
    return bool(groups & {"condition", "doubt"})


def is_former(folded: str, start: int) -> bool:
    """Tell whether the figure at ``start`` is what something was before: 由20年提高到50年."""
    return bool(_FORMER.search(folded[:start]))


def _word(quality: _Quality, text: str) -> str:
    match = quality.pattern.search(text)
    return match[0] if match else ""

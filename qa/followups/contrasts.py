"""Words that stand in contrast: 城镇 and 农村, 收入 and 支出, 同比 and 环比.

One of them alone, after a question that has its counterpart, asks the same of the other.
"""

from __future__ import annotations

import re

from qa.types import Span

_GROUPS = tuple(
    tuple(sorted(group.split(), key=lambda word: -len(word)))
    for group in (
        "城镇 农村 城市 乡村 城乡 全体",
        "收入 支出",
        "可支配收入 消费支出 纯收入",
        "增幅 降幅 增速",
        "涨幅 跌幅",
        "同比 环比",
        "进口 出口 进出口",
        "进境 出境 入境",
        "男性 女性",
        "男 女",
        "男生 女生",
        "老年人 未成年人 青年 儿童 成人 学生",
        "户籍 常住 流动 外来",
        "流入 流出",
        "迁入 迁出",
        "出生 死亡",
        "结婚 离婚",
        "就业 失业",
        "公办 民办 公立 私立",
        "国有 民营 外资 私营 集体",
        "国内 国外 境内 境外 海外 入境",
        "省内 省外",
        "存款 贷款",
        "盈利 亏损",
        "资产 负债",
        "上行 下行",
        "上午 下午 晚上",
        "首班 末班",
        "去程 返程 回程",
        "直达 中转",
        "一等座 二等座 商务座",
        "单程 往返",
        "工作日 周末 节假日",
        "开始 结束",
        "开工 竣工 完工",
        "报名 考试",
        "幼儿园 小学 初中 高中 中学 大学 中职 高职",
        "本科 专科 研究生 博士 硕士",
        "门诊 住院 急诊",
        "医生 护士 医师",
        "播种 收获",
        "早稻 晚稻 中稻",
        "一产 二产 三产",
        "工业 农业 服务业",
        "轻工业 重工业",
        "规上 规下",
        "新房 二手房",
        "线上 线下",
        "室内 室外",
        "最高 最低",
        "最大 最小",
        "最多 最少",
        "最早 最晚",
        "新建 改建 扩建",
        "十一五 十二五 十三五 十四五 十五五",
    )
)
_BASE = re.compile("同比|环比|比增|[比较](?:上年|去年|上个?月|前年)(?:同期)?")
_GROWTH = "(?:增长|上涨|下降|减少|增加|提高|提升|降低|回落|上升|下滑)"
_NEW_BASE = re.compile(
    f"(?P<base>同比|环比|[比较](?:上年|去年|上个?月|前年)(?:同期)?)(?P<growth>{_GROWTH})?"
)


def counterpart(folded: str, said: str) -> Span | None:
    """Return the stretch of a folded question that ``said`` stands in contrast to.

    It reaches as far as both agree: 女婴 takes the place of 男婴, 进口额 that of 出口总额, and 农村
    that of 城镇 alone.
    """
    for group in _GROUPS:
        for own in group:
            at = said.find(own)
            if at < 0:
                continue
            before, after = said[:at], said[at + len(own) :]
            for other in group:
                if other != own and (span := _fitting(folded, other, before, after, group)):
                    return span
            break  # the longest of a group that is said
    return None


def _fitting(
    folded: str, other: str, before: str, after: str, group: tuple[str, ...]
) -> Span | None:
    """Return where ``other`` stands between what is said beside it."""
    for match in re.finditer(re.escape(other), folded):
        start, end = match.span()
        longer = any(
            other in word and word != other and word in folded[max(0, start - 2) : end + 2]
            for word in group
        )
        if longer or not folded.startswith(before, start - len(before)):
            continue
        within = folded.find(after, end, end + 3 + len(after))
        if within >= 0:
            return start - len(before), within + len(after)
    return None


def another_base(folded: str, said: str) -> tuple[Span, str] | None:
    """Return where a folded question says what it compares with, and what to say instead.

    None if ``said`` is not a base of comparison, or the question has none.
    """
    new = _NEW_BASE.fullmatch(said)
    old = _BASE.search(folded)
    if new is None or old is None or old[0] == new["base"]:
        return None
    start, end = old.span()
    if new["growth"] and (growth := re.match(_GROWTH, folded[end:])):
        end += growth.end()
    base = new["base"] + ("增长" if old[0] == "比增" and not new["growth"] else new["growth"] or "")
    return (start, end), base


def is_base(said: str) -> bool:
    """Tell whether a folded text is a base of comparison and no more: 同比, 比上年增长."""
    return bool(_NEW_BASE.fullmatch(said))

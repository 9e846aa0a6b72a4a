"""Names that statistics abbreviate: who asks for GDP is answered by 地区生产总值, and the reverse.

A question is asked anew with the other name only where its own finds no evidence, and the answer's
``reading`` says so.  Only names that mean the same everywhere belong here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LATIN = "(?<![A-Za-zＡ-Ｚａ-ｚ]){}(?![A-Za-zＡ-Ｚａ-ｚ])"
# What stands in a question, as a pattern, and what may stand in the articles instead.  After the
# National Bureau of Statistics' glossary (统计局《主要统计指标解释》).
_NAMES = tuple(
    (re.compile(pattern, re.IGNORECASE), other)
    for pattern, other in (
        (_LATIN.format("GDP"), "生产总值"),
        ("(?:地区|国内)?生产总值", "GDP"),
        (_LATIN.format("CPI"), "居民消费价格"),
        ("居民消费价格(?:总?指数)?", "CPI"),
        (_LATIN.format("PPI"), "工业生产者出厂价格"),
        ("工业生产者出厂价格(?:指数)?", "PPI"),
        (_LATIN.format("PMI"), "采购经理指数"),
        ("采购经理(?:人)?指数", "PMI"),
        (_LATIN.format(r"R\s*[&＆]\s*D"), "研究与试验发展"),
        ("研究与试验发展", "R&D"),
        ("规模以上", "规上"),
        ("规上", "规模以上"),
        ("固投", "固定资产投资"),
        ("社零(?:总额)?", "社会消费品零售总额"),
        ("(?<!第)(?<!单)一产(?!业)", "第一产业"),
        ("(?<!第)二产(?!业)", "第二产业"),
        ("(?<!第)三产(?!业)", "第三产业"),
        ("第([一二三])产业", r"\1产"),
    )
)


def others(question: str) -> Iterator[str]:
    """Yield the question with each of its names that has another one replaced by that."""
    for pattern, other in _NAMES:
        changed = pattern.sub(other, question)
        if changed != question:
            yield changed

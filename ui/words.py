"""The texts of the interface, in Chinese and English."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """All texts of the interface in one language; ``{n}`` and the like are filled in."""

    language: str
    name: str
    tagline: str
    # the empty conversation
    welcome: str
    lede: str
    examples: str
    empty: str
    empty_hint: str
    # asking
    placeholder: str
    question: str
    send: str
    new_chat: str
    working: str
    waiting_for_model: str
    # answers
    conversation: str
    you_asked: str
    answer: str
    cite: str
    no_evidence: str
    missing: str
    related: str
    related_item: str
    separator: str
    confident: str
    fairly: str
    unsure: str
    differ: str
    seconds: str
    error: str
    # evidence
    evidence: str
    evidence_hint: str
    evidence_steps: str
    original: str
    close: str
    no_date: str
    page: str
    cut: str
    link: str
    # the library
    articles: str
    fresh: str
    changed: str
    no_folder: str
    folder_gone: str
    stale_model: str
    update: str
    updating: str
    progress: str
    loading: str
    load_failed: str
    unreadable: str


CHINESE = Words(
    language="zh-CN",
    name="引据",
    tagline="答案只来自文章，句句可查原文",
    welcome="问文章，看原文。",
    lede="每个答案都附上它所在的句子；点一下编号，就到原文里那一处。找不到依据，就直说没有。",
    examples="试着问",
    empty="这里还没有文章",
    empty_hint="在终端运行 yinju sync 文件夹，把文章读进来。",
    placeholder="问一个文章里写着答案的问题",
    question="问题",
    send="提问",
    new_chat="新对话",
    working="正在查找原文",
    waiting_for_model="模型还在加载，加载好就回答",
    conversation="对话",
    you_asked="问",
    answer="答",
    cite="查看依据 {n}：",
    no_evidence="没有找到依据",
    missing="文章里没有提到：",
    related="相关段落（不是答案）",
    related_item="在原文中查看：",
    separator="、",
    confident="可靠",
    fairly="把握较大，请核对原文",
    unsure="把握不大，请核对原文",
    differ="几篇文章的说法不同，新的在前：",
    seconds="{n} 秒",
    error="出错了",
    evidence="依据",
    evidence_hint="原文会显示在这里",
    evidence_steps="点答案旁的编号，文章就翻到那一句。",
    original="原文",
    close="收起依据",
    no_date="日期不详",
    page="第{n}页",
    cut="文章较长，这里省去一部分",
    link="原网页",
    articles="{n} 篇文章",
    fresh="索引与文件夹一致",
    changed="文件夹有 {n} 处改动",
    no_folder="还没有指定文件夹",
    folder_gone="找不到文件夹",
    stale_model="索引来自另一个模型，请运行 yinju rebuild",
    update="更新索引",
    updating="正在更新索引",
    progress="正在更新索引：{done} / {total}",
    loading="模型正在加载",
    load_failed="模型加载失败：",
    unreadable="{n} 个文件读不了",
)

ENGLISH = Words(
    language="en",
    name="Yinju",
    tagline="Answers from the articles, quoted to the letter",
    welcome="Ask the articles. Read the source.",
    lede="Every answer comes with the sentence it stands in; one click on its number opens the "
    "article at that place. Where there is no evidence, it says so.",
    examples="Try asking",
    empty="There are no articles yet",
    empty_hint="Run yinju sync FOLDER in a terminal to read them in.",
    placeholder="Ask a question that the articles answer",
    question="Question",
    send="Ask",
    new_chat="New chat",
    working="Looking through the articles",
    waiting_for_model="The model is still loading; the answer follows right after",
    conversation="Conversation",
    you_asked="Q",
    answer="A",
    cite="Show evidence {n}: ",
    no_evidence="No evidence found",
    missing="Not mentioned in the articles: ",
    related="Related passages (not an answer)",
    related_item="Show in the article: ",
    separator=", ",
    confident="Reliable",
    fairly="Fairly sure, check the source",
    unsure="Not very sure, check the source",
    differ="Articles differ; the newest first:",
    seconds="{n} s",
    error="Something went wrong",
    evidence="Evidence",
    evidence_hint="The source appears here",
    evidence_steps="Click a number beside an answer to open the article at that sentence.",
    original="Full article",
    close="Close the evidence",
    no_date="no date",
    page="page {n}",
    cut="A long article; part of it is left out here",
    link="web page",
    articles="Articles: {n}",
    fresh="index matches the folder",
    changed="changes in the folder: {n}",
    no_folder="no folder yet",
    folder_gone="the folder is not there",
    stale_model="indexed with another model; run yinju rebuild",
    update="Update index",
    updating="Updating the index",
    progress="Updating the index: {done} / {total}",
    loading="The model is loading",
    load_failed="The model could not be loaded: ",
    unreadable="Unreadable files: {n}",
)

# Questions about the sample articles, offered where SAMPLE, one of them, is in the library.
SAMPLE = "004_d6bc51ccf7696407.txt"
EXAMPLES = (
    "鹤山引进了多少亿元以上项目",
    "潮州有多少个省级农业产业园",
    "区委书记是谁",
    "长沙镇发展什么养殖模式",
    "开平引进了多少亿元以上项目",
)

_RANGE = re.compile(r"\s*([A-Za-z]+)(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([0-9.]+)\s*)?")


def choose(accept_language: str | None) -> Words:
    """Return the texts for an ``Accept-Language`` header: English if it prefers that to Chinese."""
    best = {"zh": 0.0, "en": 0.0}
    for part in (accept_language or "").split(","):
        match = _RANGE.fullmatch(part)
        if match and match[1].lower() in best:
            try:
                quality = float(match[2] or 1)
            except ValueError:
                continue
            best[match[1].lower()] = max(best[match[1].lower()], quality)
    return ENGLISH if best["en"] > best["zh"] else CHINESE

"""OpenAI's interface, used by the ``openai`` package against a running server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from markdown_it import MarkdownIt

from qa import Library
from tests.serving import ARTICLES, HESHAN, library_of, serving
from ui.programs.markdown import markdown

pytestmark = [
    # Gradio counts its events with calls that newer versions of pandas have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
QUOTE = "鹤山市1月至9月引进亿元以上项目60个,创新高。"
CONTENT = f"60个 [1]\n\n[1] “{QUOTE}” — 鹤山提速 · 广州日报 · 2023-11-16"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library_of(tmp_path_factory.mktemp("openai") / "library") as opened:
        yield opened


@pytest.fixture(scope="module")
def address(library: Library) -> Iterator[str]:
    with serving(library) as found:
        yield found


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as made:
        yield made


def user(*questions: str) -> list[Any]:
    return [{"role": "user", "content": question} for question in questions]


def test_a_completion_is_the_answer_with_its_citations(
    client: openai.OpenAI, library: Library, address: str
) -> None:
    done = client.chat.completions.create(model="yinju", messages=user(HESHAN))
    (choice,) = done.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content == CONTENT
    (annotation,) = choice.message.annotations or []
    place = annotation.url_citation
    article = library.article("鹤山.txt")
    assert CONTENT[place.start_index : place.end_index] == CONTENT.split("\n\n")[1]
    assert (place.title, place.url) == ("鹤山提速", f"{address}/api/v1/articles/{article.id}")
    assert httpx.get(place.url).json()["text"] == ARTICLES["鹤山.txt"]
    citation = annotation.model_dump()["citation"]
    assert (citation["article"]["id"], citation["quote"]) == (article.id, QUOTE)
    assert article.text[citation["start"] : citation["end"]] == QUOTE


def test_usage_counts_characters(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="any", messages=user("潮州有几个村", HESHAN))
    assert done.usage is not None
    read = len("潮州有几个村") + len(HESHAN)
    assert (done.usage.prompt_tokens, done.usage.completion_tokens) == (read, len(CONTENT))
    assert done.usage.total_tokens == read + len(CONTENT)


@pytest.mark.parametrize("usage", [True, False])
def test_a_stream_is_the_same_in_pieces(client: openai.OpenAI, usage: bool) -> None:
    more: dict[str, Any] = {"stream_options": {"include_usage": True}} if usage else {}
    chunks = list(
        client.chat.completions.create(model="yinju", messages=user(HESHAN), stream=True, **more)
    )
    deltas = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert deltas[0].delta.role == "assistant"
    assert "".join(choice.delta.content or "" for choice in deltas) == CONTENT
    assert len([choice for choice in deltas if choice.delta.content]) > 1
    assert [choice.finish_reason for choice in deltas[-2:]] == [None, "stop"]
    (annotation,) = deltas[-1].delta.model_dump()["annotations"]
    assert annotation["citation"]["quote"] == QUOTE
    assert len({chunk.id for chunk in chunks}) == 1
    counted = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage]
    assert counted == ([len(CONTENT)] if usage else [])


def test_a_stream_ends_as_the_protocol_says(address: str) -> None:
    body = {"model": "yinju", "messages": user(HESHAN), "stream": True}
    answer = httpx.post(f"{address}/v1/chat/completions", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("\n\ndata: [DONE]\n\n")


def test_earlier_user_messages_are_the_history(client: openai.OpenAI) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Answer: 99个"},
        {"role": "user", "content": "鹤山市有多少个省级农业产业园"},
        {"role": "assistant", "content": "没有找到依据"},
        {"role": "user", "content": [{"type": "text", "text": "潮州呢？"}]},
    ]
    done = client.chat.completions.create(
        model="yinju",
        messages=messages,
        temperature=0.2,
        max_tokens=5,
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
        extra_body={"unknown": {"a": 1}},
    )
    assert (done.choices[0].message.content or "").startswith("16个 [1]")


def test_no_evidence_says_so_and_what_is_nearest(client: openai.OpenAI) -> None:
    asked = user("开平引进了多少亿元以上项目")
    message = client.chat.completions.create(model="yinju", messages=asked).choices[0].message
    assert (message.content or "").startswith("没有找到依据\n\n最接近的原文（不是答案）：\n\n“")
    assert "其中没有说到" not in (message.content or "")  # a passage that is shown has 开平
    assert "\n\n相关段落（不是答案）：\n\n“" in (message.content or "")
    assert message.annotations == []
    english = client.chat.completions.create(
        model="yinju", messages=asked, extra_headers={"accept-language": "en"}
    )
    assert (english.choices[0].message.content or "").startswith("No evidence found\n\n")


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["yinju"]
    assert client.models.retrieve("yinju").owned_by == "yinju"
    with pytest.raises(openai.NotFoundError, match="the only model here is yinju"):
        client.models.retrieve("gpt")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "system", "content": "甲"}]}, "no question"),
        ({"messages": user(" ")}, "no question"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "no question"),
        ({"n": 2}, "leave n at 1"),
        ({"tool_choice": "required"}, "leave tool_choice"),
        ({"response_format": {"type": "json_object"}}, "answers are text"),
    ],
)
def test_what_cannot_be_given_is_refused_in_their_form(
    client: openai.OpenAI, change: dict[str, Any], says: str
) -> None:
    arguments: dict[str, Any] = {"model": "yinju", "messages": user(HESHAN)}
    with pytest.raises(openai.BadRequestError, match=says) as refused:
        client.chat.completions.create(**(arguments | change))
    assert isinstance(refused.value.body, dict)
    assert set(refused.value.body) == {"message", "type", "param", "code"}
    assert refused.value.body["type"] == "invalid_request_error"


# -- Markdown ------------------------------------------------------------------------------------

HOSTILE = (
    "鹤山市<script>alert(1)</script>![x](http://evil/x.png)[点](javascript:alert(1))"
    "\u202e**粗**`码`$a$引进亿元以上项目60个。"
)


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "# 一",
        "- 一",
        "1. 一",
        "1.5亿元",
        "+",
        "---",
        "> 一",
        "a\n# b",
        "[1]: http://x",
        "-5℃",
        "|a|b|",
        "~~a~~",
        "&lt;",
        "\\",
        "*",
    ],
)
def test_text_is_shown_as_it_is(text: str) -> None:
    """CommonMark makes one paragraph of it, with no element, that reads as the text does."""
    tokens = (
        MarkdownIt("commonmark", {"html": True})
        .enable(["table", "strikethrough"])
        .parse(markdown(text))
    )
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children) == " ".join(
        text.replace("\u202e", "\ufffd").split()
    )


def test_a_hostile_article_is_quoted_inert(tmp_path: Path) -> None:
    articles = {"<b>.txt": f"[标题](javascript:x)\n来源：广州日报 2023-11-16\n\n{HOSTILE}\n"}
    with (
        library_of(tmp_path / "library", articles) as library,
        serving(library) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none") as client,
    ):
        done = client.chat.completions.create(model="yinju", messages=user(HESHAN))
    message = done.choices[0].message
    (annotation,) = message.annotations or []
    assert annotation.model_dump()["citation"]["quote"] in HOSTILE
    tokens = MarkdownIt("commonmark").parse(message.content or "")
    inline = [child.type for token in tokens for child in token.children or []]
    assert set(inline) <= {"text", "text_special"}
    assert annotation.url_citation.url.startswith(f"{address}/api/v1/articles/")

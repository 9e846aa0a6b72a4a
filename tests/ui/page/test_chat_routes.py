"""ui.page.chat.routes: exports with all that was asked, and prose over a route of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from qa import Filters, Library
from qa.presenting.answer_rows import HEADS
from qa.writing.prose import Writer
from tests.llm_server import Handler, says
from tests.llm_server import serving as llm_serving
from tests.serving import HESHAN, library_of, serving
from ui.guard.settings import ServerSettings
from ui.page.chat.memory import told
from ui.page.chat.turns import Turn
from ui.texts.languages import CHINESE, ENGLISH

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning")]
CHINESE_READER = {"accept-language": "zh-CN"}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def turn(library: Library) -> dict[str, Any]:
    kept = told(Turn(HESHAN, library.ask(HESHAN)))
    assert kept is not None
    return kept


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]


def test_an_export_has_every_question(library: Library, turn: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(turn))
    changed["answer"]["citations"][0]["sheet"] = "1-000000000000"
    sent = [turn, changed, told(Turn("甲", lost=True)), told(Turn("乙", error="坏了"))]
    with serving(library) as address:
        for language, messages in (("zh-CN", CHINESE), ("en", ENGLISH)):
            response = httpx.post(
                f"{address}/conversation/export",
                json={"turns": sent},
                headers={"accept-language": language},
            )
            blocks = response.text.split("\n\n")
            assert blocks[2:4] == [f"## {HESHAN}", "**60个** \\[1\\]"]
            at = blocks.index(f"## {HESHAN}", 3)
            assert blocks[at : at + 6] == [
                *(f"## {HESHAN}", messages.lost, "## 甲", messages.lost),
                *("## 乙", f"{messages.error} 坏了"),
            ]


def test_an_export_to_excel_has_a_row_for_each_thing_said(
    library: Library, turn: dict[str, Any]
) -> None:
    with serving(library) as address:
        response = httpx.post(
            f"{address}/conversation/export?kind=xlsx",
            json={"turns": [turn, told(Turn("甲", lost=True))]},
            headers=CHINESE_READER,
        )
    assert response.headers["content-type"] == (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    values = openpyxl.load_workbook(BytesIO(response.content)).active.values
    rows = [tuple(cell or "" for cell in row) for row in values]
    assert rows[0] == ("问题", *HEADS)
    assert rows[1][:3] == (HESHAN, "", "60个")
    assert "亿元以上项目60个" in rows[1][4]
    assert rows[2] == ("甲", "", CHINESE.lost, *[""] * 7)


def test_sentences_come_checked_one_a_line(library: Library, turn: dict[str, Any]) -> None:
    prose = "鹤山市1月至9月引进亿元以上项目60个[1]。共引进<b>70</b>个[1]。"
    with llm_serving(says(prose)) as model, serving(library, prose=Writer(model.url, "m")) as url:
        response = httpx.post(
            f"{url}/conversation/write", json={"turn": turn}, headers=CHINESE_READER
        )
        first, second = (line["sentence"] for line in lines(response))
        assert "<bdi>鹤山市1月至9月引进亿元以上项目60个。</bdi>" in first
        assert 'data-number="1">[1]</button>' in first
        assert "<del>共引进&lt;b&gt;70&lt;/b&gt;个。</del>" in second
        assert "未经原文证实" in second


def test_a_model_that_fails_is_silent(library: Library, turn: dict[str, Any]) -> None:
    def fail(handler: Handler) -> None:
        handler.send_error(503)

    with llm_serving(fail) as model, serving(library, prose=Writer(model.url, "m")) as url:
        response = httpx.post(f"{url}/conversation/write", json={"turn": turn})
        assert lines(response) == [{"silent": True}]
        assert "127.0.0.1" not in response.text


def test_nothing_is_written_of_what_the_articles_do_not_say(
    library: Library, turn: dict[str, Any]
) -> None:
    turn["answer"]["text"] = "61个"
    with llm_serving(says("好。")) as model, serving(library, prose=Writer(model.url, "m")) as url:
        response = httpx.post(f"{url}/conversation/write", json={"turn": turn})
        assert response.status_code == 409
        assert response.json()["error"]["type"] == "article_changed"
        assert httpx.post(f"{url}/conversation/write", json={"turn": {}}).status_code == 409
        assert model.asked == []


def test_writing_counts_as_asking_and_is_off_without_a_model(
    library: Library, turn: dict[str, Any]
) -> None:
    with serving(library) as url:
        sent = httpx.post(f"{url}/conversation/write", json={"turn": turn})
        assert sent.status_code in {404, 405}
    with llm_serving(says("好[1]。")) as model:
        settings = ServerSettings(rate=2)
        with serving(library, settings, prose=Writer(model.url, "m")) as url:
            statuses = [
                httpx.post(f"{url}/conversation/write", json={"turn": turn}).status_code
                for _ in range(3)
            ]
    assert statuses == [200, 200, 429]


def test_what_could_be_asked_instead_is_within_the_filters(tmp_path: Path) -> None:
    articles = {
        "2023.txt": "江门报道\n来源：江门日报 2023-05-01\n\n江门市有省级农业产业园16个。\n",
        "2022.txt": "江门旧闻\n来源：江门日报 2022-05-01\n\n江门市有省级农业产业园11个。\n",
    }
    with library_of(tmp_path / "library", articles) as library:
        for year, found in (("2023", "16个"), ("2022", "11个")):
            filters = Filters(path=f"/{year}")
            answer = library.ask("江门市有多少只熊猫", filters=filters)
            assert answer.status == "no_evidence"
            for question in library.suggest(answer):
                assert library.ask(question, filters=filters).text == found
            with serving(library) as address:
                asked = {"question": answer.question, "path": f"/{year}"}
                got = httpx.get(f"{address}/conversation/suggest", params=asked)
                assert got.json() == {"questions": list(library.suggest(answer))}
                assert got.json()["questions"] != []


def test_articles_are_offered_by_words(library: Library) -> None:
    with serving(library) as address:
        found = httpx.get(f"{address}/conversation/articles", params={"words": "提速"})
        assert found.json() == {"articles": [{"path": "鹤山.txt", "title": "鹤山提速"}]}
        every = httpx.get(f"{address}/conversation/articles", params={"words": ""}).json()
        assert [offered["path"] for offered in every["articles"]] == [
            *("开平.txt", "潮州.txt", "鹤山.txt")
        ]


def test_several_conversations_are_exported_each_under_its_name(
    library: Library, turn: dict[str, Any]
) -> None:
    sent = [
        {"title": "第一个 *对话*", "turns": [turn, told(Turn("甲", lost=True))]},
        {"title": "<b>二</b>", "turns": [{"question": 3}]},
    ]
    with serving(library) as address:
        response = httpx.post(
            f"{address}/conversation/export/all",
            json={"conversations": sent},
            headers=CHINESE_READER,
        )
        many = {"conversations": [{"title": "多", "turns": []}] * 11}
        refused = httpx.post(f"{address}/conversation/export/all", json=many)
    blocks = response.text.split("\n\n")
    day = blocks[1]
    assert blocks[:4] == ["# 第一个 \\*对话\\*", day, f"## {HESHAN}", "**60个** \\[1\\]"]
    at = blocks.index("## 甲")
    assert blocks[at : at + 3] == ["## 甲", CHINESE.lost, "## 参考文献"]
    assert blocks[-2:] == ["# &lt;b&gt;二&lt;/b&gt;", f"{day}\n"]
    assert refused.status_code == 422

"""The MCP server, used by the official client: over stdio in a process of its own, and HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from qa import Library
from tests.serving import ARTICLES, HESHAN, library_of, running
from ui.guard.login import Cost, Logins, hash_password
from ui.guard.settings import ServerSettings
from ui.model_loading import ModelLoading
from ui.programs import mcp as ours
from ui.programs.mcp import MAX_WINDOW, MissingExtraError, http_app, mcp_server
from ui.service import Service

ROOT = Path(__file__).parents[3]
CHEAP = Cost(n=16, r=1, p=1)
# The command, with an encoder and a reader that need no model; what they print goes astray.
SCRIPT = """
import sys, time
from pathlib import Path
from qa.search.encoders import Encoders
from qa.library import Library
from qa.reading.reader import Reader
from tests.rule_reader import RuleReader
from tests.conftest import HashEncoder

Encoders.make = lambda self, settings: HashEncoder()
Reader.load = classmethod(lambda cls: RuleReader())
gate = Path(sys.argv.pop())
warm_up = Library.warm_up

def slow(self):
    print("stray words")
    sys.stdout.flush()
    while not gate.exists():
        time.sleep(0.02)
    warm_up(self)

Library.warm_up = slow
from qa.cli import main
main()
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library_of(tmp_path_factory.mktemp("mcp") / "library") as opened:
        yield opened


@contextmanager
def over_http(library: Library, settings: ServerSettings | None = None) -> Iterator[str]:
    with running(http_app(library, ModelLoading(library), settings or ServerSettings())) as address:
        yield address


@pytest.fixture(scope="module")
def address(library: Library) -> Iterator[str]:
    with over_http(library) as found:
        yield found


def use(server: Any, work: Callable[[Client], Awaitable[Any]]) -> Any:
    """Connect the official client to a server, and return what ``work`` does with it."""

    async def run() -> Any:
        async with Client(server, read_timeout_seconds=30) as client:
            return await work(client)

    return asyncio.run(run())


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    # What has no structure is the same in JSON, for clients that know no structures.
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


# -- over stdio ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_process_shakes_hands_before_its_models_are_loaded(
    library: Library, tmp_path: Path
) -> None:
    loaded = tmp_path / "loaded"
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-c", SCRIPT, "mcp", "--library", str(library.path), str(loaded)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )

    async def work(client: Client) -> Any:
        tools = await client.list_tools()
        read = await call(client, "read_article", article_id=library.article("鹤山.txt").id)
        loaded.touch()
        answer = await call(client, "ask", question=HESHAN)
        return [tool.name for tool in tools.tools], read, answer

    names, read, answer = use(parameters, work)
    assert names == ["ask", "search", "read_article"]
    assert read["text"] == ARTICLES["鹤山.txt"]
    assert (answer["status"], answer["text"]) == ("answered", "60个")
    (citation,) = answer["citations"]
    assert read["text"][citation["start"] : citation["end"]] == citation["quote"]


@pytest.mark.slow
def test_the_output_carries_the_protocol_only(library: Library, tmp_path: Path) -> None:
    (tmp_path / "loaded").touch()
    initialize = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "mcp", "-l", str(library.path), str(tmp_path / "loaded")],
        cwd=ROOT,
        input=json.dumps(initialize) + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["result"]["serverInfo"]["name"] == "yinju"
    assert "stray words" in done.stderr


# -- tools ---------------------------------------------------------------------------------------


def test_tools_are_described_and_typed(address: str) -> None:
    tools = use(f"{address}/mcp", lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["ask", "search", "read_article"]
    for tool in tools:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert tool.output_schema["type"] == "object"
        for argument in tool.input_schema["properties"].values():
            assert argument["description"]
    assert tools[0].input_schema["required"] == ["question"]
    assert set(tools[0].output_schema["properties"]) >= {"status", "text", "citations"}


def test_a_follow_up_leans_on_its_history(address: str) -> None:
    async def work(client: Client) -> Any:
        earlier = ["鹤山市有多少个省级农业产业园"]
        return await call(client, "ask", question="潮州呢？", history=earlier)

    assert use(f"{address}/mcp", work)["text"] == "16个"


def test_filters_restrict(address: str) -> None:
    async def work(client: Client) -> Any:
        asked = await call(client, "ask", question=HESHAN, article="潮州.txt")
        none = await client.call_tool("ask", {"question": HESHAN, "source": "北方日报"})
        assert none.is_error
        assert none.content[0].text.endswith("within the filters: widen them, or leave them out")
        found = await call(client, "search", query="项目", k=5, since="2023-01-01", rerank=True)
        there = await call(client, "search", query="项目", path="/潮州")
        kept = asked["filters"]["article"], asked["status"]
        return kept, *({hit["article"]["path"] for hit in hits["hits"]} for hits in (found, there))

    asked, found, there = use(f"{address}/mcp", work)
    assert (asked, found, there) == (("潮州.txt", "no_evidence"), {"鹤山.txt"}, {"潮州.txt"})


def test_an_article_is_read_in_stretches(address: str, library: Library) -> None:
    number, text = library.article("鹤山.txt").id, ARTICLES["鹤山.txt"]

    async def work(client: Client) -> list[Any]:
        return [
            await call(client, "read_article", article_id=number, start=start, length=length)
            for start, length in ((0, MAX_WINDOW), (5, 7), (10_000, 5))
        ]

    found = use(f"{address}/mcp", work)
    assert [(read["text"], read["start"], read["end"]) for read in found] == [
        (text, 0, len(text)),
        (text[5:12], 5, 12),
        ("", len(text), len(text)),
    ]
    assert {read["length"] for read in found} == {len(text)}
    assert found[0]["source"] == "广州日报"


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("read_article", {"article_id": 999}, "there is no article 999"),
        ("read_article", {"article_id": 2**63}, "less than or equal"),
        ("read_article", {"article_id": 1, "length": MAX_WINDOW + 1}, "less than or equal"),
        ("ask", {"question": " "}, "match pattern"),
        ("search", {"query": "甲", "k": 51}, "less than or equal"),
        ("search", {"query": "甲", "since": "yesterday"}, "valid date"),
    ],
)
def test_what_is_wrong_is_told_to_the_model(
    address: str, tool: str, arguments: dict[str, Any], says: str
) -> None:
    result = use(f"{address}/mcp", lambda client: client.call_tool(tool, arguments))
    assert result.is_error
    assert says in result.content[0].text


def test_a_missing_package_is_named(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'yinju\[mcp\]'"):
        mcp_server(Service(library, ModelLoading(library)))


# -- over HTTP: the gate -------------------------------------------------------------------------


def test_http_requires_a_login(library: Library) -> None:
    logins = Logins({"li": hash_password("correct horse", CHEAP)})
    with over_http(library, ServerSettings(auth=logins)) as address:
        assert httpx.post(f"{address}/mcp", json={}).status_code == 401

        async def ask(client: Client) -> Any:
            return await call(client, "ask", question=HESHAN)

        async def run(password: str) -> Any:
            async with httpx2.AsyncClient(auth=("li", password)) as http:
                transport = streamable_http_client(f"{address}/mcp", http_client=http)
                async with Client(transport) as client:
                    return await ask(client)

        assert asyncio.run(run("correct horse"))["text"] == "60个"
        with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
            asyncio.run(run("battery staple"))


def test_http_refuses_other_hosts_and_sites(address: str) -> None:
    refused = httpx.post(f"{address}/mcp", json={}, headers={"host": "evil.example"})
    assert refused.status_code == 421
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert httpx.post(f"{address}/mcp", json={}, headers=headers).status_code == 403
        assert httpx.get(f"{address}/mcp", headers=headers).status_code == 403


def test_questions_are_limited_and_reading_is_not(library: Library) -> None:
    with over_http(library, ServerSettings(rate=1)) as address:
        number = library.article("鹤山.txt").id

        async def work(client: Client) -> Any:
            await call(client, "ask", question=HESHAN)
            for _ in range(3):
                await call(client, "read_article", article_id=number)
            with pytest.raises(MCPError):
                await client.call_tool("search", {"query": HESHAN})
            return await call(client, "read_article", article_id=number)

        assert use(f"{address}/mcp", work)["text"] == ARTICLES["鹤山.txt"]


@pytest.mark.parametrize(
    ("body", "asks"),
    [
        ({"method": "tools/call", "params": {"name": "ask"}}, True),
        ({"method": "tools/call", "params": {"name": "read_article"}}, False),
        ({"method": "tools/list"}, False),
        ({"method": "tools/call", "params": 1}, False),
        ([{"method": "tools/call", "params": {"name": "ask"}}], True),
    ],
)
def test_which_requests_count(body: Any, asks: bool) -> None:
    assert ours._asks("POST", "/mcp", json.dumps(body).encode()) is asks
    assert not ours._asks("GET", "/mcp", b"")
    assert not ours._asks("POST", "/mcp", base64.b64decode("/w=="))

"""Many chats at the same time, over the page's own interface."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.benchmarks.chats import ask
from tests.serving import HESHAN, library_of, serving
from ui.guard.settings import ServerSettings

CHAOZHOU = "潮州有多少个省级农业产业园"
CHATS = 50


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fifty_chats_at_once_get_each_their_own_answer(tmp_path: Path) -> None:
    async def talk(address: str) -> list[tuple[str, str]]:
        limits = httpx.Limits(max_connections=CHATS)
        async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
            asked = [HESHAN if number % 2 else CHAOZHOU for number in range(CHATS)]
            answers = await asyncio.gather(*(ask(client, question) for question in asked))
        return [
            (question, answer["text"]) for question, (_, answer) in zip(asked, answers, strict=True)
        ]

    with (
        library_of(tmp_path / "library") as library,
        serving(library, ServerSettings(rate=CHATS)) as address,
    ):
        told = asyncio.run(talk(address))
    assert told == [
        (HESHAN, "60个") if number % 2 else (CHAOZHOU, "16个") for number in range(CHATS)
    ]

"""How long an answer takes when many chats ask at the same time.

Call::

    python -m tests.benchmarks.chats [--chats 50] [--rounds 3]

A server with the built-in models serves the sample articles.  Every chat asks over the page's own
interface (Gradio's queue), all of them at once; printed are the median and the 95th percentile of
the seconds until a chat has its answer, and how many answers were not those of a lone question.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from qa import Library
from tests.serving import serving
from ui.guard.settings import ServerSettings
from ui.texts.languages import EXAMPLES

SEEDS = Path(__file__).parents[2] / "seeds"


async def ask(client: httpx.AsyncClient, question: str) -> tuple[float, dict[str, Any]]:
    """Ask as the page's client does; return the seconds that it took and the answer."""
    started = time.perf_counter()
    call = await client.post("/gradio_api/call/ask", json={"data": [question, []]})
    event = call.raise_for_status().json()["event_id"]
    name = ""
    async with client.stream("GET", f"/gradio_api/call/ask/{event}") as events:
        async for line in events.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: ") and name in {"complete", "error"}:
                if name == "error":
                    raise RuntimeError(line)
                answer: dict[str, Any] = json.loads(line.removeprefix("data: "))[0]
                return time.perf_counter() - started, answer
    raise RuntimeError(f"no answer to {question}")


async def measure(address: str, chats: int, rounds: int) -> tuple[list[float], int]:
    """Let that many chats ask at once, some times; return the seconds, and the wrong answers."""
    limits = httpx.Limits(max_connections=chats)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits) as client:
        alone = {question: (await ask(client, question))[1]["text"] for question in EXAMPLES}
        seconds: list[float] = []
        wrong = 0
        for _ in range(rounds):
            asked = [EXAMPLES[number % len(EXAMPLES)] for number in range(chats)]
            answers = await asyncio.gather(*(ask(client, question) for question in asked))
            seconds += [took for took, _ in answers]
            wrong += sum(
                answer["text"] != alone[question]
                for question, (_, answer) in zip(asked, answers, strict=True)
            )
    return seconds, wrong


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as scratch,
        Library.open(Path(scratch, "library")) as library,
    ):
        library.sync(SEEDS)
        library.warm_up()
        with serving(library, ServerSettings(rate=0)) as address:
            seconds, wrong = asyncio.run(measure(address, arguments.chats, arguments.rounds))
    p95 = statistics.quantiles(seconds, n=20)[-1]
    print(
        f"{arguments.chats} chats at once, {arguments.rounds} times: median "
        f"{statistics.median(seconds):.2f} s, p95 {p95:.2f} s, wrong answers {wrong}"
    )


if __name__ == "__main__":
    main()

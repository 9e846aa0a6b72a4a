"""Gradio's queue on a running server: bounded for each client and in all, and still when idle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from qa import Library
from tests.serving import library_of, serving
from ui.guard import events

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
GREET = 0  # the page's first event, which runs no model


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with library_of(tmp_path_factory.mktemp("events") / "library") as opened:
        yield opened


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> list[events.EventQueue]:
    """The queues that servers make from here on."""
    made: list[events.EventQueue] = []
    init = events.EventQueue.__init__

    def noted(queue: events.EventQueue, *args: Any, **options: Any) -> None:
        init(queue, *args, **options)
        made.append(queue)

    monkeypatch.setattr(events.EventQueue, "__init__", noted)
    return made


def join(address: str, session: str, client: str = "192.0.2.1") -> httpx.Response:
    return httpx.post(
        f"{address}/gradio_api/queue/join",
        json={"data": [], "fn_index": GREET, "session_hash": session},
        headers={"x-forwarded-for": client},
    )


def fetch(address: str, session: str) -> str:
    place = f"{address}/gradio_api/queue/data"
    return httpx.get(place, params={"session_hash": session}, timeout=30).text


def settled(queue: events.EventQueue) -> None:
    while len(queue) or any(queue.active_jobs):
        time.sleep(0.02)


def test_idle_is_idle(library: Library) -> None:
    with serving(library) as address:
        assert httpx.get(address).status_code == 200
        time.sleep(1)
        before = time.process_time()
        time.sleep(4)
        assert time.process_time() - before < 0.04  # 1 %, by which Gradio's own is six times above


def test_an_event_is_answered_at_once(library: Library) -> None:
    with serving(library) as address:
        join(address, "first")
        fetch(address, "first")
        before = time.monotonic()
        join(address, "second")
        assert "process_completed" in fetch(address, "second")
        assert time.monotonic() - before < 2


def test_what_one_client_lets_lie_stops_that_client_alone(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EVENTS_OF_CLIENT", 4)
    with serving(library) as address:
        answers = [join(address, f"s{number}").status_code for number in range(6)]
        assert answers == [200] * 4 + [503] * 2
        assert join(address, "s6").json()["detail"].startswith("等待回答的太多")
        assert join(address, "another", "192.0.2.2").status_code == 200
        assert "process_completed" in fetch(address, "another")
        fetch(address, "s1")
        assert join(address, "s7").status_code == 200


def test_all_clients_together_are_bounded(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "EVENTS", 3)
    with serving(library) as address:
        told = [join(address, f"s{n}", f"192.0.2.{n}").status_code for n in range(1, 6)]
    assert told == [200, 200, 200, 503, 503]


def test_answers_that_nobody_fetches_are_forgotten(
    library: Library, monkeypatch: pytest.MonkeyPatch, queues: list[events.EventQueue]
) -> None:
    monkeypatch.setattr(events, "EVENTS_OF_CLIENT", 2)
    with serving(library) as address:
        for session in ("a", "b"):
            join(address, session)
        (queue,) = queues
        settled(queue)
        assert join(address, "c").status_code == 503
        monkeypatch.setattr(events, "_UNFETCHED", -1.0)
        assert join(address, "c").status_code == 200
        assert set(queue.pending_messages_per_session) == {"c"}
        assert set(queue.pending_event_ids_session) == {"c"}


def test_a_client_s_oldest_session_gives_way(
    library: Library, monkeypatch: pytest.MonkeyPatch, queues: list[events.EventQueue]
) -> None:
    monkeypatch.setattr(events, "SESSIONS_OF_CLIENT", 3)
    with serving(library) as address:
        join(address, "other", "192.0.2.2")
        (queue,) = queues
        for number in range(6):
            join(address, f"s{number}")
            settled(queue)
        assert queue.server_app is not None
        held = set(queue.server_app.state_holder.session_data)
    assert held == {"other", "s3", "s4", "s5"}


def test_a_session_is_of_one_client(library: Library) -> None:
    with serving(library) as address:
        assert join(address, "mine").status_code == 200
        assert join(address, "mine", "192.0.2.2").status_code == 503
        assert join(address, "mine").status_code == 200

"""The page's events: Gradio's queue, bounded for each client and in all, and still when idle."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import fastapi
import gradio as gr
from gradio.block_function import BlockFunction
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue
from gradio.utils import run_coro_in_background, set_task_name

from ui.guard.limits import client_name
from ui.problems import TooManyRequestsError, problem_of
from ui.texts.languages import choose

CLIENT = "yinju.client"  # where a request's scope tells whose it is: a login, else an address
EVENTS, EVENTS_OF_CLIENT = 400, 100  # that wait, run, or are answered and not fetched yet
SESSIONS, SESSIONS_OF_CLIENT = 1_000, 100  # open pages whose conversation is held here
_UNFETCHED = 60.0  # seconds for which an answer waits for a page that does not fetch it


class EventQueue(Queue):
    """What pages have asked for and not been given yet.

    Whoever joins is held against the bounds before anything of it is kept.  Gradio's own queue has
    no bounds but for all clients together, looks for events a thousand times a second, and keeps
    answers that nobody fetches for good.
    """

    def __init__(self, page: gr.Blocks, clock: Callable[[], float] = time.monotonic) -> None:
        """Queue the events of ``page``, which has Gradio's queue by now."""
        super().__init__(
            live_updates=True,
            concurrency_count=page.max_threads,
            update_intervals=1,
            max_size=None,
            blocks=page,
            default_concurrency_limit="not_set",
        )
        self._clock = clock
        self._woken = asyncio.Event()
        self._clients: OrderedDict[str, str] = OrderedDict()  # of sessions, the last to ask last
        self._unfetched: dict[str, float] = {}  # sessions, and since when an answer waits

    def start(self) -> None:
        """Begin to hand on events; progress is not looked after, for the page shows none."""
        self.active_jobs = [None] * self.max_thread_count
        run_coro_in_background(self.start_processing)

    async def push(
        self, body: PredictBodyInternal, request: fastapi.Request, username: str | None
    ) -> tuple[bool, Any, Any]:
        """Take an event, or tell why not."""
        client = _client(request)
        self._tidy()
        if self._is_full(client) or self._is_of_another(body.session_hash, client):
            error = TooManyRequestsError(
                "too_many_events", "too much is waiting to be answered; try again in some seconds"
            )
            messages = choose(request.headers.get("accept-language"))
            return False, problem_of(error, messages=messages).message, "queue_full"
        done = await super().push(body, request, username)
        if done[0] and body.session_hash is not None:  # which has one by now
            self._clients[body.session_hash] = client
            self._clients.move_to_end(body.session_hash)
            self._bound_sessions(client)
        self._woken.set()
        return done

    async def start_processing(self) -> None:
        """Hand on what comes, as it comes and as others end."""
        try:
            while not self.stopped:
                self._woken.clear()  # first: what comes from here on is seen, now or by waking
                while None in self.active_jobs:
                    async with self.delete_lock:
                        found = self.get_events()
                    if found is None:
                        break
                    self._begin(*found)
                await self._woken.wait()
        finally:
            self.stopped = True
            self._cancel_asyncio_tasks()  # type: ignore[no-untyped-call]

    def _begin(self, events: list[Event], batch: bool, concurrency_id: str) -> None:
        self.active_jobs[self.active_jobs.index(None)] = events
        queue = self.event_queue_per_concurrency_id[concurrency_id]
        fn, now = events[0].fn, time.time()
        queue.current_concurrency += 1
        queue.start_times_per_fn[fn].add(now)
        task = run_coro_in_background(self.process_events, events, batch, now, fn)
        # By its name the task is found when the event is cancelled.
        set_task_name(task, events[0].session_hash, fn._id, events[0]._id, batch)
        self._asyncio_tasks.add(task)
        task.add_done_callback(self._asyncio_tasks.discard)
        self.broadcast_estimations(concurrency_id)

    async def process_events(
        self,
        events: list[Event],
        batch: bool,
        begin_time: float,
        fn: BlockFunction,
    ) -> None:
        """Answer events, and look whether others waited for it."""
        try:
            await super().process_events(events, batch, begin_time, fn)
        finally:
            self._woken.set()

    def _is_full(self, client: str) -> bool:
        held = Counter[str]()
        for session, events in self.pending_event_ids_session.items():
            held[self._clients.get(session, "")] += len(events)
        return held.total() >= EVENTS or held[client] >= EVENTS_OF_CLIENT

    def _is_of_another(self, session: str | None, client: str) -> bool:
        """Tell whether a session is somebody else's, whose answers this client would get."""
        return session is not None and self._clients.get(session, client) != client

    def _tidy(self) -> None:
        """Forget answers that nobody fetches, and what is left of sessions that have them all."""
        now = self._clock()
        for session, messages in list(self.pending_messages_per_session.items()):
            if not messages.empty():
                if now - self._unfetched.setdefault(session, now) > _UNFETCHED:
                    self._forget(session)
                continue
            self._unfetched.pop(session, None)
            if not self.pending_event_ids_session.get(session):
                self._forget(session)

    def _forget(self, session: str) -> None:
        """Drop the events and answers of a session; its conversation stays."""
        for events in self.active_jobs:
            for event in events or ():
                if event.session_hash == session:
                    event.alive = False
        for queue in self.event_queue_per_concurrency_id.values():
            queue.queue[:] = [event for event in queue.queue if event.session_hash != session]
        for number in self.pending_event_ids_session.pop(session, ()):
            self.event_ids_to_events.pop(number, None)
        self.pending_messages_per_session.pop(session, None)
        self._unfetched.pop(session, None)

    def _bound_sessions(self, client: str) -> None:
        """Let the oldest sessions of whoever has too many give way."""
        counts = Counter(self._clients.values())
        if counts[client] > SESSIONS_OF_CLIENT:
            self._end(client)
        elif len(self._clients) > SESSIONS:
            self._end(counts.most_common(1)[0][0])

    def _end(self, client: str) -> None:
        """Forget all of a client's oldest session."""
        session = next(session for session, owner in self._clients.items() if owner == client)
        del self._clients[session]
        self._forget(session)
        app: Any = self.server_app  # Gradio's, which it is told of after it is made
        if app is not None:
            holder = app.state_holder
            holder.session_data.pop(session, None)
            holder.time_last_used.pop(session, None)


def _client(request: fastapi.Request) -> str:
    told = request.scope.get(CLIENT)
    return told or client_name(request.client.host if request.client else "")

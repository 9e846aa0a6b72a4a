"""The workers that a process starts on its machine, and ends."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import uuid
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from embeddings import Encoder
from qa import errors
from qa.articles.processes import start_module
from qa.errors import LibraryError, ModelError
from qa.store.store import Store

REPORTED = 2  # exit status of a worker that wrote its error to standard output
_PATIENCE = 5.0  # seconds that a worker may take to end


class Orders(NamedTuple):
    """What a worker is told.

    Its ``name`` is one that no other has.  ``elsewhere`` says that another machine runs the sync,
    so that ``folder``, and what is in it, may be another one by mistake.  ``encoder`` is used
    instead of the one that the library names.
    """

    place: Path | str
    folder: Path
    encoder: Encoder | None
    elsewhere: bool
    name: str


class WorkerPool:
    """Processes that run :mod:`qa.syncing.worker`, from entering the context to leaving it."""

    def __init__(self, store: Store, orders: Orders) -> None:
        """Let them work by ``orders``, each under a name of its own, on ``store``."""
        self._store = store
        self._orders = orders
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> WorkerPool:
        """Return the pool itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all of them, and give back what they had."""
        for process in self._processes.values():
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        for name, process in self._processes.items():
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
            with suppress(LibraryError):  # whatever is wrong has been told; leases end as well
                self._store.shares.release(name)
        self._processes = {}

    def start(self, count: int) -> None:
        """Start as many workers, among which the machine's cores are divided.

        Raises:
            ModelError: if the encoder cannot be handed to another process.
        """
        threads = str(max(1, _cores() // count))
        names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
        environment = dict.fromkeys(names, threads)
        for _ in range(count):
            name = uuid.uuid4().hex
            try:
                orders = pickle.dumps(tuple(self._orders._replace(name=name)))
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                raise ModelError(
                    "encoder_not_pickled",
                    "this encoder cannot be handed to other processes ({said}); sync with one "
                    "worker",
                    said=error,
                ) from error
            process = start_module(
                "qa.syncing.worker", environment, articles=self._orders.folder, silent=False
            )
            self._processes[name] = process
            if process.stdin is not None:
                with suppress(OSError):  # it died at once, which shows when it is watched
                    process.stdin.write(orders)
                    process.stdin.flush()

    @property
    def is_alive(self) -> bool:
        """Tell whether there is one left."""
        return bool(self._processes)

    @property
    def pids(self) -> list[int]:
        """The numbers of those that are left."""
        return [process.pid for process in self._processes.values()]

    def watch(self) -> None:
        """Look after them: what a dead one had is given back.

        Raises:
            YinjuError: what one of them met.
        """
        for name, process in list(self._processes.items()):
            if process.poll() is None:
                continue
            if process.returncode == REPORTED and process.stdout is not None:
                kind, told = json.loads(process.stdout.read())
                raise getattr(errors, kind).restored(**told)
            del self._processes[name]
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            self._store.shares.release(name)


def _cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # which not every system has
    return len(allowed(0)) if allowed else os.cpu_count() or 1

"""How many threads a calculation takes: as many as there are cores that nobody uses now."""

from __future__ import annotations

import os
import threading
from pathlib import Path

_LOAD = Path("/proc/loadavg")  # Linux alone tells how many threads run now
_most: int | None = None  # what torch would take by itself, or was told to
_asking = threading.Lock()  # torch for that, before anybody here has told it another number


def free_cores() -> int | None:
    """Return how many of the machine's cores run no other thread now; None if nothing tells."""
    try:
        running, _, _ = _LOAD.read_text(encoding="ascii").split()[3].partition("/")
        others = int(running) - 1  # this one runs
    except (OSError, ValueError, IndexError):
        return None
    return max(0, (os.cpu_count() or 1) - others)


def fit_threads() -> None:
    """Have torch's next calculation in this thread take the free cores, one at least.

    Threads beyond these wait for each other's turns, and the whole calculation waits for the last:
    with other processes at work that costs more than it brings.  No more are taken than torch
    would take by itself, which OMP_NUM_THREADS and the processor's affinity bound.
    """
    import torch

    global _most  # noqa: PLW0603 - torch has one setting for the whole process, and so have we
    with _asking:
        if _most is None:
            _most = torch.get_num_threads()
    free = free_cores()
    if free is not None:
        torch.set_num_threads(max(1, min(_most, free)))

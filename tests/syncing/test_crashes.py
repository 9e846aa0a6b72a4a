"""A library survives kill −9 at any moment; ``tests.benchmarks.crashes`` tells how it is tried."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the rounds are forked")
@pytest.mark.parametrize(("rounds", "seed"), [(8, 1), pytest.param(200, 2, marks=pytest.mark.slow)])
def test_a_sync_or_rebuild_may_be_killed_at_any_moment(rounds: int, seed: int) -> None:
    program = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.crashes"]
    done = subprocess.run(
        [*program, str(rounds), "--seed", str(seed)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{rounds} rounds" in done.stdout

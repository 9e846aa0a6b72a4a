"""Processes of this program beside this one, which are talked to through pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def start_module(
    module: str, environment: Mapping[str, str] | None = None, *, silent: bool
) -> subprocess.Popen[bytes]:
    """Run one of our modules with Python, standard input and output being pipes.

    ``environment`` is added to that of this process.  What it writes to standard error is shown,
    unless ``silent``.  Ctrl-C in the terminal does not reach it: who started it has to end it.
    """
    # What this process imports, the other one has to find as well.
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    return subprocess.Popen(  # noqa: S603 - modules that we name ourselves
        [sys.executable, "-W", "ignore", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if silent else None,
        env={
            **os.environ,
            **(environment or {}),
            "PYTHONPATH": paths,
            "PYTHONIOENCODING": "utf-8",
        },
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )

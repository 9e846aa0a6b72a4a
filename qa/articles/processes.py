"""Processes of this program beside this one, which are talked to through pipes.

None of them imports from the current folder, nor from the folder of articles: a ``json.py`` or a
``qa/`` that lies there is data.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

# ``python -m`` and ``python -c`` put the current folder before all others.  -I does more than -P,
# which Python 3.10 has not; either is handed on to the processes that multiprocessing starts.
_SAFE = "-P" if sys.version_info >= (3, 11) else "-I"
# Given the paths in so many words, the process looks nowhere else, whatever it was started with.
_START = (
    "import sys; sys.path[:] = sys.argv[2:]; import runpy;"
    " runpy.run_module(sys.argv[1], run_name='__main__', alter_sys=True)"
)


def import_paths(articles: Path | None = None) -> list[str]:
    """Return where this process looks for modules, but for the current folder and ``articles``.

    The current folder is there by an empty entry, or by the name that an empty entry of PYTHONPATH
    is given; other entries that are not absolute lie below it.  Where it is this program's own, it
    comes last, and hides nothing.
    """
    data = {os.path.realpath(articles)} if articles is not None else set()
    with suppress(OSError):  # it is gone, and nothing can be imported from it
        data.add(os.path.realpath(Path.cwd()))
    paths = [
        path for path in sys.path if Path(path).is_absolute() and os.path.realpath(path) not in data
    ]
    own = str(Path(__file__).resolve().parents[2])
    return paths if own in map(os.path.realpath, paths) else [*paths, own]


def forget_current_folder() -> None:
    """Import nothing more from the current folder, in this process and those that it starts."""
    sys.path[:] = import_paths()
    os.environ["PYTHONSAFEPATH"] = "1"


def start_module(
    module: str,
    environment: Mapping[str, str] | None = None,
    *,
    articles: Path | None,
    silent: bool,
) -> subprocess.Popen[bytes]:
    """Run one of our modules with Python, standard input and output being pipes.

    ``environment`` is added to that of this process.  ``articles`` is the folder of articles, if
    it is known.  What it writes to standard error is shown, unless ``silent``.  Ctrl-C in the
    terminal does not reach it: who started it has to end it.
    """
    # What this process imports, the other one has to find as well.
    paths = import_paths(articles)
    return subprocess.Popen(  # noqa: S603 - modules that we name ourselves
        [sys.executable, _SAFE, "-W", "ignore", "-c", _START, module, *paths],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if silent else None,
        env={
            **os.environ,
            **(environment or {}),
            # For what Python imports before it runs a line of ours.
            "PYTHONPATH": os.pathsep.join(path for path in paths if os.pathsep not in path),
            "PYTHONSAFEPATH": "1",
            "PYTHONIOENCODING": "utf-8",
        },
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )

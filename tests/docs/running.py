"""A reader at work: runs a page's blocks one after another, in a folder as the page supposes it."""

from __future__ import annotations

import gc
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from qa.cli import main
from tests.docs.pages import DOCS, ROOT, Block

SERVER = "http://127.0.0.1:7860"  # where the pages suppose the server to be
_FOR_A_SHELL = re.compile(r"[|&;<>$*]|^(?!yinju )", re.MULTILINE)
_SECONDS = re.compile(r"\d+\.\d\d 秒")


class Workplace:
    """A folder with the sample articles as ``seeds`` and as ``~/articles``, and ``docs``."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make it, and go there."""
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        shutil.copytree(ROOT / "seeds", folder / "home" / "articles")
        (folder / "docs").symlink_to(DOCS)
        monkeypatch.setenv("HOME", str(folder / "home"))
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        monkeypatch.chdir(folder)
        self.folder = folder
        self._monkeypatch = monkeypatch

    def run(self, block: Block, server: str) -> str:
        """Run a block, and return what it prints; ``server`` is where one is."""
        code = block.code.replace(SERVER, server)
        if block.language == "python":
            return self._python(code, str(block))
        if _FOR_A_SHELL.search(code.replace("\\\n", " ").strip()):
            return self._shell(code)
        return "".join(
            self._yinju(shlex.split(line, comments=True)[1:]) for line in code.splitlines() if line
        )

    @staticmethod
    def _python(code: str, name: str) -> str:
        printed = io.StringIO()
        namespace = {"__name__": "__main__"}
        with warnings.catch_warnings(), redirect_stdout(printed):
            warnings.simplefilter("ignore", ResourceWarning)  # a short program may leave that
            exec(compile(code, name, "exec"), namespace)  # noqa: S102 - our own pages
            namespace.clear()
            gc.collect()
        return printed.getvalue()

    @staticmethod
    def _shell(code: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n{code}"], capture_output=True, text=True,
            encoding="utf-8", check=False, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _yinju(self, words: list[str]) -> str:
        """Run our command in this process, which has imported torch already."""
        words = [str(Path(word).expanduser()) if word.startswith("~/") else word for word in words]
        self._monkeypatch.setattr(sys, "argv", ["yinju", *words])
        printed, failed = io.StringIO(), io.StringIO()
        with redirect_stdout(printed), redirect_stderr(failed), pytest.raises(SystemExit) as left:
            main()
        assert left.value.code in {0, None}, failed.getvalue() or printed.getvalue()
        return printed.getvalue()


def is_like(printed: str, shown: str) -> bool:
    """Tell whether a page shows what is printed; … stands for anything, and no time is another."""
    said, wanted = (_SECONDS.sub("0.00 秒", text).strip() for text in (printed, shown))
    pattern = ".*".join(map(re.escape, wanted.split("…")))
    return re.fullmatch(pattern, said, re.DOTALL) is not None

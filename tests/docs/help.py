"""The help of every command, as ``docs/command-line.md`` shows it.

python -m tests.docs.help     # writes it anew
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.docs.pages import DOCS, ROOT

PAGES = (DOCS / "command-line.md", DOCS / "command-line.zh.md")
WIDTH = "88"
_MARKED = re.compile(r"(<!-- help -->\n).*?(<!-- /help -->)", re.DOTALL)
_END = "\x1e"
_PRINTER = f"""
from typer.main import get_command
from qa.cli import app
for name in ("", *get_command(app).commands):
    print(name)
    try:
        app([name, "--help"] if name else ["--help"], prog_name="yinju")
    except SystemExit:
        print({_END!r}, end="")
"""


def helps() -> dict[str, str]:
    """Return what ``yinju --help`` prints, and each command's help by the command's name."""
    environment = {name: value for name, value in os.environ.items() if name != "FORCE_COLOR"}
    plain = {
        "TERMINAL_WIDTH": WIDTH,
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
        "_TYPER_FORCE_DISABLE_TERMINAL": "1",
    }
    printed = subprocess.run(
        [sys.executable, "-c", _PRINTER], cwd=ROOT, env=environment | plain,
        capture_output=True, check=True,
    ).stdout.decode("utf-8")  # fmt: skip
    found = (item.split("\n", 1) for item in printed.split(_END) if item.strip())
    return {name: "\n".join(map(str.rstrip, text.strip().split("\n"))) for name, text in found}


def with_help(text: str, found: dict[str, str]) -> str:
    """Return a page with the help in its place."""
    made = "\n".join(
        f"### {f'yinju {name}'.strip()}\n\n```text\n{said}\n```\n" for name, said in found.items()
    )
    written, count = _MARKED.subn(lambda match: f"{match[1]}\n{made}\n{match[2]}", text)
    if count != 1:
        raise SystemExit("there is no place for the help: <!-- help --> … <!-- /help -->")
    return written


def main() -> None:
    """Write the help into its pages."""
    found = helps()
    for page in PAGES:
        page.write_text(with_help(page.read_text(encoding="utf-8"), found), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What a release is made of says the same everywhere: its version, its notes, what it requires."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qa

ROOT = Path(__file__).parents[2]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
FORMATS = {"trafilatura", "python-docx", "pypdfium2", "lxml", "lxml-html-clean"}


def required(name: str) -> set[str]:
    """Return the packages in a list of pyproject.toml, whose versions are left out."""
    found = re.search(rf"^{name} = \[(.*?)^[]\w]", PROJECT, re.DOTALL | re.MULTILINE)
    assert found is not None
    return set(re.findall(r'^ +"([\w-]+)', found[1], re.MULTILINE))


@pytest.fixture
def notes(
    need: Callable[[object, str], None], tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run ``make notes`` on a changelog."""
    need(shutil.which("make"), "make")
    shutil.copy(ROOT / "Makefile", tmp_path)
    environment = {key: value for key, value in os.environ.items() if key != "VERSION"}

    def run(changelog: str, *arguments: str) -> tuple[int, str, str]:
        (tmp_path / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
        done = subprocess.run(
            ["make", "--silent", "notes", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_the_newest_version_of_the_changelog_is_this_one() -> None:
    newest = re.search(r"^## (\S+)", CHANGELOG, re.MULTILINE)
    assert newest is not None
    assert newest[1] == qa.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", qa.__version__)
    assert 'dynamic = ["version"]' in PROJECT


def test_the_citation_is_of_this_version() -> None:
    import yaml

    cited: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(cited)
    assert cited["version"] == qa.__version__
    assert f'license = "{cited["license"]}"' in PROJECT


def test_notes_are_a_version_s_part_of_the_changelog(notes: Any) -> None:
    changelog = (
        "# Log\n\n## 0.2.0 — Unreleased\n\n### Added\n\n- b\n\n## 0.1.0 — 2026-01-02\n\n- a\n"
    )
    assert notes(changelog) == (0, "### Added\n\n- b\n\n", "")
    assert notes(changelog, "VERSION=0.2.0") == (0, "### Added\n\n- b\n\n", "")
    assert notes(changelog, "VERSION=0.1.0") == (0, "- a\n", "")
    for version in ("0.1", '0.1.0"; touch x #', "$(touch x)"):
        status, out, err = notes(changelog, f"VERSION={version}")
        assert (status, out) == (2, "")
        assert err.startswith(f"CHANGELOG.md has no version {version}\n")


def test_the_notes_of_this_version_are_not_empty(notes: Any) -> None:
    status, out, err = notes(CHANGELOG, f"VERSION={qa.__version__}")
    assert (status, err) == (0, "")
    assert out.startswith("### ")
    assert out in CHANGELOG
    assert len(out.splitlines()) > 10


def test_every_format_is_read_without_an_extra() -> None:
    assert required("dependencies") >= FORMATS
    assert required("formats") == set()
    assert required("postgres") == {"psycopg"}

"""What GitHub reads: the workflow and the forms for issues.  actionlint is run by .ci/run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
FORMS = [
    path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if path.stem != "config"
]
FIELDS = {"name", "description", "title", "labels", "body"}
KINDS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}


def loaded(path: Path) -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_the_matrix_is_every_python_that_is_allowed_on_three_systems() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pythons = re.findall(r"Programming Language :: Python :: (3\.\d+)", project)
    jobs = loaded(GITHUB / "workflows" / "ci.yml")["jobs"]
    matrix = jobs["without-models"]["strategy"]["matrix"]
    assert matrix["python"] == pythons
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    low, high = pythons[0], int(pythons[-1].partition(".")[2]) + 1
    assert f'requires-python = ">={low},<3.{high}"' in project


def test_the_workflow_runs_what_is_there() -> None:
    jobs = loaded(GITHUB / "workflows" / "ci.yml")["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    named = {word for command in commands for word in re.findall(r"\.ci/\S+", command)}
    assert named == {".ci/run", ".ci/without_models.py"}
    assert all((ROOT / name).is_file() for name in named)


def test_what_is_installed_without_the_models_asks_for_no_torch() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "without_models.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    names = {re.split(r"[^\w.-]", line)[0] for line in done.stdout.splitlines()}
    assert {"numpy", "tokenizers", "gradio", "mcp", "pytest", "hypothesis", "pyyaml"} <= names
    assert not names & {"torch", "transformers", "sentence-transformers", "milvus-lite", "yinju"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_has_what_github_asks_of_one(path: Path) -> None:
    form = loaded(path)
    assert {"name", "description", "body"} <= set(form) <= FIELDS
    asked = [item for item in form["body"] if item["type"] != "markdown"]
    assert {item["type"] for item in form["body"]} <= KINDS
    assert all(item["attributes"]["label"] for item in asked)
    names = [item["id"] for item in asked]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w-]+", name) for name in names)
    assert any(item.get("validations", {}).get("required") for item in asked)
    assert "--version" in path.read_text(encoding="utf-8")


def test_a_wrong_answer_is_told_with_what_is_right_and_where_it_stands() -> None:
    asked = loaded(GITHUB / "ISSUE_TEMPLATE" / "wrong-answer.yml")["body"]
    required = {item["id"] for item in asked if item.get("validations", {}).get("required")}
    assert required == {"question", "answered", "expected", "quote", "version"}

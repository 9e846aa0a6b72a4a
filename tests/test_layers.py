"""Imports run one way: ui -> qa -> embeddings, and within each by the order of packages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("embeddings", "qa", "ui")  # a package imports itself and those before it

# A package imports itself and what stands above it; what is not named has no place.
ORDER = {
    "embeddings": ("",),
    "qa": (
        *("representation", "types", "errors", "config", "text"),
        *("language", "asking", "articles", "store", "reading", "search", "syncing"),
        *("answering", "writing", "presenting", "surveying", "watchlist"),
        *("consultation", "library", "evaluation", "", "questionnaire", "cli"),
    ),
    "ui": (
        *("escaping", "texts", "problems", "model_loading", "schema", "guard", "service"),
        *("page", "server", "programs", "app", ""),
    ),
}
SLOW_TO_IMPORT = (
    *("torch", "transformers", "sentence_transformers", "gradio", "docx", "psycopg"),
    *("numpy", "faiss", "tantivy", "rjieba", "opencc"),
)


class Import(NamedTuple):
    """A module of ours that a file imports, and whether it does so when it is itself imported."""

    name: str
    at_import: bool


def imports(path: Path) -> Iterator[Import]:
    """Yield what ``path`` imports of ours: ``qa.text`` for both ways of importing from it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            module = node.module or ""
            names = [
                f"{module}.{alias.name}" if is_module(f"{module}.{alias.name}") else module
                for alias in node.names
            ]
        for name in names:
            if name.split(".")[0] in PACKAGES:
                yield Import(name, id(node) not in inside)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def room(name: str) -> tuple[str, str]:
    """Return the package that a module is in, and what it is in there: ``("qa", "store")``."""
    top, _, below = name.partition(".")
    return top, below.partition(".")[0] if ORDER[top] != ("",) else ""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def private_names(source: str, own: tuple[str, str]) -> Iterator[str]:
    """Yield the private names of other rooms that a module of ``own`` takes, in both ways."""
    tree = ast.parse(source)
    others = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if room(name) != own:
                    others[alias.asname or alias.name] = name
    for name in others.values():
        if re.search(r"\._(?!_)", name):
            yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match("_(?!_)", node.attr):
            value = node.value
            if isinstance(value, ast.Name) and is_module(others.get(value.id, "nothing")):
                yield f"{others[value.id]}.{node.attr}"


def modules(package: str) -> list[Path]:
    return sorted(
        path
        for path in (ROOT / package).rglob("*.py")
        if "training" not in path.relative_to(ROOT).parts and "__pycache__" not in path.parts
    )


ALL_MODULES = [
    pytest.param(path, id=path.relative_to(ROOT).as_posix())
    for package in PACKAGES
    for path in modules(package)
]


def test_the_imports_of_a_file_are_seen_in_all_their_forms(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(
        "import qa.text, json\nfrom qa.store import store\nfrom qa.types import Span\n"
        "def f():\n    from embeddings import BUILTIN\n",
        encoding="utf-8",
    )
    assert set(imports(file)) == {
        Import("qa.text", True),
        Import("qa.store.store", True),
        Import("qa.types", True),
        Import("embeddings", False),
    }


@pytest.mark.parametrize("path", ALL_MODULES)
def test_a_package_imports_only_itself_and_lower_packages(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    allowed = set(PACKAGES[: PACKAGES.index(package) + 1])
    for name, at_import in imports(path):
        if path == ROOT / "qa" / "cli" / "servers.py" and name.split(".")[0] == "ui":
            assert not at_import, "yinju serve imports ui when it is called, not before"
            continue
        assert name.split(".")[0] in allowed, f"{name} is above {package}"


@pytest.mark.parametrize("path", ALL_MODULES)
def test_nothing_installed_imports_the_recipes(path: Path) -> None:
    assert [name for name, _ in imports(path) if "training" in name.split(".")] == []


@pytest.mark.parametrize("path", ALL_MODULES)
def test_every_module_has_its_place_in_the_order(path: Path) -> None:
    top, place = room(name_of(path))
    assert place in ORDER[top]


@pytest.mark.parametrize("path", ALL_MODULES)
def test_a_module_imports_only_its_own_package_and_those_above_it(path: Path) -> None:
    top, place = room(name_of(path))
    allowed = ORDER[top][: ORDER[top].index(place) + 1]
    rooms = [(name, room(name)) for name, _ in imports(path) if name.split(".")[0] == top]
    assert [name for name, (_, there) in rooms if there not in allowed] == []


@pytest.mark.parametrize("path", ALL_MODULES)
def test_no_module_takes_private_names_of_another_package(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert list(private_names(source, room(name_of(path)))) == []


def test_private_names_of_others_are_seen_in_both_forms() -> None:
    source = (
        "from qa.text import _table, fold\nfrom qa.store.store import _columns\n"
        "from qa import text\ntext._table, text.fold, text.__name__\n"
    )
    assert list(private_names(source, ("qa", "store"))) == ["qa.text._table"] * 2


def test_no_modules_import_each_other_in_a_circle() -> None:
    paths = [path for package in PACKAGES for path in modules(package)]
    own = {name_of(path): {name for name, _ in imports(path)} for path in paths}
    TopologicalSorter(own).prepare()


def test_only_the_library_puts_the_parts_together() -> None:
    parts = {"qa.store.store", "qa.search.indexes", "qa.search.hits", "qa.answering.answering"}
    together = [path.stem for path in modules("qa") if parts <= {name for name, _ in imports(path)}]
    assert together == ["library"]


@pytest.mark.parametrize("module", ["qa", "qa.cli", "qa.library"])
def test_a_library_is_listed_without_what_only_questions_need(module: str) -> None:
    code = (
        f"import sys, {module}; print(*(name for name in {SLOW_TO_IMPORT} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []

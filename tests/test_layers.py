"""Imports run one way: ui -> qa -> embeddings, and within each along the lists below."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("embeddings", "qa", "ui")  # a package imports itself and those before it

# A module imports only modules above it in its list.
LAYERS = {
    "embeddings": ("errors", "precision", "trunk", "direct", "encoder", "codes", "index"),
    "qa": (
        "types",
        "errors",
        "config",
        "lock",
        "feedback",
        "text",
        "dictionary",
        "viterbi",
        "tagging",
        "words",
        "numbers",
        "periods",
        "names",
        "decoding",
        "cleaning",
        "metadata",
        "formats",
        "formats.tables",
        "formats.layout",
        "formats.archives",
        "formats.rows",
        "formats.plain",
        "formats.jsonl",
        "formats.csv",
        "formats.html",
        "formats.docx",
        "formats.pdf",
        "formats.epub",
        "processes",
        "formats.sandbox",
        "documents",
        "passages",
        "reposts",
        "filtering",
        "inbox",
        "databases.protocol",
        "databases.sqlite_migrations",
        "databases.sqlite",
        "databases.transfer",
        "databases.addresses",
        "databases.characters",
        "databases.connections",
        "databases.postgres_errors",
        "databases.postgres_migrations",
        "databases.postgres",
        "databases",
        "vectors",
        "files",
        "records",
        "catalog",
        "passage_table",
        "repost_table",
        "share_table",
        "store",
        "encoders",
        "backup",
        "snapshots",
        "lexical",
        "folder",
        "indexes",
        "indexes.embedded",
        "indexes.sparse",
        "indexes.server",
        "indexes.collection",
        "indexes.ledger",
        "indexes.searching",
        "indexes.milvus",
        "retrieval",
        "finder",
        "counting",
        "asking",
        "questions",
        "regions",
        "routes",
        "phrases",
        "frames",
        "timing",
        "contrasts",
        "context",
        "ellipsis",
        "replacing",
        "completeness",
        "siblings",
        "nouns",
        "completing",
        "followups",
        "aliases",
        "matching",
        "spans",
        "reading",
        "rules",
        "windows",
        "spelling",
        "reader",
        "marking",
        "presenting",
        "comparing",
        "citing",
        "transcript",
        "pairing",
        "scene",
        "evidence",
        "suggesting",
        "qualifiers",
        "amounts",
        "wording",
        "clauses",
        "copies",
        "measures",
        "alignment",
        "rivals",
        "mentions",
        "verification",
        "fitting",
        "finding",
        "statements",
        "reranking",
        "answering",
        "ingest",
        "publishing",
        "crew",
        "worker",
        "ahead",
        "syncing",
        "view",
        "library",
        "watching",
        "wire",
        "llm",
        "prose",
        "evaluation",
        "printing",
        "cli.options",
        "cli.keeping",
        "cli.questioning",
        "cli.servers",
        "cli",
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


def name_in(package: str, path: Path) -> str:
    """Return a module's name below its package: ``formats.pdf``; empty for the package itself."""
    parts = path.relative_to(ROOT / package).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def file_of(package: str, module: str) -> Path:
    path = ROOT.joinpath(package, *module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


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


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_has_its_place_in_the_layers(package: str) -> None:
    assert {name_in(package, path) for path in modules(package)} - {*LAYERS[package], ""} == set()


@pytest.mark.parametrize(
    ("package", "module"),
    [
        (package, module)
        for package, layers in LAYERS.items()
        for module in layers
        if is_module(f"{package}.{module}")
    ],
)
def test_a_module_imports_only_lower_layers(package: str, module: str) -> None:
    layers = LAYERS[package]
    below = {f"{package}.{name}" for name in layers[: layers.index(module)]}
    own = [name for name, _ in imports(file_of(package, module)) if name.split(".")[0] == package]
    assert [name for name in own if name not in below] == []


def test_only_the_view_of_a_library_puts_the_parts_together() -> None:
    parts = {"qa.store.store", "qa.search.indexes", "qa.search.finder", "qa.answering.answering"}
    together = [path.stem for path in modules("qa") if parts <= {name for name, _ in imports(path)}]
    assert together == ["view"]


@pytest.mark.parametrize("module", ["qa", "qa.cli", "qa.library"])
def test_a_library_is_listed_without_what_only_questions_need(module: str) -> None:
    code = (
        f"import sys, {module}; print(*(name for name in {SLOW_TO_IMPORT} if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []

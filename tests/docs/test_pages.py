"""README and docs: short, in both languages; links lead somewhere, and options exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.main import get_command

from qa.cli import app
from tests.docs import help as help_texts
from tests.docs.pages import DOCS, ROOT, Block, commands, markdown_files, read

README = ROOT / "README.md"
USER_PAGES = sorted(page for page in DOCS.glob("*.md") if page.with_suffix(".zh.md").exists())
INSIDE = {"README", "how-it-works", "quality", "contributing-to-answers"}  # in English alone
BLOCKS = [block for path in (README, *sorted(DOCS.glob("*.md"))) for block in read(path).blocks]


def test_the_readme_is_read_in_two_minutes() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert "](.github/chat.png)" in text


def test_every_user_page_is_there_in_both_languages() -> None:
    names = {path.name.removesuffix(".md") for path in DOCS.glob("*.md")}
    english = {name for name in names if not name.endswith(".zh")} - INSIDE
    assert {name.removesuffix(".zh") for name in names if name.endswith(".zh")} == english
    index = set(read(DOCS / "README.md").links)
    assert {f"{name}.md" for name in names - {"README"}} <= index


@pytest.mark.parametrize("page", USER_PAGES, ids=lambda page: page.stem)
def test_both_languages_have_the_same_headings_and_code(page: Path) -> None:
    english, chinese = read(page), read(page.with_suffix(".zh.md"))
    assert chinese.levels == english.levels
    code = {block.bare for block in english.blocks}
    assert [str(block) for block in chinese.blocks if block.bare not in code] == []


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    lost = []
    for link in read(path).links:
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        there = target.exists() and target.is_relative_to(ROOT)
        if not there or (anchor and anchor not in read(target).anchors):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", help_texts.PAGES, ids=lambda page: page.name)
def test_the_help_is_that_of_the_program(page: Path, program_help: dict[str, str]) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == help_texts.with_help(text, program_help), "write it anew: make docs"


@pytest.fixture(scope="module")
def program_help() -> dict[str, str]:
    return help_texts.helps()


def test_json_is_json() -> None:
    found = [json.loads(block.code) for block in BLOCKS if block.language == "json"]
    assert found


def _parse(words: list[str]) -> None:
    """Parse a command line of ``yinju`` as the program would, and do nothing."""
    group = get_command(app)
    context = group.make_context("yinju", [*words])
    name, command, rest = group.resolve_command(context, words)
    command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.reason and b.language == "sh"], ids=str)
def test_what_is_not_run_could_be(block: Block) -> None:
    """Its commands of ours exist, with their options; its targets are those of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for program, *words in commands(block.code):
        if program == "yinju":
            _parse(words)
        elif program == "make":
            targets = [word for word in words if "=" not in word]
            assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


@pytest.mark.parametrize("path", [README, *sorted(DOCS.glob("*.md"))], ids=lambda path: path.name)
def test_commands_in_the_text_have_the_options_that_they_are_given(path: Path) -> None:
    known = get_command(app).commands
    for span in read(path).spans:
        if match := re.match(r"yinju ([a-z]+)", span):
            assert match[1] in known, span
            options = {name for option in known[match[1]].params for name in option.opts}
            assert set(re.findall(r"(?<!\S)--[a-z-]+", span)) <= options, span

"""The Markdown files of the repository, taken apart: headings, links, and what can be run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FOLDERS = (".github", "docs", "embeddings", "qa", "tests", "ui")
_NOT_RUN = re.compile(r"<!-- not run: (.+) -->\s*")
_COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
_ASSIGNMENT = re.compile(r"[A-Z_]+=.*")
_OPERATORS = frozenset({"&&", "||", "|", ";", "&"})


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: where it begins, why it is not run (empty if it is), what it prints."""

    page: str
    line: int
    language: str
    code: str
    reason: str = ""
    output: str | None = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def bare(self) -> str:
        """The code without its comments and their spaces, which a translation may change."""
        return "\n".join(line.strip() for line in _COMMENT.sub("", self.code).splitlines())


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown file: levels and anchors of its headings, its links, blocks, and spans of code."""

    path: Path
    levels: tuple[int, ...]
    anchors: frozenset[str]
    links: tuple[str, ...]
    blocks: tuple[Block, ...]
    spans: tuple[str, ...]


def markdown_files() -> list[Path]:
    """Return the Markdown files of the repository, without those of environments beside it."""
    within = (path for name in FOLDERS for path in (ROOT / name).rglob("*.md"))
    return sorted([*ROOT.glob("*.md"), *within])


@lru_cache
def read(path: Path) -> Page:
    """Take a Markdown file apart."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    headings = [
        (int(opening.tag[1]), _plain(inline))
        for opening, inline in pairwise(tokens)
        if opening.type == "heading_open"
    ]
    children = [child for token in tokens for child in token.children or ()]
    name = path.relative_to(ROOT).as_posix()
    return Page(
        path=path,
        levels=tuple(level for level, _ in headings),
        anchors=frozenset(_anchors(title for _, title in headings)),
        links=tuple(
            str(target)
            for child in children
            for target in (child.attrGet("href"), child.attrGet("src"))
            if target is not None
        ),
        blocks=tuple(_blocks(name, tokens)),
        spans=tuple(child.content for child in children if child.type == "code_inline"),
    )


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or ())


def _anchors(titles: Iterator[str]) -> Iterator[str]:
    """Yield the anchors that GitHub gives to headings."""
    seen: dict[str, int] = {}
    for title in titles:
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        count = seen[slug] = seen.get(slug, -1) + 1
        yield f"{slug}-{count}" if count else slug


def _blocks(name: str, tokens: list[Token]) -> Iterator[Block]:
    """Yield the blocks of code; one in ``text`` right after one that is run is what that prints."""
    shown = [token for token in tokens if token.nesting >= 0]
    for place, token in enumerate(shown):
        if token.type != "fence":
            continue
        before = shown[place - 1] if place else None
        after = shown[place + 1] if place + 1 < len(shown) else None
        marked = before is not None and before.type == "html_block"
        match = _NOT_RUN.fullmatch(before.content) if before is not None and marked else None
        printed = after is not None and after.type == "fence" and after.info == "text"
        yield Block(
            page=name,
            line=(token.map or [0])[0] + 1,
            language=token.info,
            code=token.content,
            reason=match[1] if match else "",
            output=after.content if after is not None and printed else None,
        )


def commands(code: str) -> Iterator[list[str]]:
    """Yield the commands of a block of shell, as lists of words without assignments before them."""
    for line in code.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words:
            end = next((n for n, word in enumerate(words) if word in _OPERATORS), len(words))
            command, words = words[:end], words[end + 1 :]
            while command and (_ASSIGNMENT.fullmatch(command[0]) or command[0] == "export"):
                command = command[1:]
            if command:
                yield command

"""ui.texts.errors: whatever goes wrong is told in the reader's language; every code there is."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from qa.errors import REFUSALS, ArticleUnreadableError, LibraryWriteError, YinjuError, refusal
from qa.types import Failure
from ui.texts.chinese_errors import CHINESE_ERRORS
from ui.texts.errors import sentence
from ui.texts.languages import CHINESE, ENGLISH

ROOT = Path(__file__).parents[3]
TREES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for package in ("embeddings", "qa", "ui")
    for path in sorted((ROOT / package).rglob("*.py"))
}
SEVERAL = "qa/errors.py"  # where the system's refusals get one of several codes, from REFUSALS


class Raised(NamedTuple):
    """What the code says of an error: its code, its English sentence, the names of its values."""

    code: str
    english: str
    values: frozenset[str]


def kinds() -> set[str]:
    """Return the names of our errors: all classes that go back to the one."""
    bases = {
        node.name: {ast.unparse(base) for base in node.bases}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"YinjuError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield where one of our errors is made, and how."""
    names = kinds()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if called in names:
                    yield path, node


def fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def all_raised() -> list[Raised]:
    found = []
    for path, node in calls():
        code, english = (arg.value if isinstance(arg, ast.Constant) else None for arg in node.args)
        values = frozenset(keyword.arg or "**" for keyword in node.keywords)
        assert isinstance(english, str), f"{path}:{node.lineno}: no sentence"
        codes = {*REFUSALS.values(), "system_refused"} if path == SEVERAL else {code}
        for each in codes:
            assert isinstance(each, str), f"{path}:{node.lineno}: no literal code"
            found.append(Raised(each, english, values))
    return found


RAISED = all_raised()
BY_CODE: dict[str, set[Raised]] = defaultdict(set)
for raised in RAISED:
    BY_CODE[raised.code].add(raised)


def test_the_errors_are_found_in_the_code() -> None:
    assert len(kinds()) >= 30
    assert len(BY_CODE) >= 150
    assert Raised("pdf_damaged", "the PDF is damaged: {said}", frozenset({"said"})) in RAISED
    assert {path for path, _ in calls()} >= {
        "embeddings/trunk.py",
        "qa/library.py",
        "ui/service.py",
    }


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_code_stands_for_one_sentence_with_the_same_values(code: str) -> None:
    assert re.fullmatch("[a-z]+(_[a-z]+)*", code)
    (told,) = BY_CODE[code]
    assert fields(told.english) <= told.values


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_every_code_has_a_chinese_sentence_that_uses_only_its_values(code: str) -> None:
    said = CHINESE_ERRORS[code]
    (told,) = BY_CODE[code]
    assert fields(said) <= told.values
    assert re.search("[\u4e00-\u9fff]", said) or code in {"upload_unreadable"}
    assert not re.search("[A-Za-z]+ [a-z]+ [a-z]+", said), "an English sentence on a Chinese page"


# Told in English alone, beside what a library says: where folders lie and which processes are in
# the way, as only who runs the program sees that; and what the Chinese sentence says in its words.
_ONLY_IN_ENGLISH = {
    "backup_without_library": {"state"},
    "database_in_use": {"holders"},
    "file_not_in_folder": {"folder"},
    "file_not_moved": {"target"},
    "library_in_use": {"process"},
    "no_text_column": {"names"},
    "upload_not_written": {"folder"},
    **{code: {"name"} for code in REFUSALS.values()},
}


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_what_varies_is_told_in_chinese_too(code: str) -> None:
    (told,) = BY_CODE[code]
    lost = told.values - fields(CHINESE_ERRORS[code]) - {"said"}
    assert lost == _ONLY_IN_ENGLISH.get(code, set())


def test_no_chinese_sentence_is_for_a_code_that_nothing_has() -> None:
    assert sorted(CHINESE_ERRORS.keys() - BY_CODE.keys()) == []


def test_numbers_and_reasons_within_reasons_are_kept() -> None:
    inner = ArticleUnreadableError(
        "text_too_long",
        "the text has more than {limit:,} characters; split the file",
        limit=5_000_000,
    )
    error = ArticleUnreadableError("line_unreadable", "line {line}: {reason}", line=3, reason=inner)
    assert sentence(error, CHINESE) == "第 3 行：文字超过 5,000,000 个字，请拆分"
    assert sentence(Failure.of("a.jsonl", error), CHINESE) == sentence(error, CHINESE)
    english = "line 3: the text has more than 5,000,000 characters; split the file"
    assert sentence(error, ENGLISH) == sentence(Failure.of("a", error), ENGLISH) == english


def test_what_a_library_says_in_english_is_not_repeated_in_chinese() -> None:
    said = "Failed to load document (PDFium: Data format error)."
    error = ArticleUnreadableError("pdf_damaged", "the PDF is damaged: {said}", said=said)
    assert sentence(error, CHINESE) == "PDF 已损坏"
    assert sentence(error, ENGLISH) == f"the PDF is damaged: {said}"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "磁盘已满"),
        (errno.EACCES, "没有权限"),
        (errno.EROFS, "磁盘是只读的"),
        (errno.EXDEV, "系统报错 EXDEV"),
    ],
)
def test_what_the_system_says_is_told_in_chinese(number: int, told: str) -> None:
    error = LibraryWriteError(
        "index_not_written",
        "the index cannot be written ({why}); the articles are safe: free some space and try again",
        why=refusal(OSError(number, os.strerror(number))),
    )
    assert sentence(error, CHINESE) == f"索引不能写入（{told}）；文章没有丢失，请腾出空间再试"
    assert os.strerror(number) in sentence(error, ENGLISH)


@pytest.mark.parametrize(
    "failure",
    [
        Failure("a.pdf", "something else"),  # as it was stored before there were codes
        Failure("a.pdf", "something else", "something_new", {}),
        Failure("a.pdf", "something else", "text_too_long", {"most": 3}),
        Failure("a.pdf", "something else", "text_too_long", {"limit": "many"}),
    ],
)
def test_what_has_no_chinese_sentence_is_told_in_english(failure: Failure) -> None:
    assert sentence(failure, CHINESE) == sentence(failure, ENGLISH) == "something else"


def test_an_error_that_is_no_code_of_ours_says_itself() -> None:
    assert sentence(YinjuError("of_a_plugin", "it is {how}", how="odd"), CHINESE) == "it is odd"

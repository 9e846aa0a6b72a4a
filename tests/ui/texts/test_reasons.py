"""ui.texts.reasons: why files cannot be read, in Chinese; every reason that there is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ui.texts.languages import CHINESE, ENGLISH
from ui.texts.reasons import reason_in

QA = Path(__file__).parents[3] / "qa"
TELLING = {"ArticleUnreadableError": 0, "Unreadable": 1, "Failure": 1}  # where the reason stands


def texts(node: ast.expr) -> Iterator[str]:
    """Yield what an expression may be, with 7 for everything that varies."""
    if isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values
        )


def reasons() -> list[str]:
    """Return the reasons that are written down in ``qa`` as the arguments of what tells them."""
    found = set()
    for path in QA.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = TELLING.get(node.func.id)
                if place is not None and len(node.args) > place:
                    found.update(texts(node.args[place]))
            elif isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == "reason" for target in node.targets
            ):
                found.update(texts(node.value))
    return sorted(found)


def test_the_reasons_are_found_in_the_code() -> None:
    assert len(reasons()) >= 35
    assert "the PDF is damaged: 7" in reasons()


@pytest.mark.parametrize("reason", reasons())
def test_every_reason_is_told_in_chinese(reason: str) -> None:
    said = reason_in(reason, CHINESE)
    assert any("\u4e00" <= character <= "\u9fff" for character in said)
    assert reason.count("7") == said.count("7")  # nothing that varies is lost
    assert reason_in(reason, ENGLISH) == reason


def test_numbers_and_what_others_say_are_kept() -> None:
    said = reason_in("line 3: the text has more than 5,000,000 characters; split the file", CHINESE)
    assert said == "第 3 行：文字超过 5,000,000 个字，请拆分"
    damaged = "the PDF is damaged: Failed to load document (PDFium: Data format error)."
    assert reason_in(damaged, CHINESE).startswith("PDF 已损坏：Failed to load document")
    assert reason_in("something else", CHINESE) == "something else"

"""qa.questionnaire.unfinished: what is answered stays, whole, until the sheet is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qa.errors import SheetError
from qa.presenting.answer_rows import AnswerRow
from qa.questionnaire.unfinished import Answered, Unfinished, folder_of

BASIS = {"state": [3, 7]}
ONE = Answered(True, (AnswerRow(answer="60个\u2028"), AnswerRow(part="甲")))
TWO = Answered(False, (AnswerRow(answer="没有找到依据"),))


def begun(sheet: Path) -> Path:
    unfinished = Unfinished(sheet, BASIS)
    with unfinished.held():
        unfinished.add("一", ONE)
        unfinished.add("二", TWO)
    return folder_of(sheet) / "answers.jsonl"


def taken_up(sheet: Path, basis: dict[str, list[int]] = BASIS) -> tuple[dict[str, Answered], int]:
    unfinished = Unfinished(sheet, basis)
    with unfinished.held():
        return dict(unfinished.answers), unfinished.dropped


def test_answers_are_taken_up_until_they_are_discarded(tmp_path: Path) -> None:
    sheet = tmp_path / "a.xlsx"
    begun(sheet)
    assert [path.name for path in tmp_path.iterdir()] == [".a.xlsx.unfinished"]
    assert taken_up(sheet) == ({"一": ONE, "二": TWO}, 0)
    unfinished = Unfinished(sheet, BASIS)
    with unfinished.held():
        unfinished.discard()
    assert list(tmp_path.iterdir()) == []


def test_what_nothing_was_answered_of_leaves_nothing(tmp_path: Path) -> None:
    assert taken_up(tmp_path / "a.xlsx") == ({}, 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_an_answer_that_was_cut_off_is_asked_again(tmp_path: Path, cut: int) -> None:
    path = begun(tmp_path / "a.xlsx")
    path.write_bytes(path.read_bytes()[:-cut])
    unfinished = Unfinished(tmp_path / "a.xlsx", BASIS)
    with unfinished.held():
        assert unfinished.answers == {"一": ONE}
        unfinished.add("三", TWO)
    assert taken_up(tmp_path / "a.xlsx") == ({"一": ONE, "三": TWO}, 0)


def test_zeros_that_a_power_cut_left_end_what_is_read(tmp_path: Path) -> None:
    path = begun(tmp_path / "a.xlsx")
    path.write_bytes(path.read_bytes() + bytes(50) + b"\n")
    assert taken_up(tmp_path / "a.xlsx") == ({"一": ONE, "二": TWO}, 0)


def test_answers_on_another_basis_are_dropped_and_counted(tmp_path: Path) -> None:
    begun(tmp_path / "a.xlsx")
    assert taken_up(tmp_path / "a.xlsx", {"state": [4, 8]}) == ({}, 2)
    assert list(tmp_path.iterdir()) == []


def test_one_process_at_a_time_writes_a_sheet(tmp_path: Path) -> None:
    begun(tmp_path / "a.xlsx")
    first = Unfinished(tmp_path / "a.xlsx", BASIS)
    with first.held():
        with pytest.raises(SheetError) as told, Unfinished(tmp_path / "a.xlsx", BASIS).held():
            pass
        first.add("三", TWO)
    assert told.value.code == "sheet_in_use"
    assert [*taken_up(tmp_path / "a.xlsx")[0]] == ["一", "二", "三"]


def test_a_system_that_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SheetError) as told:
        taken_up(tmp_path / "none" / "a.xlsx")
    assert told.value.code == "sheet_not_begun"

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    unfinished = Unfinished(tmp_path / "a.xlsx", BASIS)
    with unfinished.held():
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(SheetError, match="No space left on device"):
            unfinished.add("一", ONE)


def test_an_answer_that_fits_the_disk_in_part_is_told_and_cut_off(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits how large a file may be")
    path = begun(tmp_path / "a.xlsx")
    size = path.stat().st_size
    unfinished = Unfinished(tmp_path / "a.xlsx", BASIS)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with unfinished.held():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
        try:
            with pytest.raises(SheetError) as told:
                unfinished.add("三", ONE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert told.value.code == "sheet_not_begun"
    assert path.stat().st_size == size + 10
    assert taken_up(tmp_path / "a.xlsx") == ({"一": ONE, "二": TWO}, 0)


def test_what_somebody_else_put_there_stays(tmp_path: Path) -> None:
    path = begun(tmp_path / "a.xlsx")
    path.with_name("mine.txt").touch()
    unfinished = Unfinished(tmp_path / "a.xlsx", BASIS)
    with unfinished.held():
        unfinished.discard()
    assert [item.name for item in path.parent.iterdir()] == ["mine.txt"]

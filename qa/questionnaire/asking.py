"""A sheet of questions is asked: each question once, whatever stops it, and written when done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from qa import __version__
from qa.articles.formats import Cell
from qa.errors import SheetError, refusal
from qa.library import Library
from qa.presenting import spreadsheet
from qa.presenting.answer_rows import HEADS, AnswerRow, answer_rows
from qa.questionnaire.questions import QuestionSheet
from qa.questionnaire.unfinished import Answered, Unfinished, folder_of
from qa.types import Filters


class Outcome(NamedTuple):
    """How many rows have a question, and of these how many an answer.

    ``is_of_one_state`` tells whether all were answered from what the library holds now.
    """

    asked: int
    answered: int
    is_of_one_state: bool


def require_place(sheet: Path, questions: Path | None = None, *, force: bool = False) -> None:
    """See that answers may be written to ``sheet``; what is there is replaced by ``force`` alone.

    What this program has begun there it may finish.

    Raises:
        SheetError: if something is there, if it is the file of the questions, or no kind of sheet.
    """
    spreadsheet.kind_of(sheet)
    try:
        is_there = sheet.exists()
        is_asked = is_there and questions is not None and sheet.samefile(questions)
        is_begun = questions is not None and folder_of(sheet).is_dir()
    except FileNotFoundError:  # the questions, which is told when they are read
        is_asked = is_begun = False
    except OSError as error:
        raise SheetError(
            "sheet_not_written", "{path} cannot be written: {why}", path=sheet, why=refusal(error)
        ) from error
    if is_asked:
        raise SheetError(
            "sheet_of_questions",
            "{path} holds the questions; name another file for the answers",
            path=sheet,
        )
    if is_there and not force and not is_begun:
        raise SheetError(
            "sheet_there_already",
            "{path} is there already; name another file, or replace it: --force",
            path=sheet,
        )


class Questionnaire:
    """The questions of a sheet, asked of a library within filters."""

    def __init__(self, library: Library, questions: QuestionSheet, filters: Filters) -> None:
        """Take what is asked of what; nothing is asked yet."""
        self._library = library
        self._sheet = questions
        self._filters = filters
        self._state = library.store.state

    def unfinished(self, sheet: Path) -> Unfinished:
        """Return what is kept of the answers until ``sheet`` is written."""
        return Unfinished(sheet, self._basis())

    def _basis(self) -> Mapping[str, Any]:
        within = {name: str(value or "") for name, value in asdict(self._filters).items()}
        return {"yinju": __version__, "state": [*self._state], "within": within}

    def ask(self, unfinished: Unfinished, progress: Callable[[int, int], None]) -> None:
        """Ask what is not answered yet, the same question once, and store each answer at once.

        ``progress`` is called with the number of questions answered and of all.

        Raises:
            YinjuError: as :meth:`qa.Library.ask` does; what is answered stays stored.
        """
        questions = self._sheet.questions
        left = [question for question in questions if question not in unfinished.answers]
        for number, question in enumerate(left, start=len(questions) - len(left)):
            progress(number, len(questions))
            answer = self._library.ask(question, filters=self._filters)
            rows = answer_rows(answer, date.today())  # noqa: DTZ011 - the day of who asks
            unfinished.add(question, Answered(answer.status == "answered", rows))
        progress(len(questions), len(questions))

    def write(self, sheet: Path, answers: Mapping[str, Answered]) -> Outcome:
        """Write the rows of the questions with their answers behind them; return what came of it.

        Raises:
            SheetError: if the system refuses.
        """
        written: list[tuple[Cell, ...]] = []
        asked = answered = 0
        for row in self._sheet.rows:
            question = self._sheet.question(row)
            found = answers[question] if question else Answered(False, (AnswerRow(),))
            written += [(*row, *answer) for answer in found.rows]
            asked += bool(question)
            answered += found.has_evidence
        spreadsheet.write(sheet, (*self._sheet.heads, *HEADS), written)
        return Outcome(asked, answered, self._library.store.state == self._state)

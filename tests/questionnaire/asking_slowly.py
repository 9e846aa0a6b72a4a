"""The command, run as a process: it notes what it asks, and each question takes some time.

python -m tests.questionnaire.asking_slowly LIBRARY NOTES SECONDS ask --file …
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from qa import Library
from qa.cli import main, questioning
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader


class SlowLibrary(Library):
    """A library without torch."""

    notes: Path
    seconds: float

    def ask(self, question: str, *rest: Any, **options: Any) -> Any:
        with self.notes.open("a", encoding="utf-8") as file:
            file.write(f"{question}\n")
        time.sleep(self.seconds)
        return super().ask(question, *rest, **options)


if __name__ == "__main__":
    place, notes, seconds = sys.argv[1:4]
    sys.argv[1:4] = []
    SlowLibrary.notes, SlowLibrary.seconds = Path(notes), float(seconds)
    questioning.open_library = lambda _: SlowLibrary.open(  # type: ignore[assignment]
        place, encoder=HashEncoder(), reader=RuleReader()
    )
    main()

"""Options that restrict a question or a search to a part of the library."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Annotated

import typer

_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def first_day(value: str) -> date:
    """Return the first day of a year, of a month, or the day itself: 2023, 2023-11, 2023-11-16."""
    year, month, day = _parts(value)
    return date(year, month or 1, day or 1)


def last_day(value: str) -> date:
    """Return the last day of what :func:`first_day` takes."""
    year, month, day = _parts(value)
    month = month or 12
    first = date(year, month, day or 1)  # there is no such month else
    return first if day else date(year, month, monthrange(year, month)[1])


def _parts(value: str) -> tuple[int, int | None, int | None]:
    match = _DAY.fullmatch(value)
    if match is None:
        raise ValueError(value)  # which typer tells as a wrong value of the option
    year, month, day = match.groups()
    return int(year), int(month) if month else None, int(day) if day else None


SourceOption = Annotated[str, typer.Option("--source", help="Part of the source's name.")]
TitleOption = Annotated[str, typer.Option("--title", help="Part of the title.")]
PathOption = Annotated[
    str, typer.Option("--path", help="Part of the path; after a slash its beginning: /2023/.")
]
ArticleOption = Annotated[
    str, typer.Option("--article", metavar="PATH", help="This one article, by its whole path.")
]
_DATE = "YYYY[-MM[-DD]]"
SinceOption = Annotated[
    date | None,
    typer.Option(
        "--since",
        parser=first_day,
        metavar=_DATE,
        help="Published then or later; nothing undated.  2023 is from 2023-01-01 on.",
    ),
]
UntilOption = Annotated[
    date | None,
    typer.Option(
        "--until",
        parser=last_day,
        metavar=_DATE,
        help="Published then or earlier; nothing undated.  2023 is up to 2023-12-31.",
    ),
]

"""qa.presenting.sheet: citations as a spreadsheet opens them."""

from __future__ import annotations

import csv
import io
from datetime import date

from qa.presenting.sheet import COLUMNS, to_csv
from qa.types import Article, Citation


def test_a_citation_is_a_row_and_no_formula() -> None:
    text = "=1+1，\n“引进60个”。"
    article = Article(3, "a,b.txt", "-标题", "日报", date(2024, 1, 2), "", text, "0" * 64)
    rows = list(csv.reader(io.StringIO(to_csv([Citation(1, article, text, 0, len(text))]))))
    assert rows == [
        list(COLUMNS),
        ["1", "'-标题", "日报", "2024-01-02", f"'{text}", "a,b.txt", ""],
    ]


def test_a_listing_of_nothing_has_its_columns_alone() -> None:
    assert to_csv([]) == ",".join(COLUMNS) + "\r\n"

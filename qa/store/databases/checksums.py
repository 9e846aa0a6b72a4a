"""Checksums of stored articles: of all that a quote shows of one, as it stands in its columns.

They do not depend on which database it is.  The path is left out, since a file may be renamed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

CHECKED = ("title", "source", "published", "url", "text", "sha256", "pages", "recognized")
_BATCH = 200  # articles read at a time

Execute = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


def checksum(fields: Iterable[object]) -> str:
    """Return the checksum of the columns :data:`CHECKED`, in this order."""
    # Damage may have made another type of a value: it has to be told, and not to fail here.
    said = json.dumps(list(fields), ensure_ascii=False, default=repr)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def fill(execute: Execute) -> None:
    """Store the checksums of articles that were stored before there were any."""
    after = -1
    while True:
        rows = execute(
            f"SELECT version, {', '.join(CHECKED)} FROM articles WHERE version > ?"
            f" ORDER BY version LIMIT {_BATCH}",
            (after,),
        )
        for version, *fields in rows:
            execute(
                "UPDATE articles SET checksum = ? WHERE version = ?", (checksum(fields), version)
            )
        if not rows:
            return
        after = rows[-1][0]

"""The public data sets: JSON lines, packed with xz."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any


def read_lines(path: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a file, at most ``limit``."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, islice(lines, limit))

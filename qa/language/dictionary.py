"""jieba's data, read without jieba: its dictionary, and its model of words that this lacks.

``import jieba.posseg`` reads the dictionary line by line, and once more to count prefixes, for a
second; read at once it is there in a quarter of that, and no cache has to be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple


class Dictionary(NamedTuple):
    """Words with their parts of speech, and how often each was counted, of ``total`` in all."""

    tags: Mapping[str, str]
    counts: Mapping[str, int]
    total: int


def _folder() -> Path:
    found = find_spec("jieba")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("jieba is not installed", name="jieba")
    return Path(found.origin).parent


@cache
def load_dictionary() -> Dictionary:
    """Read jieba's dictionary: a word, its count and its part of speech on each line."""
    columns = (_folder() / "dict.txt").read_text(encoding="utf-8").split()
    words, counts = columns[::3], list(map(int, columns[1::3]))
    return Dictionary(
        dict(zip(words, columns[2::3], strict=True)),
        dict(zip(words, counts, strict=True)),
        sum(counts),
    )


def load_table(name: str) -> Mapping[Any, Any]:
    """Import one of the modules in which jieba keeps its tagger's model, without their package."""
    spec = spec_from_file_location(f"jieba_{name}", _folder() / "posseg" / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"jieba has no {name}", name="jieba")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    table: Mapping[Any, Any] = module.P
    return table

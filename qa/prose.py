"""x"""
from __future__ import annotations
import re
import unicodedata
_REFERENCE = re.compile(r" ?[\[【［〔]\s*(\d{1,3}(?:\s*[,，、;；-]\s*\d{1,3})*)\s*[\]】］〕]")
def references(written: str) -> tuple[str, tuple[int, ...]]:
    numbers = [int(n) for m in _REFERENCE.finditer(written) for n in re.findall(r"\d+", m[1])]
    return _REFERENCE.sub("", written).strip(), tuple(dict.fromkeys(numbers))

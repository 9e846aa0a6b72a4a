"""Print what yinju and its tests require, but for models and servers: for ``pip install -r``."""

from __future__ import annotations

import re
from importlib.metadata import requires

LEFT_OUT = {"yinju", "torch", "transformers", "sentence-transformers", "milvus-lite"}
EXTRAS = {"", "mcp", "test"}

for line in requires("yinju") or ():
    requirement, _, marker = (part.strip() for part in line.partition(";"))
    extra = re.sub(r"extra == ['\"](\w+)['\"]", r"\1", marker)
    if extra in EXTRAS and re.split(r"[^\w.-]", requirement)[0] not in LEFT_OUT:
        print(requirement)

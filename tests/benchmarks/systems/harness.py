"""Measure one system in this process, which is its own, and write what was measured as JSON.

    python -m tests.benchmarks.systems.harness NAME DATA SCRATCH RESULT [--questions N]

``DATA`` is a folder that :mod:`tests.benchmarks.systems.compare` makes.  Nothing but numpy and the
system itself is imported, so that this runs in the peers' environment, too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.systems import SYSTEMS, Documents, System, make

CUTS = (1, 5, 10)
_NEW = "引据的基准测试在此添加一篇新文章，说的是白鹭洲第七号观察站的潮位。"
_ASKED = "白鹭洲第七号观察站的潮位"


def read_lines(path: Path) -> list[Any]:
    """Read JSON lines."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_documents(data: Path, own: str) -> Documents:
    """Read what is indexed; ``own`` names the vectors, which differ where a system simplifies."""
    lines = read_lines(data / "passages.jsonl")
    return Documents(
        articles=read_lines(data / "articles.jsonl"),
        texts=[line["text"] for line in lines],
        document_of=[line["document"] for line in lines],
        vectors=np.load(data / f"{own}.npy"),
    )


def timed(action: Callable[[], Any]) -> float:
    """Return the seconds that ``action`` takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def ask(
    system: System, questions: list[dict[str, Any]], vectors: np.ndarray[Any, Any], warm: int = 20
) -> dict[str, Any]:
    """Ask all questions, the first ``warm`` twice; return recall and the seconds that each took."""
    for question, vector in zip(questions[:warm], vectors, strict=False):
        system.search(question["question"], vector, max(CUTS))
    found, seconds = [], []
    for question, vector in zip(questions, vectors, strict=True):
        started = time.perf_counter()
        documents = system.search(question["question"], vector, max(CUTS))
        seconds.append(time.perf_counter() - started)
        found.append(question["wanted"] in documents[:1])
        found.extend(question["wanted"] in documents[:cut] for cut in CUTS[1:])
    right = np.array(found, dtype=float).reshape(-1, len(CUTS)).mean(axis=0)
    return {
        "recall": dict(zip(map(str, CUTS), right.tolist(), strict=True)),
        "p50_ms": float(np.percentile(seconds, 50) * 1000),
        "p95_ms": float(np.percentile(seconds, 95) * 1000),
        "questions": len(questions),
    }


def measure(name: str, data: Path, scratch: Path, questions: int) -> dict[str, Any]:
    """Build, ask, add; return the figures."""
    peer = SYSTEMS[name][3]
    kind = "raw" if peer else "simplified"
    documents = read_documents(data, f"vectors-{kind}")
    every = read_lines(data / "questions.jsonl")
    step = max(1, len(every) // questions)  # spread over all sets
    vectors = np.load(data / f"questions-{kind}.npy")[::step]
    before = _resident()
    system = make(name, scratch)
    if prepare := getattr(system, "prepare", None):
        prepare(documents)
    build = timed(lambda: system.build(documents))
    asked = ask(system, every[::step], vectors)
    disk = sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file())
    memory = _resident() - before
    rng = np.random.default_rng(0)
    vector = rng.standard_normal(documents.vectors.shape[1]).astype(np.float32)
    vector /= np.linalg.norm(vector)
    os.sync()  # else whoever waits for the disk waits for what building wrote
    add = timed(lambda: system.add(_NEW, vector))
    is_found = max(documents.document_of) + 1 in system.search(_ASKED, vector, max(CUTS))
    return {
        "system": name,
        "passages": len(documents.texts),
        "documents": len(documents.articles),
        "build_s": build,
        "add_s": add if is_found else None,
        "disk_mb": disk / 1e6,
        "memory_mb": memory / 1e6,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "python": platform.python_version(),
        **asked,
    }


def _resident() -> int:
    """Return the bytes of memory that this process holds (Linux)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=SYSTEMS)
    parser.add_argument("data", type=Path)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--questions", type=int, default=670)
    arguments = parser.parse_args()
    figures = measure(arguments.name, arguments.data, arguments.scratch, arguments.questions)
    arguments.result.write_text(
        json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()

"""This project beside what its users would pick instead: one run, one machine, one table.

    python -m tests.benchmarks.systems.compare [--cache build/bench]
        [--news 0 12000 63668] [--runs 3 …]

Every system gets the same passages, the same vectors (made by ``tests.benchmarks.systems.corpus``)
and the same questions; each is measured in a process of its own, the peers in an environment of
their own, which is made from ``tests/benchmarks/peers.txt``.  Runs of the systems take turns, so
that what else the machine does hits all of them; the figures are medians.  What was measured is
kept, and a run that is cut off is continued.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from qa.text import simplify
from tests.benchmarks.data import DEFAULT_FOLDER
from tests.benchmarks.systems import SYSTEMS
from tests.benchmarks.systems.corpus import NEWS, Corpus, VectorFiles, passages, read_corpus

ROOT = Path(__file__).parents[3]
RESULTS = Path(__file__).parents[1] / "results"
PEERS = Path(__file__).parents[1] / "peers.txt"
MEDIANS = ("build_s", "add_s", "p50_ms", "p95_ms", "memory_mb", "peak_mb", "disk_mb")
OURS = ("sentence-transformers", "faiss-cpu", "tantivy", "torch", "numpy")


def write_data(corpus: Corpus, files: VectorFiles, folder: Path) -> None:
    """Write documents, passages, questions and vectors for the harness, if they are not there."""
    done = folder / "questions.jsonl"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    cut = [(number, text) for number, doc in enumerate(corpus.documents) for text in passages(doc)]
    _write_lines(folder / "articles.jsonl", corpus.documents)
    _write_lines(
        folder / "passages.jsonl", [{"document": number, "text": text} for number, text in cut]
    )
    asked = [row.question for row in corpus.questions]
    for name, change in (("raw", str), ("simplified", simplify)):
        # A text beyond the question sets was encoded in its simplified form only.
        rows = [
            files[t] if (t := change(text)) in files else files[simplify(text)] for _, text in cut
        ]
        np.save(folder / f"vectors-{name}.npy", np.stack(rows))
        np.save(folder / f"questions-{name}.npy", np.stack([files[change(t)] for t in asked]))
    questions = zip(asked, corpus.wanted, strict=True)
    _write_lines(done, [{"question": text, "wanted": wanted} for text, wanted in questions])


def _write_lines(path: Path, values: Sequence[Any]) -> None:
    scratch = path.with_suffix(".new")
    with scratch.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
    scratch.replace(path)


def peers_python(cache: Path) -> Path:
    """Return the Python of the peers' environment, which is made if it is not there."""
    folder = cache / "peers"
    python = folder / "bin" / "python"
    wanted = PEERS.read_text(encoding="utf-8")
    stamp = folder / "peers.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        venv.create(folder, with_pip=True, clear=True)
        for line in wanted.splitlines():  # torch first: it must not be fetched for another kind
            if line.strip() and not line.startswith("#"):
                subprocess.run([python, "-m", "pip", "install", "-q", *line.split()], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


def run(name: str, data: Path, python: Path, questions: int) -> dict[str, Any]:
    """Measure a system once, in a process of its own."""
    with tempfile.TemporaryDirectory(dir=data.parent) as scratch:
        result = Path(scratch, "result.json")
        folder = Path(scratch, "index")
        folder.mkdir()
        module = "tests.benchmarks.systems.harness"
        command = [python, "-W", "ignore", "-m", module, name, data, folder, result]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
        subprocess.run(
            [*command, "--questions", str(questions)], check=True, cwd=ROOT, env=environment
        )
        measured: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return measured


def machine() -> dict[str, str]:
    """Tell on what the figures were taken."""
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(": ")[1] for line in described if line.startswith("model name")), "")
    return {
        "processor": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "memory_gb": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f}",
        "system": platform.platform(),
        "python": platform.python_version(),
    } | {name: version(name) for name in OURS}


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians of several runs of one system on one corpus."""
    figures = dict(runs[0])
    for key in MEDIANS:
        values = [measured[key] for measured in runs if measured[key] is not None]
        figures[key] = statistics.median(values) if values else None
    return figures | {"runs": len(runs)}


def _sizes(news: Sequence[int], runs: Sequence[int]) -> Iterator[tuple[str, int, int]]:
    """Yield label, articles of news, and runs of each size."""
    each = runs if len(runs) > 1 else list(runs) * len(news)
    for count, times in sorted(zip(news, each, strict=True)):
        yield f"{count:06d}", count, times


def main() -> None:
    """Measure what is not measured yet, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--news", type=int, nargs="+", default=[0, 12_000, NEWS])
    parser.add_argument("--runs", type=int, nargs="+", default=[3], help="of each size, or of all")
    parser.add_argument("--questions", type=int, default=670)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    arguments = parser.parse_args()
    cache = arguments.cache.resolve()
    python = {True: peers_python(cache), False: Path(sys.executable)}
    files = VectorFiles(cache / "vectors")
    kept = cache / "runs"
    kept.mkdir(exist_ok=True)
    results = []
    for label, news, runs in _sizes(arguments.news, arguments.runs):
        data = cache / f"data-{label}"
        write_data(read_corpus(arguments.data, news), files, data)
        measured: dict[str, list[dict[str, Any]]] = {name: [] for name in arguments.systems}
        for turn in range(runs):
            for name in arguments.systems:
                path = kept / f"{label}-{turn}-{list(SYSTEMS).index(name)}.json"
                if not path.exists():
                    print(f"{news} news, run {turn + 1}: {name}", flush=True)
                    figures = run(name, data, python[SYSTEMS[name][3]], arguments.questions)
                    path.write_text(json.dumps(figures, ensure_ascii=False), encoding="utf-8")
                measured[name].append(json.loads(path.read_text(encoding="utf-8")))
        results += [summary(found) for found in measured.values()]
    peers = subprocess.run(
        [python[True], "-m", "pip", "freeze"], check=True, capture_output=True, text=True
    ).stdout.split()
    named = {line.split("==")[0] for line in PEERS.read_text(encoding="utf-8").split()}
    told = [line for line in peers if line.split("==")[0].lower() in named]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "compare.json").write_text(
        json.dumps(
            {"machine": machine(), "peers": told, "results": results}, ensure_ascii=False, indent=1
        )
        + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()

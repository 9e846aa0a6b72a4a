"""The vector index from 1,000 to 1,000,000 vectors: exact, and with compressed copies.

One command, which can be stopped and continued; what was measured is kept::

    python -m tests.benchmarks.systems.growth [--cache build/bench] [--sizes 1000 … 1000000]

It takes the vectors that ``tests.benchmarks.systems.corpus`` made, of Wikipedia and news, and asks
with those of the questions.  Beyond them vectors are made up (:func:`grown`); how well neighbours
lie among these as among real ones is measured too, by growing a quarter of the real ones to their
whole number.  Each figure is taken in a process of its own.  Results go to ``growth.json`` and
``growth-vectors.svg`` in ``tests/benchmarks/results``.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embeddings import Vectors
from embeddings.index import EXACT_UP_TO, VectorIndex
from qa.text import simplify
from tests.benchmarks.data import DEFAULT_FOLDER
from tests.benchmarks.systems.compare import RESULTS, ROOT, machine
from tests.benchmarks.systems.corpus import VectorFiles, read_corpus

SIZES = (1_000, 3_000, 10_000, 20_000, 30_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
KINDS = ("exact", "compressed")  # the first is what the second is held against
DEPTH = 100  # neighbours asked for, as qa.search.retrieval does
QUESTIONS = 300
ARTICLE = 3  # passages
SHARE = 0.1  # of the passages that a filter leaves
RANKS = (1, 10, 100)
_BLOCK = 50_000
_OWN, _OTHER = 0.8, 0.6  # their squares add up to 1


def prepare(cache: Path, data: Path) -> int:
    """Write real vectors and those of questions for the runs; return how many are real."""
    folder = cache / "growth"
    folder.mkdir(parents=True, exist_ok=True)
    files = VectorFiles(cache / "vectors")
    rows = read_corpus(data, 0).questions
    asked = {text for row in rows for text in (row.question, simplify(row.question))}
    of_questions = np.stack([files[text] for text in sorted(asked)])
    every = np.concatenate(files._rows)
    known = {row.tobytes() for row in of_questions}
    real = every[[row.tobytes() not in known for row in every]]
    wanted = list(dict.fromkeys(simplify(row.question) for row in rows))
    chosen = np.linspace(0, len(wanted) - 1, QUESTIONS).astype(int)
    np.save(folder / "questions.npy", np.stack([files[wanted[at]] for at in chosen]))
    np.save(folder / "real.npy", real)
    return len(real)


def grown(real: Vectors, size: int) -> Iterator[Vectors]:
    """Yield ``size`` vectors in blocks: the real ones, and then ones made of them.

    With m the mean of the real ones, each is m + .8 (x - m) + .6 (y - m) for two of them drawn at
    random, made a unit vector: that leaves mean and covariance as they are, and puts it among the
    neighbours of x, about as far as articles of one subject are from each other.
    """
    for start in range(0, min(size, len(real)), _BLOCK):
        yield real[start : min(start + _BLOCK, size)]
    mean = real.mean(axis=0)
    draw = np.random.default_rng(0)
    for start in range(len(real), size, _BLOCK):
        own, other = draw.integers(len(real), size=(2, _BLOCK))
        made = mean + _OWN * (real[own] - mean) + _OTHER * (real[other] - mean)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        yield made[: size - start].astype(np.float32)


def likeness(folder: Path) -> dict[str, Any]:
    """Compare the neighbours of questions among real vectors and among grown ones, as many."""
    real, questions = np.load(folder / "real.npy"), np.load(folder / "questions.npy")
    shuffled = real[np.random.default_rng(1).permutation(len(real))]
    quarter = shuffled[: len(real) // 4]
    sets = {
        "real": shuffled,
        "grown": np.concatenate(list(grown(quarter, len(real)))),
        "a quarter": quarter,
    }
    told: dict[str, Any] = {"vectors": len(real), "cosine at rank: 10th, 50th, 90th percentile": {}}
    for name, vectors in sets.items():
        best = -np.sort(-(questions @ vectors.T), axis=1)
        told["cosine at rank: 10th, 50th, 90th percentile"][name] = {
            rank: np.percentile(best[:, rank - 1], (10, 50, 90)).round(3).tolist() for rank in RANKS
        }
    return told


def memory() -> float:
    """Return this process's memory in MB, mapped files left out, as Linux tells it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"RssAnon:\s+(\d+)", status)[0]) * 1024 / 1e6


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a call took, and what it returned."""
    started = time.perf_counter()
    found = call()
    return time.perf_counter() - started, found


def measure(folder: Path, size: int, kind: str) -> dict[str, Any]:
    """Build an index of that size and kind in this process, ask, change, save and load it."""
    real, questions = np.load(folder / "real.npy", mmap_mode="r"), np.load(folder / "questions.npy")
    dimension = real.shape[1]
    VectorIndex(dimension)  # with FAISS, which takes memory of its own
    before = memory()
    index, build = VectorIndex(dimension), 0.0
    for block in grown(np.asarray(real) if size > len(real) else real, size):
        ids = range(len(index), len(index) + len(block))
        build += timed(lambda: index.add(ids, block))[0]  # noqa: B023 - called at once
    limit = size if kind == KINDS[0] else 0
    settle, _ = timed(lambda: index.settle(limit))
    figures = {"build_s": build + settle, "memory_mb": memory() - before}
    figures |= ask(index, questions, folder / f"true-{size}.npy", kind)
    figures |= change(index, limit)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch, "dense.faiss")
        figures["save_s"], _ = timed(lambda: index.save(path))
        figures["disk_mb"] = path.stat().st_size / 1e6
        figures["load_s"], _ = timed(lambda: VectorIndex.load(path))
    return {"size": size, "real": min(size, len(real)), "kind": kind} | figures


def ask(index: VectorIndex, questions: Vectors, truth: Path, kind: str) -> dict[str, Any]:
    """Ask all questions, once to warm up and once measured; then some with a filter."""
    found = [[number for number, _ in index.search(vector, DEPTH)] for vector in questions]
    seconds = [timed(lambda: index.search(vector, DEPTH))[0] for vector in questions]  # noqa: B023
    if kind == KINDS[0]:
        np.save(truth, np.asarray(found))
    exact = np.load(truth).tolist()
    step = int(1 / SHARE)
    allowed = list(range(0, len(index), step))
    filtered = [timed(lambda: index.search(v, DEPTH, allowed))[0] for v in questions[::10]]  # noqa: B023
    pairs = list(zip(found, exact, strict=True))
    hits = {k: [len({*one[:k]} & {*other[:k]}) for one, other in pairs] for k in RANKS}
    return {
        "p50_ms": 1e3 * float(np.percentile(seconds, 50)),
        "p95_ms": 1e3 * float(np.percentile(seconds, 95)),
        "filtered_p50_ms": 1e3 * float(np.percentile(filtered, 50)),
        "recall": {k: float(np.mean(counts)) / k for k, counts in hits.items()},
    }


def change(index: VectorIndex, limit: int) -> dict[str, float]:
    """Add an article to a copy and remove another, as a sync does."""
    copying, copy = timed(index.copy)
    new = np.random.default_rng(2).normal(size=(ARTICLE, index.dimension)).astype(np.float32)
    new /= np.linalg.norm(new, axis=1, keepdims=True)
    ids = range(len(index), len(index) + ARTICLE)
    adding, _ = timed(lambda: (copy.add(ids, new), copy.settle(limit + ARTICLE)))
    removing, _ = timed(lambda: (copy.remove(range(ARTICLE)), copy.settle(limit + ARTICLE)))
    assert len(copy) == len(index)
    figures = {"copy_ms": copying, "add_ms": adding, "remove_ms": removing}
    return {name: 1e3 * seconds for name, seconds in figures.items()}


def draw(results: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw every figure against the size."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "yinju"  # the same figures make the same file
    from matplotlib import pyplot as plt

    figure, grid = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
    for kind, colour in zip(KINDS, ("#3b6ea5", "#a8301c"), strict=True):
        own = sorted((f for f in results if f["kind"] == kind), key=lambda f: f["size"])
        sizes = [found["size"] for found in own]
        for axes, keys in (
            (grid[0][0], ("p50_ms", "p95_ms")),
            (grid[1][0], ("memory_mb",)),
            (grid[1][1], ("build_s",)),
        ):
            for key, style in zip(keys, ("-", ":"), strict=False):
                label = f"{kind}, {key[:3]}" if len(keys) > 1 else kind
                axes.plot(
                    sizes, [f[key] for f in own], style, color=colour, marker=".", label=label
                )
        if kind != KINDS[0]:
            for rank, style in (("10", "-"), ("100", ":")):
                values = [found["recall"][rank] for found in own]
                grid[0][1].plot(
                    sizes, values, style, color=colour, marker=".", label=f"{kind}, @{rank}"
                )
    for axes, said in zip(
        grid.flat, ("ms a question", "recall of the exact", "MB", "s to build"), strict=True
    ):
        axes.set(xscale="log", xlabel="vectors", title=said)
        if "recall" in said:
            axes.set_ylim(0.98, 1.001)
        else:
            axes.set_yscale("log")
        axes.axvline(EXACT_UP_TO, color="#777777", linewidth=0.8, linestyle="--")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    figure.suptitle("dashed: from here on compressed copies are used", fontsize=8)
    figure.savefig(path, metadata={"Date": None})


def run(folder: Path, size: int, kind: str) -> dict[str, Any]:
    """Measure in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.systems.growth"]
    done = subprocess.run(
        [*command, "--here", folder, "--sizes", str(size), "--kind", kind],
        check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure what is not measured yet, and draw all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--here", type=Path, help="measure in this process")
    parser.add_argument("--kind", choices=KINDS)
    arguments = parser.parse_args()
    if arguments.here:
        print(json.dumps(measure(arguments.here, arguments.sizes[0], arguments.kind)))
        return
    cache = arguments.cache.resolve()
    real = prepare(cache, arguments.data)
    arguments.results.mkdir(exist_ok=True)
    path = arguments.results / "growth.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"results": []}
    # Figures of vectors that were made up are taken again when there are more real ones.
    results = [f for f in told["results"] if f["real"] == min(f["size"], real)]
    done = {(found["size"], found["kind"]) for found in results}
    for size in sorted(arguments.sizes):
        if all((size, kind) in done for kind in KINDS):
            continue
        results = [found for found in results if found["size"] != size]
        for kind in KINDS:
            print(f"{size:,} vectors, {kind}", flush=True)
            results.append(run(cache / "growth", size, kind))
        results.sort(key=lambda found: (found["size"], found["kind"]))
        told = {"machine": machine(), "likeness": likeness(cache / "growth"), "results": results}
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    draw(results, arguments.results / "growth-vectors.svg")


if __name__ == "__main__":
    main()

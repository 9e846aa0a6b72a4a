"""Put what ``tests.benchmarks.systems.compare`` measured into the docs, and draw it.

python -m tests.benchmarks.systems.report
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.systems.compare import RESULTS, ROOT

PAGE = ROOT / "docs" / "quality.md"
_MARKED = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.DOTALL)
_HEAD = (
    "| {passages} passages of {documents} documents, {taken} | R@1 | R@5 | R@10 | p50 ms | p95 ms |"
    " build s | add one s | memory MB | disk MB |\n|---|---|---|---|---|---|---|---|---|---|\n"
)
_COLOURS = {"引据": "#a8301c", "txtai": "#3b6ea5", "LangChain": "#5b8c3a", "bm25s": "#8a6fb0"}
_LINES = ("-", "--", ":", "-.")  # of systems that share a colour
_SLOW = 100  # ms; beyond, a label stands to the left of its point
_LATIN = {"引据": "Yinju"}  # so that no Chinese font is needed to draw


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the figures of one corpus as Markdown."""
    runs = min(found["runs"] for found in results)
    taken = f"medians of {runs} runs" if runs > 1 else "one run"
    counts = {key: f"{results[0][key]:,}" for key in ("passages", "documents")}
    lines = [_HEAD.format(**counts, taken=taken)]
    for found in results:
        recalls = " | ".join(f"{found['recall'][cut]:.3f}" for cut in ("1", "5", "10"))
        add = "–" if found["add_s"] is None else f"{found['add_s']:.2f}"
        name = f"**{found['system']}**" if found["system"] == "引据" else found["system"]
        lines.append(
            f"| {name} | {recalls} | {found['p50_ms']:.1f} | {found['p95_ms']:.1f} |"
            f" {found['build_s']:.0f} | {add} | {found['memory_mb']:.0f} |"
            f" {found['disk_mb']:.0f} |\n"
        )
    return "".join(lines)


def _groups(results: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    sizes = sorted({found["passages"] for found in results})
    return [[found for found in results if found["passages"] == size] for size in sizes]


def markdown(measured: dict[str, Any]) -> str:
    """Return all tables, largest corpus first, and what they were taken on."""
    machine = measured["machine"]
    questions = measured["results"][0]["questions"]
    taken = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, Python"
        f" {machine['python']}; the systems took turns; {questions} questions."
        f" {', '.join(measured['peers'])}.\n"
    )
    tables = "\n".join(table(group) for group in reversed(_groups(measured["results"])))
    return f"{tables}\n{taken}"


def draw(results: Sequence[dict[str, Any]], folder: Path) -> None:
    """Draw quality against latency, and time against the size of the corpus."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "yinju"  # the same figures make the same file
    from matplotlib import pyplot as plt

    groups = _groups(results)
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for found in groups[-1]:
        colour, label = _style(found["system"])
        place = found["p50_ms"], found["recall"]["1"]
        side, shift = ("right", -5) if place[0] > _SLOW else ("left", 5)
        axes.scatter(*place, color=colour, zorder=3)
        axes.annotate(
            label, place, xytext=(shift, 4), fontsize=8, ha=side, textcoords="offset points"
        )
    axes.set(xscale="log", xlabel="ms a question, without the encoder (median)", ylabel="R@1")
    axes.set_title(f"{groups[-1][0]['passages']:,} passages")
    axes.grid(alpha=0.3)
    figure.savefig(folder / "quality.svg", metadata={"Date": None})
    figure, both = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    shown = (("p50_ms", "ms a question"), ("build_s", "s to build"))
    for axes, (key, said) in zip(both, shown, strict=True):
        drawn: Counter[str] = Counter()  # lines of each colour
        for name in dict.fromkeys(found["system"] for found in results):
            own = [found for found in results if found["system"] == name]
            colour, label = _style(name)
            axes.plot(
                [found["passages"] for found in own], [found[key] for found in own],
                _LINES[drawn[colour]], color=colour, marker=".", label=label,
            )  # fmt: skip
            drawn[colour] += 1
        axes.set(xscale="log", yscale="log", xlabel="passages", ylabel=said)
        axes.grid(alpha=0.3)
    both[1].legend(fontsize=7)
    figure.savefig(folder / "growth.svg", metadata={"Date": None})


def _style(system: str) -> tuple[str, str]:
    colour = next((tone for name, tone in _COLOURS.items() if system.startswith(name)), "#777777")
    for name, latin in _LATIN.items():
        system = system.replace(name, latin)
    return colour, system


def main() -> None:
    """Write tables and plots."""
    measured = json.loads((RESULTS / "compare.json").read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    made, count = _MARKED.subn(lambda match: match[1] + markdown(measured) + match[2], text)
    if count != 1:
        raise SystemExit(f"{PAGE} has no place for the tables: <!-- bench --> … <!-- /bench -->")
    PAGE.write_text(made, encoding="utf-8")
    draw(measured["results"], RESULTS)


if __name__ == "__main__":
    main()

"""What the built-in models cost and lose in each precision.

One command::

    python -m tests.benchmarks.precisions [--precisions bfloat16 int8 float32] [--limit 400]

A processor of another kind can be played by one that has more, as for a laptop with AVX2 and VNNI:
``ONEDNN_MAX_CPU_ISA=AVX2_VNNI MKL_ENABLE_INSTRUCTIONS=AVX2 ATEN_CPU_CAPABILITY=avx2``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from unittest.mock import patch

from embeddings import precision
from qa import Reader
from qa.text import simplify
from qa.training.spans.ablate import milliseconds
from tests.benchmarks.data import DEFAULT_FOLDER, read_rows
from tests.benchmarks.reading import measure
from tests.benchmarks.retrieval import Corpus, recall

SETS = ("cmrc2018_dev", "drcd_test")
_HEAD = (
    "| precision | set | R@1 dense | R@1 fused | EM | F1 | AUC | characters/s encoded |"
    " ms to read ten passages |\n|---|---|---|---|---|---|---|---|---|"
)


def line(name: str, reader: Reader, data: Path, limit: int) -> str:
    """Measure the models as they are loaded now, on one set."""
    rows = [row for row in read_rows(data, name) if row.answers]
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Corpus(rows, Path(scratch))
        questions = [row.question for row in rows]
        vectors = corpus.encoder.encode_queries([simplify(question) for question in questions])
        dense, *_ = recall(corpus, corpus.by_dense, questions, vectors)
        fused, *_ = recall(corpus, corpus.by_scores("both"), questions, vectors)
    contexts = list(dict.fromkeys(row.context for row in rows))
    found = measure(reader, rows[:: max(1, len(rows) // limit)][:limit], contexts)
    return (
        f"{name} | {dense:.3f} | {fused:.3f} | {100 * found.exact:.1f} | {100 * found.f1:.1f} |"
        f" {found.auc:.3f} | {corpus.characters / corpus.encoding_seconds:.0f}"
    )


def main() -> None:
    """Measure each precision on each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = ("bfloat16", "int8", "float32")
    parser.add_argument("--precisions", nargs="+", choices=names, default=names)
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--limit", type=int, default=400, help="questions of each set to read")
    arguments = parser.parse_args()
    print(_HEAD, flush=True)
    for name in arguments.precisions:
        chosen = getattr(precision, name)()
        with (
            patch("embeddings.direct.best_precision", lambda: chosen),  # noqa: B023 - used here
            patch("qa.reading.reader.best_precision", lambda _bits: chosen),  # noqa: B023
        ):
            reader = Reader.load()
            for found in SETS:
                cells = line(found, reader, arguments.data, arguments.limit)
                print(f"| {name} | {cells} | {milliseconds(reader):.0f} |", flush=True)


if __name__ == "__main__":
    main()

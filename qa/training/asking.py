"""Train the heads that tell what a question asks for, on the encoder's trunk as it is.

``python -m qa.training.asking`` takes the marked questions beside this file, questions of one fact
from the data sets (``authored`` in ``--data``), and writes ``qa/asking/builtin``; half an hour on
two cores.  The shipped heads are of three trainings: of 8 passes before the questions over tables
were among them, and of 8 and 14 with them.

To the lessons come questions that are like them but for what they name: parts, groups and topics of
one in the place of those of another.  One marked question in ten, by a hash of its text,
is kept back: on those the threshold is chosen below which a kind is not believed, and the figures
printed.  ``--measure FILE`` prints those of the shipped heads on another file.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import lzma
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import cross_entropy

from embeddings import SentenceTransformerEncoder
from embeddings.training.datasets import read_lines
from qa.asking.asked import Asked
from qa.asking.heads import COMPUTES, KINDS, LONGEST, MARKS, Heads, Together
from qa.asking.model import BUILTIN, AskingModel, Tokens, by_character, tokens_of
from qa.types import Span

DATA = Path(__file__).parents[3] / "shared" / "data"
QUESTIONS = Path(__file__).parent / "questions" / "kinds.jsonl.xz"
MEMBERS = 3  # heads that learn apart
EPOCHS = 14
SINGLE = 800  # questions of one fact that are taken from the data sets, in either of two ways
_NAMED = 16  # characters of a name
_LED = 25  # characters of a statement before a question
TIMES = 1  # questions that are made of a marked one
BATCH = 48
RATE = 2e-3
SHARE_BACK = 10  # one in so many is kept back
WRONG_KIND = 3.0  # what answering the wrong kind costs beside trying a single answer instead
WEIGHTS = {"kind": 1.0, "compute": 0.5, "marks": 1.0}


@dataclasses.dataclass(frozen=True, slots=True)
class Lesson:
    """A marked question as numbers: of each character its token's vector, and its mark."""

    vectors: Tensor
    characters: Tensor
    marks: Tensor
    kind: int
    compute: int


def read_marked(path: Path) -> list[Asked]:
    """Read marked questions, one JSON object a line, packed or not."""
    packed = path.read_bytes()
    text = (lzma.decompress(packed) if path.suffix == ".xz" else packed).decode("utf-8")
    return [_asked(json.loads(line)) for line in text.splitlines() if line.strip()]


def _asked(row: dict[str, Any]) -> Asked:
    def span(given: Sequence[int]) -> Span:
        return given[0], given[1]

    return Asked(
        question=row["question"],
        kind=row["kind"],
        compute=row.get("compute") or "",
        parts=tuple(map(span, row.get("parts") or ())),
        group=span(row["group"]) if row.get("group") else None,
        dropped=tuple(map(span, row.get("dropped") or ())),
        topic=span(row["topic"]) if row.get("topic") else None,
    )


def read_single(data: Path) -> list[Asked]:
    """Read questions of one fact: those of the training set whose answer is not a list.

    Before some of them stands a statement, as people say why they ask: that is no other question.
    """
    rows = list(read_lines(data / "authored" / "train.jsonl.xz"))
    questions = [
        row["question"] for row in rows if row["type"] == "question" and row["kind"] != "list"
    ]
    said = (row["claim"].rstrip("。") for row in rows if row["type"] == "claim")
    chance = random.Random(18)
    alone = chance.sample(questions, SINGLE)
    short = [one for one in said if len(one) < _LED]
    led = [f"{chance.choice(short)}，{question}" for question in chance.sample(questions, SINGLE)]
    return [Asked(question) for question in (*alone, *led)]


def read_lists(data: Path) -> list[tuple[str, ...]]:
    """Read things that stand beside each other: the answers to questions for a list."""
    rows = read_lines(data / "authored" / "train.jsonl.xz")
    return [
        tuple(answer["text"] for answer in row["answers"])
        for row in rows
        if row["type"] == "question"
        and row["kind"] == "list"
        and all(len(answer["text"]) <= _NAMED for answer in row["answers"])
    ]


def varied(
    marked: Sequence[Asked],
    single: Sequence[Asked],
    lists: Sequence[tuple[str, ...]],
    times: int = TIMES,
) -> list[Asked]:
    """Return questions that are like ``marked`` ones, but name what others of them name.

    The parts of several questions become other questions, those of ``single`` among them; other
    parts become those of another question, or items of one of ``lists``, by equal chance.
    """
    chance = random.Random(18)
    parts: dict[int, list[tuple[str, ...]]] = {}
    groups = [asked.group_text for asked in marked if asked.group]
    topics = [asked.topic_text for asked in marked if asked.topic]
    whole = [asked.question for asked in (*marked, *single[:SINGLE]) if asked.kind == "single"]
    for asked in marked:
        if asked.kind == "parts":
            parts.setdefault(len(asked.parts), []).append(asked.part_texts)
    listed: dict[int, list[tuple[str, ...]]] = {
        number: [items for items in lists if len(items) >= number] or parts[number]
        for number in parts
    }
    made = []
    for asked in marked:
        for _ in range(times):
            others: dict[Span, str] = {}
            if asked.kind == "several":
                ends = [text[-1] if text[-1] in "？?" else "" for text in asked.part_texts]
                others = {
                    span: chance.choice(whole).rstrip("？?") + end
                    for span, end in zip(asked.parts, ends, strict=True)
                }
            elif asked.kind == "parts":
                number = len(asked.parts)
                chosen = chance.choice(chance.choice([parts, listed])[number])[:number]
                others = dict(zip(asked.parts, chosen, strict=True))
            if asked.group:
                others[asked.group] = chance.choice(groups)
            if asked.topic:
                others[asked.topic] = chance.choice(topics)
            if others:
                made.append(_with(asked, others))
    return made


def _with(asked: Asked, others: Mapping[Span, str]) -> Asked:
    """Return a question with ``others`` in the place of some of its spans."""
    text, at, moved = "", 0, {}
    spans = {*asked.parts, *asked.dropped, *filter(None, [asked.group, asked.topic])}
    for start, end in sorted(spans):
        text += asked.question[at:start]
        begins = len(text)
        text += others.get((start, end), asked.question[start:end])
        moved[start, end] = (begins, len(text))
        at = end
    return dataclasses.replace(
        asked,
        question=text + asked.question[at:],
        parts=tuple(moved[span] for span in asked.parts),
        group=moved[asked.group] if asked.group else None,
        dropped=tuple(moved[span] for span in asked.dropped),
        topic=moved[asked.topic] if asked.topic else None,
    )


def is_kept_back(question: str) -> bool:
    """Tell whether a question is kept back from training."""
    return int(hashlib.sha256(question.encode()).hexdigest(), 16) % SHARE_BACK == 0


def lesson(asked: Asked, tokens: Tokens) -> Lesson:
    """Return a marked question as numbers."""
    question = asked.question[:LONGEST]
    vectors, characters = by_character(question, tokens)
    marks = torch.zeros(len(question), dtype=torch.long)

    def put(spans: Iterable[Span | None], first: str, others: str) -> None:
        for start, end in filter(None, spans):
            marks[start:end] = MARKS.index(others)
            marks[start : min(start + 1, end)] = MARKS.index(first)

    put(asked.dropped, "dropped", "dropped")
    put([asked.topic], "topic", "+topic")
    put([asked.group], "group", "+group")
    put(asked.parts, "part", "+part")
    return Lesson(
        vectors, characters, marks, KINDS.index(asked.kind), COMPUTES.index(asked.compute)
    )


def loss(heads: Heads, batch: Sequence[Lesson]) -> Tensor:
    """Return how far the heads are from what a batch teaches."""
    pad = torch.nn.utils.rnn.pad_sequence
    vectors = pad([item.vectors for item in batch], batch_first=True)
    characters = pad([item.characters for item in batch], batch_first=True)
    marks = pad([item.marks for item in batch], batch_first=True, padding_value=-100)
    said = heads(vectors, characters, torch.tensor([len(item.marks) for item in batch]))
    kinds = torch.tensor([item.kind for item in batch])
    computes = torch.tensor([item.compute for item in batch])
    return (
        WEIGHTS["kind"] * cross_entropy(said.kinds, kinds, label_smoothing=0.05)
        + WEIGHTS["compute"] * cross_entropy(said.computes, computes)
        + WEIGHTS["marks"] * cross_entropy(said.marks.transpose(1, 2), marks)
    )


def train(lessons: Sequence[Lesson], epochs: int = EPOCHS, seed: int = 0) -> Heads:
    """Return heads that were taught ``lessons``, the same for the same lessons and ``seed``."""
    torch.manual_seed(18 + seed)
    heads = Heads(lessons[0].vectors.shape[1])
    steps = epochs * -(-len(lessons) // BATCH)
    optimizer = torch.optim.AdamW(heads.parameters(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for epoch in range(epochs):
        total = 0.0
        order = torch.randperm(len(lessons)).tolist()
        for start in range(0, len(order), BATCH):
            found = loss(heads, [lessons[number] for number in order[start : start + BATCH]])
            optimizer.zero_grad()
            found.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(heads.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(found.detach())
        print(f"epoch {epoch + 1}: loss {total * BATCH / len(lessons):.4f}", flush=True)
    return heads


def threshold(model: AskingModel, marked: Sequence[Asked]) -> float:
    """Return the threshold that costs least, given a model that believes everything."""
    read = [(asked, model.read(asked.question)) for asked in marked]
    tried = [0.0] + [0.3 + 0.05 * step for step in range(14)]

    def cost(least: float) -> float:
        return sum(
            (WRONG_KIND if said.kind != "single" else 1.0)
            for asked, found in read
            for said in [found if found.confidence >= least else Asked(asked.question)]
            if said.kind != asked.kind
        )

    return min(tried, key=lambda least: (cost(least), least))


def measure(model: AskingModel, marked: Sequence[Asked]) -> str:
    """Return how many kinds, computations and marks are told right, and which are mistaken."""
    read = [(asked, model.read(asked.question)) for asked in marked]
    right = [(asked, found) for asked, found in read if asked.kind == found.kind]
    mistaken = Counter((a.kind, f.kind) for a, f in read if a.kind != f.kind)

    def share(pairs: Sequence[tuple[object, object]]) -> str:
        same = sum(one == other for one, other in pairs)
        return f"{same / max(1, len(pairs)):.3f} of {len(pairs)}"

    tabled = [pair for pair in right if pair[0].kind in {"parts", "each", "series", "several"}]
    lines = [
        f"kinds {share([(a.kind, f.kind) for a, f in read])}",
        f"compute {share([(a.compute, f.compute) for a, f in right])}",
        f"parts {share([(a.parts, f.parts) for a, f in tabled])}",
        f"groups {share([(a.group, f.group) for a, f in tabled if a.kind == 'each'])}",
        f"dropped {share([(a.dropped_texts, f.dropped_texts) for a, f in tabled])}",
        f"topics {share([(a.topic, f.topic) for a, f in right if a.topic])}",
    ]
    lines += [f"  {wanted} taken for {found}: {n}" for (wanted, found), n in mistaken.most_common()]
    return "\n".join(lines)


def save(heads: Together, least: float, path: Path) -> None:
    """Write heads in sixteen bits, with the threshold."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: value.half().contiguous() for name, value in heads.state_dict().items()}
    save_file(weights, path, metadata={"threshold": json.dumps(round(least, 2))})


def main() -> None:
    """Train, choose the threshold, measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the data sets")
    parser.add_argument("--out", type=Path, default=BUILTIN)
    parser.add_argument("--measure", type=Path, help="only measure the shipped heads on this")
    arguments = parser.parse_args()
    if arguments.measure:
        print(measure(AskingModel.load(path=arguments.out), read_marked(arguments.measure)))
        return
    marked = read_marked(arguments.questions)
    taught = [asked for asked in marked if not is_kept_back(asked.question)]
    back = [asked for asked in marked if is_kept_back(asked.question)]
    tokens = tokens_of(SentenceTransformerEncoder())
    single = read_single(arguments.data)
    lessons = [*taught, *single, *varied(taught, single, read_lists(arguments.data))]
    numbers = [lesson(asked, tokens) for asked in lessons]
    heads = Together([train(numbers, seed=member) for member in range(MEMBERS)])
    least = threshold(AskingModel(tokens, heads, 0.0), back)
    print(f"taught {len(lessons)}; kept back {len(back)}; threshold {least:.2f}")
    print(measure(AskingModel(tokens, heads, least), back))
    save(heads, least, arguments.out)


if __name__ == "__main__":
    main()

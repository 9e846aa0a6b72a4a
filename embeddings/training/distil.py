"""Make the built-in encoder out of its teacher: half the layers, nearly the same vectors.

    python -m embeddings.training.distil ../shared/data build/encoder-run

``embeddings.training.build_encoder`` makes the teacher.  The student begins as every second layer
of it, with its embeddings, which stay as they are.  It learns (TinyBERT, Jiao et al. 2020,
arXiv:1909.10351) to give what the teacher gives for every token after each of these layers, and
the teacher's vector of the whole text; no label is needed.  Texts are news, and contexts and
questions of the training sets.  A run that is stopped goes on from its last checkpoint, and is
measured on CMRC2018 trial, which is for that.  It writes ``embeddings/builtin``, and its vectors
into ``tests/golden/encoder.npz``; ``distil.log`` is what it printed: the first 300 steps were taken
with the rate of a run of 4,000.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import BertModel

from embeddings.encoder import BUILTIN_FOLDER
from embeddings.training import GOLDEN, TEACHER
from embeddings.training.datasets import read_lines
from embeddings.training.vocabulary import simplify

PAD = 1
STEP = 32  # lengths are padded to multiples of it, as the program does
QUERY, PASSAGE = "query: ", "passage: "
SETS = ("cmrc2018_train", "drcd_dev", "xquad_zh")
LONGEST = 420  # characters; passages of the program are about as long at most
TOKENS = 4_096  # in one step
POOL = 4_096  # texts sorted by length together
RATE, WARM = 6e-4, 0.03
OF_VECTOR = 10.0  # weight of the whole text's vector beside the tokens'
_SENTENCE = re.compile(r"[^。！？\n]+[。！？\n]*")


def pieces(text: str, draw: random.Random) -> Iterator[str]:
    """Cut a text at sentences into pieces of random lengths up to :data:`LONGEST`."""
    held, wanted = "", draw.randint(10, LONGEST)
    for sentence in _SENTENCE.findall(text):
        if held and len(held) + len(sentence) > wanted:
            yield held
            held, wanted = "", draw.randint(10, LONGEST)
        held += sentence[:LONGEST]
    if held.strip():
        yield held


def read_texts(data: Path, draw: random.Random) -> list[str]:
    """Return all texts with their prompts, shuffled."""
    texts: list[str] = []
    for name in SETS:
        rows = list(read_lines(data / f"{name}.jsonl.xz"))
        texts += [QUERY + simplify(row["question"]) for row in rows]
        for context in dict.fromkeys(simplify(row["context"]) for row in rows):
            texts += [PASSAGE + piece for piece in pieces(context, draw)]
    for row in read_lines(data / "crud_news.jsonl.xz"):
        cut = list(pieces(row["text"], draw))
        texts += [PASSAGE + piece for piece in cut]
        if cut and draw.random() < 0.3:
            asked = draw.choice(re.split(r"[，。！？；：、\s]", draw.choice(cut)))
            if 4 <= len(asked) <= 40:
                texts.append(QUERY + asked)
    draw.shuffle(texts)
    return texts


def batches(texts: Sequence[str], tokenizer: Tokenizer, draw: random.Random) -> Iterator[Tensor]:
    """Yield rows of token ids of about :data:`TOKENS` tokens, of texts of like lengths."""
    for start in range(0, len(texts), POOL):
        rows = [row.ids for row in tokenizer.encode_batch_fast(texts[start : start + POOL])]
        rows.sort(key=len)
        found = []
        while rows:
            length = -(-len(rows[-1]) // STEP) * STEP
            count = max(1, TOKENS // length)
            taken, rows = rows[-count:], rows[:-count]
            ids = torch.full((len(taken), length), PAD)
            for number, row in enumerate(taken):
                ids[number, : len(row)] = torch.tensor(row)
            found.append(ids)
        draw.shuffle(found)
        yield from found


class Class(NamedTuple):
    """Who learns from whom; the student's layers are held against these ones of the teacher."""

    student: BertModel
    teacher: BertModel
    layers: Sequence[int]


def student_of(teacher: BertModel, layers: Sequence[int]) -> BertModel:
    """Return a model of some of the teacher's layers, whose embeddings do not learn."""
    config = type(teacher.config)(**teacher.config.to_dict())
    config.num_hidden_layers = len(layers)
    student = BertModel(config)
    student.embeddings.load_state_dict(teacher.embeddings.state_dict())
    for own, taken in zip(student.encoder.layer, layers, strict=True):
        own.load_state_dict(teacher.encoder.layer[taken].state_dict())
    student.embeddings.requires_grad_(False)
    for part in student.pooler.parameters() if student.pooler else ():
        part.requires_grad_(False)
    student.train(False)  # no dropout: the teacher's own numbers are the target
    return student


def pooled(states: Tensor, seen: Tensor) -> Tensor:
    """Return unit vectors: the means of the tokens' vectors."""
    return functional.normalize((states * seen).sum(dim=1) / seen.sum(dim=1), dim=-1)


def lesson(taught: Class, ids: Tensor) -> tuple[Tensor, float]:
    """Return the loss on a batch, and the mean cosine between both models' vectors."""
    seen = (ids != PAD).unsqueeze(-1)
    mask = (ids != PAD).long()
    with torch.no_grad():
        told = taught.teacher(ids, attention_mask=mask, output_hidden_states=True).hidden_states
    with torch.autocast("cpu", torch.bfloat16):
        heard = taught.student(ids, attention_mask=mask, output_hidden_states=True).hidden_states
    loss = torch.zeros(())
    for depth, layer in enumerate(taught.layers, start=1):
        wanted = told[layer + 1].float()
        apart = ((heard[depth].float() - wanted) ** 2 * seen).sum()
        loss = loss + apart / (wanted**2 * seen).sum()
    cosine = (pooled(heard[-1].float(), seen) * pooled(told[-1].float(), seen)).sum(dim=-1)
    return loss / len(taught.layers) + OF_VECTOR * (1 - cosine).mean(), float(cosine.mean())


@torch.no_grad()
def figures(model: BertModel, tokenizer: Tokenizer, data: Path) -> dict[str, float]:
    """Measure R@1/5/10 of contexts for questions of CMRC2018 trial."""
    rows = list(read_lines(data / "cmrc2018_trial.jsonl.xz"))
    contexts = list(dict.fromkeys(row["context"] for row in rows))
    wanted = np.array([contexts.index(row["context"]) for row in rows])

    def vectors(texts: list[str]) -> Tensor:
        found = []
        for row in tokenizer.encode_batch_fast(texts):
            ids = torch.tensor([row.ids])
            with torch.autocast("cpu", torch.bfloat16):
                states = model(ids).last_hidden_state
            found.append(pooled(states.float(), torch.ones_like(ids).unsqueeze(-1))[0])
        return torch.stack(found)

    documents = vectors([PASSAGE + simplify(text) for text in contexts])
    scores = (vectors([QUERY + simplify(row["question"]) for row in rows]) @ documents.T).numpy()
    above = (scores > scores[np.arange(len(rows)), wanted][:, None]).sum(axis=1)
    return {f"R@{k}": round(float((above < k).mean()), 4) for k in (1, 5, 10)}


def learn(taught: Class, rows: Iterator[Tensor], steps: int, checkpoint: Path) -> None:
    """Take ``steps`` steps, from the checkpoint on if there is one."""
    student = taught.student
    parts = [part for part in student.parameters() if part.requires_grad]
    optimizer = torch.optim.AdamW(parts, lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
    warm = max(1, int(WARM * steps))
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm))),
    )
    begun = 0
    if checkpoint.exists():
        kept = torch.load(checkpoint)
        begun = kept["step"]
        student.load_state_dict(kept["student"])
        optimizer.load_state_dict(kept["optimizer"])
        rates.load_state_dict(kept["rates"])
    started, near = time.perf_counter(), []
    for step, ids in zip(range(1, steps + 1), rows, strict=False):
        if step <= begun:
            continue
        loss, cosine = lesson(taught, ids)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parts, 1.0)
        optimizer.step()
        rates.step()
        near.append(cosine)
        if step % 50 == 0:
            spent = time.perf_counter() - started
            print(
                f"{step}/{steps} loss {float(loss.detach()):.4f} cosine {np.mean(near):.5f}"
                f" {spent:.0f} s",
                flush=True,
            )
            near = []
        if step % 300 == 0 or step == steps:
            scratch = checkpoint.with_suffix(".new")
            state = {"step": step, "student": student.state_dict(), "rates": rates.state_dict()}
            torch.save(state | {"optimizer": optimizer.state_dict()}, scratch)
            scratch.replace(checkpoint)


def save(student: BertModel, target: Path) -> None:
    """Write a sentence-transformers folder like the teacher's, in half precision."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(TEACHER, target)
    state = {name: value.half().contiguous() for name, value in student.state_dict().items()}
    save_file(state, target / "model.safetensors", {"format": "pt"})
    path = target / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["num_hidden_layers"] = student.config.num_hidden_layers
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Learn, measure, and write the student."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path, help="folder for the checkpoint")
    parser.add_argument("--layers", type=int, nargs="+", default=[1, 3, 5, 7, 9, 11])
    parser.add_argument("--steps", type=int, default=2_800)
    arguments = parser.parse_args()
    arguments.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    draw = random.Random(0)
    tokenizer = Tokenizer.from_file(str(TEACHER / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    teacher = BertModel.from_pretrained(TEACHER, dtype=torch.float32)
    student = student_of(teacher, arguments.layers)
    teacher.bfloat16().train(False)
    texts = read_texts(arguments.data, draw)
    checkpoint = arguments.run / "checkpoint.pt"
    if not checkpoint.exists():
        told = figures(teacher, tokenizer, arguments.data)
        print(f"{len(texts)} texts; teacher {told}", flush=True)
    rows = batches(texts, tokenizer, draw)
    learn(Class(student, teacher, arguments.layers), rows, arguments.steps, checkpoint)
    print(f"student {figures(student, tokenizer, arguments.data)}", flush=True)
    save(student, BUILTIN_FOLDER)
    golden = dict(np.load(GOLDEN))
    made = SentenceTransformer(str(BUILTIN_FOLDER), device="cpu", local_files_only=True)
    golden["vectors"] = made.encode([str(text) for text in golden["texts"]])
    np.savez(GOLDEN, **golden)


if __name__ == "__main__":
    main()

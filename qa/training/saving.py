"""Write a trained reader as an ordinary ``transformers`` folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertConfig

from embeddings.training.vocabulary import save_tokenizer
from qa.reading.reader import Calibration

# Eight bits a weight: the sign, four bits of exponent, three of fraction.  The rounding is 2.7 % of
# a matrix (norm of the difference over norm).
STORED = torch.float8_e4m3fn


def save_reader(
    weights: Mapping[str, Tensor],
    config: BertConfig,
    tokenizer: Tokenizer,
    calibration: Calibration,
    folder: Path,
) -> None:
    """Write weights, configuration, tokenizer and calibration; the trunk's matrices as ``STORED``.

    Of ``weights`` those of the trunk and of the heads that a reader has are kept; a support head
    that was not taught is all zeros.  The configuration names float32, in which
    ``from_pretrained`` loads whatever is stored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    untaught = {
        "support.weight": torch.zeros(1, config.hidden_size),
        "support.bias": torch.zeros(1),
    }
    state = {
        name: tensor.to(STORED if tensor.dim() > 1 and name.startswith("bert.") else torch.float16)
        for name, tensor in (untaught | dict(weights)).items()
        if name.startswith(("bert.", "qa_outputs.", "support."))
    }
    save_file(
        {name: tensor.contiguous() for name, tensor in state.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    described = config.to_dict()
    described |= {"architectures": ["BertForQuestionAnswering"], "dtype": "float32"}
    for name in ("_attn_implementation", "_name_or_path", "attn_implementation"):
        described.pop(name, None)
    (folder / "config.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    save_tokenizer(tokenizer, folder, config.max_position_embeddings)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    save_calibration(calibration, folder)


def save_calibration(calibration: Calibration, folder: Path) -> None:
    """Write the numbers that turn margins into probabilities."""
    text = json.dumps(calibration._asdict(), indent=2)
    (folder / "calibration.json").write_text(text + "\n", encoding="utf-8")

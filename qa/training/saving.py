"""Write a trained reader as an ordinary ``transformers`` folder."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import BertForQuestionAnswering

from embeddings.training.vocabulary import save_tokenizer
from qa.reading.reader import Calibration

# Eight bits a weight: the sign, four bits of exponent, three of fraction.  The rounding is 2.7 % of
# a matrix (norm of the difference over norm).
STORED = torch.float8_e4m3fn


def save_reader(
    model: BertForQuestionAnswering,
    tokenizer: Tokenizer,
    calibration: Calibration,
    folder: Path,
    stored: torch.dtype = STORED,
) -> None:
    """Write weights, configuration, tokenizer and calibration; matrices as ``stored``.

    The configuration names float32, in which ``from_pretrained`` loads whatever is stored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: tensor.to(stored if tensor.dim() > 1 and "qa_outputs" not in name else torch.float16)
        for name, tensor in model.state_dict().items()
    }
    save_file(
        {name: tensor.contiguous() for name, tensor in state.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    config = model.config.to_dict()
    config |= {"architectures": ["BertForQuestionAnswering"], "dtype": "float32"}
    for name in ("_attn_implementation", "_name_or_path", "attn_implementation"):
        config.pop(name, None)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    save_tokenizer(tokenizer, folder, model.config.max_position_embeddings)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    save_calibration(calibration, folder)


def save_calibration(calibration: Calibration, folder: Path) -> None:
    """Write the numbers that turn margins into probabilities."""
    text = json.dumps(calibration._asdict(), indent=2)
    (folder / "calibration.json").write_text(text + "\n", encoding="utf-8")

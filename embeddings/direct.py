"""The built-in encoder, run without sentence-transformers: the same vectors, much sooner."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.errors import ModelError
from embeddings.precision import best_precision
from embeddings.trunk import PAD, STEP, Trunk, load_trunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer


class DirectModel:
    """A BERT with mean pooling, such as the built-in one."""

    def __init__(self, trunk: Trunk, tokenizer: Tokenizer, prompts: Mapping[str, str]) -> None:
        """Take the parts, which :meth:`load` makes; ``prompts`` by kind of text."""
        self._trunk = trunk
        self._tokenizer = tokenizer
        self._prompts = prompts

    @classmethod
    def load(cls, folder: Path, prompts: Mapping[str, str | None]) -> DirectModel:
        """Load the model in ``folder``; prompts that are None are those of the folder.

        Raises:
            ModelError: if a file is missing or damaged.
        """
        trunk = load_trunk(folder, best_precision())
        tokenizer = load_tokenizer(folder)
        tokenizer.enable_truncation(trunk.longest)
        try:
            path = folder / "config_sentence_transformers.json"
            own = json.loads(path.read_text(encoding="utf-8"))["prompts"]
            given = {kind: prompt for kind, prompt in prompts.items() if prompt is not None}
            return cls(trunk, tokenizer, {**own, **given})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ModelError(
                "model_unusable", "no usable model in {folder}: {said}", folder=folder, said=error
            ) from error

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._trunk.dimension

    def encode(self, texts: Sequence[str], kind: str, batch: int) -> NDArray[np.float32]:
        """Return the mean of each text's token vectors, ``batch`` texts at a time."""
        import numpy as np

        prompt = self._prompts[kind]
        rows = self._tokenizer.encode_batch_fast([prompt + text for text in texts])
        ids = [row.ids for row in rows]
        return np.concatenate(
            [self._mean(ids[start : start + batch]) for start in range(0, len(ids), batch)]
        )

    def tokens(
        self, text: str, kind: str, layers: Sequence[int]
    ) -> tuple[NDArray[np.float32], list[tuple[int, int]]]:
        """Return vectors of a text's tokens, and where in it each token stands.

        A vector is what the trunk has of the token after each of ``layers``, side by side.
        """
        import torch

        prompt = self._prompts[kind]
        row = self._tokenizer.encode(prompt + text)
        ids = torch.full((1, -(-len(row.ids) // STEP) * STEP), PAD)
        ids[0, : len(row.ids)] = torch.tensor(row.ids)
        found = self._trunk.layers(ids)
        beside = torch.cat([found[layer][0] for layer in layers], dim=1).float().numpy()
        own = [
            (number, (start - len(prompt), end - len(prompt)))
            for number, (start, end) in enumerate(row.offsets)
            if end > len(prompt)
        ]
        vectors: NDArray[np.float32] = beside[[number for number, _ in own]]
        return vectors, [(max(0, start), end) for _, (start, end) in own]

    def _mean(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        import torch

        length = -(-max(map(len, rows)) // STEP) * STEP
        ids = torch.full((len(rows), length), PAD)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = torch.tensor(row)
        found = self._trunk(ids).float()
        seen = (ids != PAD).unsqueeze(-1)
        mean: NDArray[np.float32] = ((found * seen).sum(dim=1) / seen.sum(dim=1)).numpy()
        return mean


def load_tokenizer(folder: Path) -> Tokenizer:
    """Read a model's tokenizer.

    Raises:
        ModelError: if the file is missing or damaged.
    """
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # all that tokenizers raises
        raise ModelError(
            "model_unusable", "no usable model in {folder}: {said}", folder=folder, said=error
        ) from error

"""The transformer of the built-in models, run by torch alone.

Importing transformers and sentence-transformers takes three times as long as torch, which is most
of what a first answer waits for, and the built-in models need a hundred lines of theirs.  The
architecture is BERT's (Devlin et al. 2019, arXiv:1810.04805) as ``transformers.BertModel`` computes
it; tests hold the two together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings.errors import ModelError
from embeddings.precision import Linear, Precision
from embeddings.threads import fit_threads

if TYPE_CHECKING:
    from torch import Tensor

PAD = 1  # the piece that fills a row up, in both models
# Lengths are padded to multiples of this: torch compiles kernels for every length that it meets
# and keeps them, which took 170 KB an article and, at first sight, longer than the padding.
STEP = 32
_FIELDS = {"model_type": "bert", "hidden_act": "gelu"}


class Trunk:
    """BERT without dropout, for any number of rows of one length."""

    def __init__(
        self, weights: Mapping[str, Tensor], heads: int, epsilon: float, precision: Precision
    ) -> None:
        """Take weights by their names in ``transformers.BertModel``, of the type of ``precision``.

        Raises:
            KeyError: if one is missing.
        """
        import torch

        def both(name: str) -> tuple[Tensor, Tensor]:
            return weights[f"{name}.weight"], weights[f"{name}.bias"]

        def linear(name: str) -> Linear:
            return precision.linear(*both(name))

        self._precision = precision
        self._heads = heads
        self._epsilon = epsilon
        self._words = weights["embeddings.word_embeddings.weight"]
        # Every token is of the first kind: there is one sequence, or the models see it as one.
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._places = weights["embeddings.position_embeddings.weight"] + kind
        self._first = both("embeddings.LayerNorm")
        self._layers = []
        depth = 1 + max(
            int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer.")
        )
        for number in range(depth):
            layer = f"encoder.layer.{number}"
            own = [both(f"{layer}.attention.self.{part}") for part in ("query", "key", "value")]
            together = [torch.cat(parts) for parts in zip(*own, strict=True)]
            self._layers.append(
                (
                    precision.linear(*together),
                    linear(f"{layer}.attention.output.dense"),
                    both(f"{layer}.attention.output.LayerNorm"),
                    linear(f"{layer}.intermediate.dense"),
                    linear(f"{layer}.output.dense"),
                    both(f"{layer}.output.LayerNorm"),
                )
            )

    @property
    def dimension(self) -> int:
        """Length of a token's vector."""
        return int(self._words.shape[1])

    @property
    def longest(self) -> int:
        """How many tokens a row may have."""
        return int(self._places.shape[0])

    def __call__(self, ids: Tensor) -> Tensor:
        """Return a vector for every token of ``ids``: shape ``(*ids.shape, dimension)``.

        ``ids`` has the shape (rows, length); :data:`PAD`, which is attended by no token, fills a
        row up at its end.  What comes out for a row does not depend on the other rows.
        """
        import torch

        fit_threads()
        if self._precision.is_apart:
            return self._run(ids)
        found = torch.zeros((*ids.shape, self.dimension))
        for row, used in enumerate((ids != PAD).sum(dim=1).tolist()):
            length = min(ids.shape[1], -(-used // STEP) * STEP)
            found[row, :length] = self._run(ids[row : row + 1, :length])[0]
        return found

    def layers(self, ids: Tensor) -> list[Tensor]:
        """Return what :meth:`__call__` does, but after every layer, the last one last."""
        return list(self._each_layer(ids))

    def _run(self, ids: Tensor) -> Tensor:
        *_, last = self._each_layer(ids)
        return last

    def _each_layer(self, ids: Tensor) -> Iterator[Tensor]:
        import torch
        from torch.nn import functional

        rows, length = ids.shape
        size = (self.dimension,)
        seen = (ids != PAD)[:, None, None, :]
        mask = None if bool(seen.all()) else seen
        with torch.inference_mode():
            found = self._words[ids] + self._places[:length]
            found = functional.layer_norm(found, size, *self._first, self._epsilon)
            for together, out, normed, up, down, last in self._layers:
                parts = together(found)
                parts = parts.view(rows, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
                query, key, value = parts
                heard = functional.scaled_dot_product_attention(query, key, value, mask)
                heard = heard.transpose(1, 2).reshape(rows, length, -1)
                found = found + out(heard)
                found = functional.layer_norm(found, size, *normed, self._epsilon)
                wide = functional.gelu(up(found))
                found = found + down(wide)
                found = functional.layer_norm(found, size, *last, self._epsilon)
                yield found


def load_trunk(
    folder: Path, precision: Precision, prefix: str = ""
) -> tuple[Trunk, dict[str, Tensor]]:
    """Load the trunk whose weights' names begin with ``prefix``; return all weights with it.

    Raises:
        ModelError: if a file is missing or damaged, or the model is of another kind.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        others = {name: config.get(name) for name in _FIELDS}
        if others != _FIELDS:
            raise ModelError(
                "model_of_another_kind",
                "no usable model in {folder}: it is of another kind, {others}",
                folder=folder,
                others=others,
            )
        # Through the common type: not every processor turns 8 bits into 16 directly.
        loaded = load_file(folder / "model.safetensors")
        weights = {
            name: value.to(torch.float32).to(precision.dtype) for name, value in loaded.items()
        }
        own = {
            name.removeprefix(prefix): value
            for name, value in weights.items()
            if name.startswith(prefix)
        }
        heads, epsilon = int(config["num_attention_heads"]), float(config["layer_norm_eps"])
        return Trunk(own, heads, epsilon, precision), weights
    except KeyError as error:
        raise ModelError(
            "model_incomplete",
            "no usable model in {folder}: it lacks {said}",
            folder=folder,
            said=error,
        ) from error
    except (OSError, ValueError, TypeError, AttributeError, SafetensorError) as error:
        raise ModelError(
            "model_unusable", "no usable model in {folder}: {said}", folder=folder, said=error
        ) from error

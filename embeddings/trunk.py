"""The transformer of the built-in models, run by torch alone.

Importing transformers and sentence-transformers takes three times as long as torch, which is most
of what a first answer waits for, and the built-in models need a hundred lines of theirs.  The
architecture is BERT's (Devlin et al. 2019, arXiv:1810.04805) as ``transformers.BertModel`` computes
it; tests hold the two together.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakValueDictionary

from embeddings.errors import ModelError
from embeddings.precision import Linear, Precision
from embeddings.threads import fit_threads

if TYPE_CHECKING:
    from torch import Tensor
    from typing_extensions import Self

PAD = 1  # the piece that fills a row up, in both models
# Lengths are padded to multiples of this: torch compiles kernels for every length that it meets
# and keeps them, which took 170 KB an article and, at first sight, longer than the padding.
STEP = 32
_FIELDS = {"model_type": "bert", "hidden_act": "gelu"}
_WEIGHTS = "model.safetensors"
# Trunks in use, by the file they were read from: a head that has upper layers of its own shares the
# others, and so do the libraries that are open in one process.
_in_use: WeakValueDictionary[tuple[Path, int, int, str, str], Trunk] = WeakValueDictionary()


class Trunk:
    """BERT without dropout, for any number of rows of one length."""

    def __init__(
        self, weights: Mapping[str, Tensor], heads: int, epsilon: float, precision: Precision
    ) -> None:
        """Take weights by their names in ``transformers.BertModel``, of the type of ``precision``.

        Raises:
            KeyError: if one is missing.
        """
        self._precision = precision
        self._heads = heads
        self._epsilon = epsilon
        self._words = weights["embeddings.word_embeddings.weight"]
        # Every token is of the first kind: there is one sequence, or the models see it as one.
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._places = weights["embeddings.position_embeddings.weight"] + kind
        self._first = _both(weights, "embeddings.LayerNorm")
        self._layers = [_Layer.of(weights, n, precision) for n in range(max(_numbers(weights)) + 1)]

    def branch(self, weights: Mapping[str, Tensor]) -> Trunk:
        """Return a trunk that shares all with this one but the layers that ``weights`` has.

        Raises:
            KeyError: if one of them is incomplete.
        """
        branch = copy.copy(self)
        branch._layers = [*self._layers]
        for number in _numbers(weights):
            branch._layers[number] = _Layer.of(weights, number, self._precision)
        return branch

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
            for layer in self._layers:
                parts = layer.together(found)
                parts = parts.view(rows, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
                query, key, value = parts
                heard = functional.scaled_dot_product_attention(query, key, value, mask)
                heard = heard.transpose(1, 2).reshape(rows, length, -1)
                found = found + layer.out(heard)
                found = functional.layer_norm(found, size, *layer.normed, self._epsilon)
                wide = functional.gelu(layer.up(found))
                found = found + layer.down(wide)
                found = functional.layer_norm(found, size, *layer.last, self._epsilon)
                yield found


class _Layer(NamedTuple):
    """One layer: attention with its query, key and value together, and what lies over it."""

    together: Linear
    out: Linear
    normed: tuple[Tensor, Tensor]
    up: Linear
    down: Linear
    last: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, weights: Mapping[str, Tensor], number: int, precision: Precision) -> Self:
        import torch

        def both(name: str) -> tuple[Tensor, Tensor]:
            return _both(weights, f"encoder.layer.{number}.{name}")

        own = [both(f"attention.self.{part}") for part in ("query", "key", "value")]
        together = [torch.cat(parts) for parts in zip(*own, strict=True)]
        return cls(
            together=precision.linear(*together),
            out=precision.linear(*both("attention.output.dense")),
            normed=both("attention.output.LayerNorm"),
            up=precision.linear(*both("intermediate.dense")),
            down=precision.linear(*both("output.dense")),
            last=both("output.LayerNorm"),
        )


def _both(weights: Mapping[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _numbers(weights: Mapping[str, Tensor]) -> set[int]:
    """Return which layers ``weights`` has."""
    return {int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer.")}


def load_trunk(folder: Path, precision: Precision, prefix: str = "") -> Trunk:
    """Load the trunk whose weights' names begin with ``prefix``, or return it if it is in use.

    Raises:
        ModelError: if a file is missing or damaged, or the model is of another kind.
    """
    with _readable(folder):
        written = (folder / _WEIGHTS).stat()
        key = folder.resolve(), written.st_mtime_ns, written.st_size, precision.name, prefix
        trunk = _in_use.get(key)
        if trunk is None:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            others = {name: config.get(name) for name in _FIELDS}
            if others != _FIELDS:
                raise ModelError(
                    "model_of_another_kind",
                    "no usable model in {folder}: it is of another kind, {others}",
                    folder=folder,
                    others=others,
                )
            heads, epsilon = int(config["num_attention_heads"]), float(config["layer_norm_eps"])
            weights = read_weights(folder, precision, prefix)
            trunk = _in_use[key] = Trunk(weights, heads, epsilon, precision)
        return trunk


def read_weights(folder: Path, precision: Precision, prefix: str) -> dict[str, Tensor]:
    """Read the weights whose names begin with ``prefix``, by the rest of their names.

    Raises:
        ModelError: if the file is missing or damaged.
    """
    import torch
    from safetensors import safe_open

    with _readable(folder), safe_open(folder / _WEIGHTS, framework="pt") as file:
        # Through the common type: not every processor turns 8 bits into 16 directly.
        return {
            name.removeprefix(prefix): file.get_tensor(name).to(torch.float32).to(precision.dtype)
            for name in file.keys()  # noqa: SIM118 - it is no mapping
            if name.startswith(prefix)
        }


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Turn what is raised by a file that is none of ours, or only half of it, into our error."""
    from safetensors import SafetensorError

    try:
        yield
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

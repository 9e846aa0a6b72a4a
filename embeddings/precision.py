"""How many bits the built-in models are run in: what this processor is quickest at.

Processors with AMX or AVX512-BF16 multiply bfloat16 themselves.  Laptops mostly have neither, but
VNNI, which multiplies eight bits; there the encoder's matrices are in int8, with a scale for each
row, and what is multiplied with them in uint8, with one scale for all of it (“dynamic
quantisation”).  Everything between the matrices, and every other processor, has float32.  So has
the reader, whose exact matches eight bits lower by 2 to 4 points; they leave the fused ranking as
it is (``tests.benchmarks.precisions``).

torch 2.13 calls the tensors deprecated that carry a scale with them, of which the matrices in int8
are made; what is to come instead (``torch._int_mm``, ``onednn.qlinear_pointwise``) took 1.5 times
as long, as it does not round and multiply in one go.  A torch without them gets float32.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

Linear = Callable[["Tensor"], "Tensor"]  # x -> x @ weight.T + bias
_ENGINE = "onednn"  # the one that uses VNNI in its narrow form too, as laptops have it
_HIGHEST = 127


@dataclass(frozen=True, slots=True)
class Precision:
    """How to compute.

    ``dtype`` is the torch type of all that is not a matrix, and ``linear`` makes a layer of a
    weight, shape (out, in), and a bias, shape (out), of that type.  Where a scale is
    found for all rows of a batch together, ``is_apart`` is False: what comes out for a row then
    depends a little on those that it is computed with.
    """

    name: str
    dtype: Any
    linear: Callable[[Tensor, Tensor], Linear]
    is_apart: bool = True


def best_precision(least: int = 8) -> Precision:
    """Return what suits this processor, of ``least`` bits or more."""
    import torch

    if torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported():
        return bfloat16()
    tell: Callable[[], dict[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)
    found = tell()  # nothing in torch 2.4
    can_multiply = found.get("avx512_vnni") or found.get("avx_vnni")
    return int8() if least <= 8 and can_multiply and has_int8() else float32()


def has_int8() -> bool:
    """Tell whether this torch multiplies eight bits."""
    import torch

    engines = torch.backends.quantized.supported_engines
    return _ENGINE in engines and hasattr(torch, "quantize_per_channel")


def bfloat16() -> Precision:
    """Return sixteen bits, eight of them for the exponent."""
    import torch

    return Precision("bfloat16", torch.bfloat16, _plain)


def float32() -> Precision:
    """Return single precision."""
    import torch

    return Precision("float32", torch.float32, _plain)


def int8() -> Precision:
    """Return eight bits for the matrices and what is multiplied with them."""
    import torch

    return Precision("int8", torch.float32, _eight_bits, is_apart=False)


def _plain(weight: Tensor, bias: Tensor) -> Linear:
    from torch.nn import functional

    return partial(functional.linear, weight=weight, bias=bias)


def _eight_bits(weight: Tensor, bias: Tensor) -> Linear:
    import torch

    scales = weight.abs().amax(dim=1).clamp_min(torch.finfo(weight.dtype).tiny) / _HIGHEST
    zeros = torch.zeros(len(weight), dtype=torch.long)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="torch.quantize_per_tensor, ")  # see above
        rounded = torch.quantize_per_channel(weight, scales.double(), zeros, 0, torch.qint8)
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = _ENGINE  # what packs the matrix also multiplies with it
    try:
        packed = torch.ops.quantized.linear_prepack(rounded, bias)
    finally:
        torch.backends.quantized.engine = before
    return partial(_multiply, packed)


def _multiply(packed: Any, found: Tensor) -> Tensor:  # noqa: ANN401 - torch's own packed matrix
    import torch

    product: Tensor = torch.ops.quantized.linear_dynamic(found, packed)
    return product

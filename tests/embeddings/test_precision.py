"""embeddings.precision: what every processor is given, and how near eight bits come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from embeddings import SentenceTransformerEncoder, precision
from embeddings.precision import Precision, best_precision, bfloat16, float32, has_int8, int8

torch = pytest.importorskip("torch")

# Without VNNI two products of eight bits are added in sixteen and overflow: there, and on a torch
# without an engine for it, the program has float32.
_FEATURES = torch.cpu.get_capabilities()
MULTIPLIES = has_int8() and bool(_FEATURES.get("avx512_vnni") or _FEATURES.get("avx_vnni"))


def processor(monkeypatch: pytest.MonkeyPatch, *features: str, engine: bool = True) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(features, True))
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: "amx_tile" in features)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: "avx512_bf16" in features)
    if not engine:
        monkeypatch.setattr(precision, "_ENGINE", "none such")


@pytest.mark.parametrize(
    ("features", "engine", "expected"),
    [
        (("avx2", "avx512_vnni", "amx_tile", "amx_bf16"), True, "bfloat16"),
        (("avx2", "avx512_vnni", "avx512_bf16"), True, "bfloat16"),
        (("avx2", "avx512_vnni"), True, "int8"),
        (("avx2", "avx_vnni"), True, "int8"),
        (("avx2", "avx_vnni"), False, "float32"),
        (("avx2",), True, "float32"),
        ((), True, "float32"),  # no x86 at all
    ],
)
def test_every_processor_gets_what_it_is_quickest_at(
    monkeypatch: pytest.MonkeyPatch, features: tuple[str, ...], engine: bool, expected: str
) -> None:
    processor(monkeypatch, *features, engine=engine)
    assert best_precision().name == expected
    assert best_precision(16).name == expected.replace("int8", "float32")


def test_a_torch_that_does_not_tell_what_the_processor_can_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    processor(monkeypatch)
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert best_precision().name == "float32"


@pytest.mark.skipif(not MULTIPLIES, reason="nothing here multiplies eight bits exactly")
def test_a_layer_in_eight_bits_is_what_its_rounded_numbers_say() -> None:
    draw = torch.Generator().manual_seed(0)
    weight = torch.randn(24, 48, generator=draw) * torch.logspace(-2, 1, 24)[:, None]
    weight[3] = 0  # a row of nothing has no scale
    bias, given = torch.randn(24, generator=draw), torch.randn(7, 48, generator=draw)
    engine = torch.backends.quantized.engine
    found = int8().linear(weight, bias)(given)
    assert torch.backends.quantized.engine == engine
    scale = weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-30) / 127
    low, high = given.min(), given.max()
    step = (high - low) / 255
    zero = torch.round(-low / step)
    seen = (torch.clamp(torch.round(given / step) + zero, 0, 255) - zero) * step
    expected = seen @ (torch.round(weight / scale) * scale).T + bias
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-2)
    exact = float32().linear(weight, bias)(given)
    assert torch.equal(exact, torch.nn.functional.linear(given, weight, bias))
    assert (found - exact).abs().mean() < 0.02 * exact.abs().mean()


@pytest.fixture
def encoder_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Precision], Any]:
    def make(chosen: Precision) -> SentenceTransformerEncoder:
        monkeypatch.setattr("embeddings.direct.best_precision", lambda: chosen)
        encoder = SentenceTransformerEncoder()
        encoder.load()
        return encoder

    return make


@pytest.mark.slow
@pytest.mark.skipif(not MULTIPLIES, reason="nothing here multiplies eight bits exactly")
def test_vectors_in_fewer_bits_are_nearly_the_same_and_do_not_depend_on_each_other(
    encoder_in: Callable[[Precision], Any],
) -> None:
    texts = ["1月至9月引进亿元以上项目60个。", "长沙镇发展水产养殖。" * 30, "天气"]
    exact = encoder_in(float32()).encode_documents(texts)
    for chosen, near in ((bfloat16(), 0.999), (int8(), 0.99)):
        encoder = encoder_in(chosen)
        found = encoder.encode_documents(texts)
        assert (found * exact).sum(axis=1).min() > near
        if chosen.name == "int8":
            alone = np.concatenate([encoder.encode_documents([text]) for text in texts])
            np.testing.assert_allclose(found, alone, atol=1e-6)

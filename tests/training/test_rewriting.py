"""qa.training.rewriting: what the head is charged for, learns, and how it runs when stored."""

from __future__ import annotations

import math
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from embeddings.encoder import BUILTIN_FOLDER as ENCODER
from embeddings.precision import float32
from qa.reading import rewriter as rewriter_module
from qa.reading.reader import BUILTIN_FOLDER
from qa.reading.rewriter import Rewriter, Sources
from qa.reading.windows import Windower, with_boundaries
from qa.types import Exchange

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from qa.training import rewriting  # noqa: E402
from qa.training.learner import Learner  # noqa: E402
from qa.training.rewriting import (  # noqa: E402
    Below,
    Conversation,
    Run,
    Varied,
    bare,
    batches,
    items,
    loss,
    measure,
    scores,
    store,
)

SAID = [
    Conversation("开平呢", (Exchange("鹤山引进了多少项目", text="60个"),), "开平引进了多少项目"),
    Conversation("那总投资呢", (Exchange("鹤山引进了多少项目"),), "鹤山总投资多少"),
    Conversation("谁是市长", (Exchange("鹤山引进了多少项目", text="60个"),), "谁是市长"),
]


@pytest.fixture(scope="module")
def below() -> Below:
    return Below(BUILTIN_FOLDER)


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources(Windower(with_boundaries(Tokenizer.from_file(str(ENCODER / "tokenizer.json")))))


def test_a_head_that_prefers_nothing_is_charged_for_the_number_of_choices(
    below: Below, sources: Sources
) -> None:
    head = below.head()
    with torch.no_grad():
        for part in (head.written, head.across, head.neighbour):
            for weight in part.parameters() if hasattr(part, "parameters") else [part]:
                weight.zero_()
        made = items(SAID, sources)
        assert len(made) == len(SAID)
        wanted = [(len(item.path) - 1) * math.log(len(item.source.characters) - 1) for item in made]
        assert float(loss(head, below, made)) == pytest.approx(sum(wanted) / 3, rel=1e-4)
        assert float(loss(head, below, made[:1])) == pytest.approx(wanted[0], rel=1e-4)


def test_what_is_stored_runs_as_it_was_trained(
    below: Below, sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(1)
    head = below.head().eval()
    folder = tmp_path / "reader"
    shutil.copytree(BUILTIN_FOLDER, folder)
    # Matrices are stored in eight bits: the head is compared as it comes back from there.
    from safetensors.torch import load_file

    store(dict(head.named_parameters()), folder)
    stored = load_file(folder / "model.safetensors")
    prefix = rewriter_module.PREFIX
    head.load_state_dict(
        {name: stored[prefix + name].float() for name, _ in head.named_parameters()}
    )
    monkeypatch.setattr(rewriter_module, "best_precision", lambda _: float32())
    source = sources.source(SAID[0].text, SAID[0].history)
    assert source is not None
    own, other = Rewriter.load(folder)._scores(source)
    with torch.inference_mode():
        wanted = scores(head, below, [source])
    size = len(source.characters)
    for said, whole in zip((own, other), wanted, strict=True):
        np.testing.assert_allclose(said, whole[0, :size, :size].numpy(), atol=2e-4)


def test_storing_leaves_the_reader_as_it_is(below: Below, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    folder = tmp_path / "reader"
    shutil.copytree(BUILTIN_FOLDER, folder)
    before = load_file(folder / "model.safetensors")
    store(dict(below.head().named_parameters()), folder)
    after = load_file(folder / "model.safetensors")
    for name, weight in before.items():
        if not name.startswith(rewriter_module.PREFIX):
            assert after[name].dtype == weight.dtype
            assert torch.equal(after[name].view(torch.uint8), weight.view(torch.uint8))


class Few(Varied):
    """Three conversations a pass, for a run of a few steps."""

    def __init__(self) -> None:
        """Read nothing."""

    def conversations(self, dice: random.Random):
        return iter(SAID)


class Stopped:
    """Learns as a learner does, until its user has enough."""

    def __init__(self, learner: Learner, steps: int) -> None:
        """Stop after ``steps``."""
        self._learner, self._learn, self._steps = learner, learner.learn, steps

    def __call__(self, loss: torch.Tensor) -> None:
        """Learn, or stop."""
        if self._learner.step == self._steps:
            raise KeyboardInterrupt
        self._learn(loss)


def test_a_run_goes_on_where_it_was_stopped(
    below: Below, sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "DROPOUT", 0.0)  # what is dropped is drawn anew
    whole = Run(below, tmp_path / "whole", 4)
    whole.train(Few(), sources, "seed")
    monkeypatch.setattr(rewriting, "SAVED_EVERY", 1)
    first = Run(below, tmp_path / "parts", 4)
    monkeypatch.setattr(first.learner, "learn", Stopped(first.learner, 2))
    with pytest.raises(KeyboardInterrupt):
        first.train(Few(), sources, "seed")
    Run(below, tmp_path / "parts", 4).train(Few(), sources, "seed")
    saved = [
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)
        for name in ("whole", "parts")
    ]
    assert saved[0]["step"] == saved[1]["step"] == 4
    for name, weight in saved[0]["mean"].items():
        torch.testing.assert_close(weight, saved[1]["mean"][name], atol=1e-5, rtol=1e-4)


def test_every_pass_has_each_written_conversation_once_in_other_figures() -> None:
    varied = Varied.__new__(Varied)
    asked = Exchange("2023年有几所", text="35所")
    varied._said = [Conversation("2022年呢", (asked,), "2022年有几所")] * 50
    varied._questions, varied._parallels = [], []
    found = list(varied.conversations(random.Random(0)))[:50]  # noqa: S311
    assert {len(one.history) for one in found} == {1, 2}
    for one in found:
        assert bare(one.rewrite) == bare(one.text).replace("呢", "有几所")
        assert len({*one.text[:4]}) == 2  # as 2022 has two digits
        assert one.history[-1].question[:3] == one.text[:3]
    assert len({one.text for one in found}) > 10
    assert {one.history[-1].text == "" for one in found} == {True, False}


def test_batches_hold_every_item_once(sources: Sources) -> None:
    made = items(SAID * 20, sources)
    planned = batches(made, random.Random(0))  # noqa: S311
    assert sum(map(len, planned)) == len(made) == 60
    assert max(map(len, planned)) <= 16


def test_what_is_measured_is_the_share_that_a_person_wrote_too() -> None:
    class Parrot:
        def rewrite(self, follow_up: str, history: object) -> list[rewriter_module.Rewriting]:
            said = {"开平呢": ["开平呢", "开平引进了多少项目？"]}
            return [rewriter_module.Rewriting(t) for t in said.get(follow_up, [follow_up])]

    assert measure(SAID, Parrot()) == (
        "all 0.333 (among 0.667) of 3; leaning 0.000 (among 0.500) of 2;"
        " new 1.000 (among 1.000) of 1"
    )

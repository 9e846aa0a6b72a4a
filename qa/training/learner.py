"""A model in training: how it learns and how far it is, kept in a folder so that it can stop."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

WARM_UP = 40  # steps
MEAN = 0.998  # what the running mean of the weights keeps at each step
DECAY = 0.01  # of matrices that were taught before
BETAS = (0.9, 0.98)


class Learner:
    """Steps of AdamW at a rate that rises over ``WARM_UP`` steps and then falls to nothing.

    ``mean`` is the running mean of the weights, which is what comes of the run.
    """

    def __init__(
        self,
        model: nn.Module,
        folder: Path,
        steps: int,
        peaks: tuple[float, float],
        is_taught: Callable[[str], bool],
    ) -> None:
        """Begin, or continue from the checkpoint in ``folder`` if there is one.

        ``peaks`` are the highest rates of the parameters that ``is_taught`` tells by name to have
        been learnt before, and of the others, which begin as noise.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._model, self._folder, self.steps = model, folder, steps
        learnt = {n: p for n, p in model.named_parameters() if p.requires_grad}
        taught = [p for name, p in learnt.items() if is_taught(name)]
        others = [p for name, p in learnt.items() if not is_taught(name)]
        first, second = peaks
        self._optimizer = torch.optim.AdamW(
            [
                {
                    "params": [p for p in taught if p.dim() > 1],
                    "weight_decay": DECAY,
                    "peak": first,
                },
                {"params": [p for p in taught if p.dim() == 1], "weight_decay": 0, "peak": first},
                {"params": others, "weight_decay": 0, "peak": second},
            ],
            lr=first,
            betas=BETAS,
            fused=True,
        )
        self.step = 0
        self.mean = {name: parameter.detach().clone() for name, parameter in learnt.items()}
        self._started = time.perf_counter()
        path = folder / "checkpoint.pt"
        if path.exists():
            saved = torch.load(path, weights_only=True)
            model.load_state_dict(saved["model"])
            self._optimizer.load_state_dict(saved["optimizer"])
            self.step, self.mean = saved["step"], saved["mean"]

    def learn(self, loss: Tensor) -> None:
        """Take one step down ``loss``."""
        rate = min(1.0, (self.step + 1) / WARM_UP) * (1 - self.step / self.steps)
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self.step += 1
        keep = min(MEAN, self.step / (self.step + 9))  # young, it forgets its beginning sooner
        with torch.no_grad():
            for name, parameter in self._model.named_parameters():
                if name in self.mean:
                    self.mean[name].lerp_(parameter, 1 - keep)

    def log(self, **said: float) -> None:
        """Write a line of how far it is into ``train.log``."""
        line = {"step": self.step, "seconds": round(time.perf_counter() - self._started), **said}
        with (self._folder / "train.log").open("a", encoding="utf-8") as log:
            print(json.dumps(line), file=log)

    def save(self) -> None:
        """Write the checkpoint, so that one is whole whenever the run is stopped."""
        fresh = self._folder / "checkpoint.new"
        torch.save(
            {
                "model": self._model.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "step": self.step,
                "mean": self.mean,
            },
            fresh,
        )
        fresh.replace(self._folder / "checkpoint.pt")


def mean_of(folder: Path) -> dict[str, Tensor]:
    """Return the mean of the weights in the run that is kept in ``folder``."""
    mean: dict[str, Tensor] = torch.load(folder / "checkpoint.pt", weights_only=True)["mean"]
    return mean

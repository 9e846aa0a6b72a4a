"""Make the built-in reader.

Call::

    python -m qa.training.spans.build_reader ../shared/data RUN_FOLDER

The reader begins as the encoder's teacher, which ``embeddings.training.build_encoder`` makes.  The
run can be stopped at any time and called again.  Checkpoints and the log lie in ``RUN_FOLDER``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from qa.reading.reader import BUILTIN_FOLDER, Calibration
from qa.training.saving import save_reader
from qa.training.spans.recipe import Lessons, Recipe, built_in
from qa.training.spans.train import Run, new_model

# The built-in weights are the mean of those after the last two stages.  On 400 questions of
# CMRC2018 trial, EM/F1: after “mixed” 36.8/70.9, after “longer” 37.3/71.8, their mean 37.0/72.7.
AVERAGED = 2


def main() -> None:
    """Train and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the public data sets")
    parser.add_argument("run", type=Path, help="folder for checkpoints and the log")
    parser.add_argument("--target", type=Path, default=BUILTIN_FOLDER)
    arguments = parser.parse_args()
    recipe = Recipe()
    lessons = Lessons(arguments.data, recipe)
    run = Run(new_model(recipe.layers), arguments.run)
    stages = built_in(lessons)
    run.train(stages)
    run.model.load_state_dict(run.mean(stages[-AVERAGED:]))
    model = run.model
    save_reader(
        model.state_dict(), model.config, lessons.tokenizer, Calibration(), arguments.target
    )


if __name__ == "__main__":
    main()

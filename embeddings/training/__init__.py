"""How the built-in encoder was made; not needed by the installed program."""

from pathlib import Path

_ROOT = Path(__file__).parents[2]
TEACHER = _ROOT / "build" / "encoder"  # the model of twelve layers, which is not committed
GOLDEN = _ROOT / "tests" / "golden" / "encoder.npz"

"""tests.screenshots: the pictures can be taken again, and those that are kept are small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import screenshots

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning")]
NAMES = sorted(
    f"{shot.name}.png"
    for shot in (
        *screenshots.SHOTS,
        screenshots.LOADING,
        screenshots.COMPARED,
        screenshots.EMPTY,
    )
)


def test_every_picture_is_kept_and_small() -> None:
    kept = sorted(screenshots.PICTURES.glob("*"))
    assert [path.name for path in kept] == NAMES
    for path in kept:
        assert path.stat().st_size < screenshots.MOST, path.name
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        wide = int.from_bytes(data[16:20], "big")
        assert wide == (390 if "phone" in path.name else 1280), path.name


@pytest.mark.slow
@pytest.mark.browser
def test_the_pictures_can_be_taken_again(chromium: Any, need: Any, tmp_path: Path) -> None:
    from importlib.util import find_spec

    need(find_spec("PIL"), "pillow: pip install pillow")
    assert [path.name for path in screenshots.take(chromium, tmp_path)] == NAMES

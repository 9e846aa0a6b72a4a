"""What README and docs tell to type does what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa import Library
from tests.docs.pages import DOCS, ROOT, Page, read
from tests.docs.running import SERVER, Workplace, is_like
from tests.serving import serving

README = ROOT / "README.md"
RUN = {"sh", "python"}
PAGES = [
    page
    for page in map(read, (README, *sorted(DOCS.glob("*.md"))))
    if not page.path.name.endswith(".zh.md")  # their code is that of the English pages
    and any(block.language in RUN and not block.reason for block in page.blocks)
]


@pytest.fixture(scope="module")
def server(seeds_library: Library) -> Iterator[str]:
    with serving(seeds_library) as address:
        yield address


@pytest.fixture(scope="module")
def backup(seeds_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backup") / "seeds.yinju"
    seeds_library.export(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_blocks_run_in_their_order_and_print_what_the_page_shows(
    page: Page,
    backup: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    workplace = Workplace(tmp_path, monkeypatch)
    if page.path != README:  # which begins with nothing
        Library.restore(backup, tmp_path / "library")
    done = set()
    for block in page.blocks:
        if block.language not in RUN or block.reason or block.bare in done:
            continue
        address = request.getfixturevalue("server") if SERVER in block.code else ""
        printed = workplace.run(block, address)
        done.add(block.bare)
        if block.output is not None:
            assert is_like(printed, block.output), f"{block} prints\n{printed}"


def test_a_page_that_shows_something_else_is_noticed() -> None:
    assert is_like("60个 [1]\n可靠 · 9.24 秒\n", "60个 [1]\n可靠 · 0.31 秒\n")
    assert is_like("a\nb\nc", "a\n…")
    assert not is_like("61个 [1]", "60个 [1]")
    assert not is_like("60个 [1]\n[1] x", "60个 [1]")

"""Makes the pictures in tests/screenshots again: ``python -m tests.screenshots [FOLDER]``.

They show the pages over the sample articles with the built-in models, and one file that cannot
be read, so that whoever changes a page sees what became of it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from qa import Library
from tests.browsing import ARGUMENTS, CHROMIUM, ask, opened
from tests.conftest import ROOT
from tests.serving import serving
from ui.guard.settings import ServerSettings
from ui.texts.languages import EXAMPLES

PICTURES = ROOT / "tests" / "screenshots"
MOST = 80 << 10  # bytes of a picture
HESHAN, CHAOZHOU, _, _, KAIPING = EXAMPLES
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


class Shot(NamedTuple):
    """A picture: what is done on the page before it is taken, and in which browser."""

    name: str
    act: Callable[[Any, str], object]
    path: str = ""
    ready: str = ".yj-freshness"
    options: dict[str, Any] = {}  # noqa: RUF012 - read only
    whole: bool = False  # all of the page, not what fits the window


def _nothing(page: Any, _: str) -> None:
    page.wait_for_selector(".yj-example, .yj-main")


def _answer(page: Any, _: str) -> None:
    ask(page, HESHAN).locator(".yj-cite").first.click()


def _compared(page: Any, _: str) -> None:
    ask(page, "鹤山引进亿元以上项目多少个").locator(".yj-compare").wait_for()


def _without_evidence(page: Any, _: str) -> None:
    ask(page, KAIPING).locator(".yj-instead").first.wait_for()


def _follow_up(page: Any, _: str) -> None:
    ask(page, HESHAN)
    ask(page, "那总投资呢？").locator(".yj-understood").wait_for()


def _phone_answer(page: Any, _: str) -> None:
    ask(page, HESHAN)


def _phone_evidence(page: Any, _: str) -> None:
    ask(page, HESHAN).locator(".yj-cite").first.tap()
    page.wait_for_selector(".yj-panel.yj-open")


def _article(page: Any, address: str) -> None:
    link = ask(page, HESHAN).locator("[data-copy-link]").get_attribute("data-copy-link")
    page.goto(f"{address}/{link}")
    page.wait_for_selector("#quote")


PHONE_OPTIONS = {"viewport": PHONE, "has_touch": True}
SHOTS = (
    Shot("chat", _nothing),
    Shot("chat-answer", _answer),
    Shot("chat-no-evidence", _without_evidence),
    Shot("chat-follow-up", _follow_up),
    Shot("chat-dark", _answer, options={"color_scheme": "dark"}),
    Shot("chat-english", _answer, options={"locale": "en-US"}),
    Shot("chat-phone", _phone_answer, options=PHONE_OPTIONS),
    Shot("chat-phone-evidence", _phone_evidence, options=PHONE_OPTIONS),
    Shot("search", _nothing, "search?q=省级农业产业园", ".yj-result"),
    Shot("library", _nothing, "library", ".yj-plot", whole=True),
    Shot("library-phone", _nothing, "library", ".yj-plot", PHONE_OPTIONS, whole=True),
    Shot("article", _article),
)
COMPARED = Shot("chat-compare", _compared)
LOADING = Shot("chat-loading", _nothing)
EMPTY = Shot("chat-empty", lambda page, _: page.wait_for_selector(".yj-drop"))
EARLIER = (
    "鹤山上半年招商引资成效明显\n来源：江门日报 2022-08-02 08:00\n\n"
    "记者从鹤山市投资促进中心获悉,今年1月至6月,鹤山引进亿元以上项目45个,"
    "计划总投资160亿元。\n"
)


@contextmanager
def _library(place: Path, more: dict[str, bytes] | None = None) -> Iterator[Library]:
    """Open a library of the sample articles and the files ``more``, or of none without these."""
    folder = place / "articles"
    folder.mkdir(parents=True)
    for path in sorted((ROOT / "seeds").glob("*.txt")) if more is not None else ():
        shutil.copy(path, folder)
    for name, data in (more or {}).items():
        (folder / name).write_bytes(data)
    with Library.open(place / "library") as library:
        library.sync(folder)
        yield library


def _take(chromium: Any, address: str, shot: Shot, folder: Path) -> None:
    url = f"{address}/{shot.path}"
    options = {"viewport": DESKTOP, "reduced_motion": "reduce"} | shot.options
    with opened(chromium, url, ready=shot.ready, **options) as page:
        shot.act(page, address)
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(500)
        _write(page.screenshot(full_page=shot.whole), folder / f"{shot.name}.png")


def _write(picture: bytes, path: Path) -> None:
    """Write a picture with its most frequent colours, as many of them as keep it small."""
    from PIL import Image

    with Image.open(BytesIO(picture)) as image:
        exact = image.convert("RGB")
    counted = sorted(exact.getcolors(exact.width * exact.height), reverse=True)
    for colours in (128, 64, 32):
        palette = Image.new("P", (1, 1))
        palette.putpalette([part for _, colour in counted[:colours] for part in colour])
        few = exact.quantize(palette=palette, dither=Image.Dither.NONE)
        few.save(path, optimize=True, bits=8)
        if path.stat().st_size < MOST:
            return


def _hold_loading(library: Library) -> Callable[[], None]:
    """Have the library's models be loaded only when what is returned is called."""
    released, warm_up = threading.Event(), library.warm_up

    def wait() -> None:
        released.wait()
        warm_up()

    library.warm_up = wait  # type: ignore[method-assign]
    return released.set


def take(chromium: Any, folder: Path) -> list[Path]:
    """Take all pictures; return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = ServerSettings(rate=0)
    with tempfile.TemporaryDirectory() as place:
        broken = {"扫描件.pdf": b"%PDF-1.4 broken"}
        with _library(Path(place, "samples"), broken) as library:
            go_on = _hold_loading(library)
            with serving(library, settings, warming=True) as address:
                try:
                    _take(chromium, address, LOADING, folder)
                finally:
                    go_on()
                for shot in SHOTS:
                    _take(chromium, address, shot, folder)
        with (
            _library(Path(place, "two"), {"009.txt": EARLIER.encode()}) as library,
            serving(library, settings) as address,
        ):
            _take(chromium, address, COMPARED, folder)
        with _library(Path(place, "none")) as library, serving(library, settings) as address:
            _take(chromium, address, EMPTY, folder)
    return sorted(folder.glob("*.png"))


def main() -> None:
    """Take the pictures and say how large they are."""
    from playwright.sync_api import sync_playwright

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        for path in take(browser, folder):
            sys.stdout.write(f"{path.stat().st_size / 1024:6.1f} KiB  {path.name}\n")
        browser.close()


if __name__ == "__main__":
    main()

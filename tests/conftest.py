"""What several test files share: the sample articles, a library of them, a cheap encoder."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from embeddings import Progress, Vectors
from qa.text import fold
from tests.browsing import ARGUMENTS, CHROMIUM

if TYPE_CHECKING:
    from qa import Library
    from tests.postgres_server import Server

ROOT = Path(__file__).parents[1]
MODEL_PACKAGES = {"torch", "transformers", "sentence_transformers"}

# Two shared cores: an example that is slow once is no defect, and the same ones run every time.
settings.register_profile(
    "yinju",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("yinju")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last.

    Their server lives on until the end, and its threads draw from ``random`` while hypothesis
    watches that nobody does.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


class HashEncoder:
    """Character bigrams hashed into 64 buckets: texts that share words are near, without torch."""

    def __init__(self, fingerprint: str = "hash64") -> None:
        self.fingerprint = fingerprint
        self.dimension = 64
        self.encoded: list[str] = []  # the documents asked for so far, in order

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.encoded.extend(texts)
        if progress is not None and texts:
            progress(len(texts))
        return self._encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        vectors[:, 0] = 0.01  # a text without bigrams has a direction too
        for row, text in enumerate(texts):
            letters = re.sub(r"\W", "", fold(text))
            for first, second in pairwise(letters):
                number = zlib.crc32((first + second).encode("utf-8", "surrogatepass"))
                vectors[row, number % self.dimension] += 1.0
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def running_in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def pytest_configure() -> None:
    """Forget what somebody works with, which is no place for tests."""
    for name in ("YINJU_STORE", "YINJU_INDEX", "YINJU_LIBRARY"):
        os.environ.pop(name, None)


def require(condition: object, reason: str) -> None:
    """Skip a test where what it needs is missing; under CI nothing may be missing."""
    if not condition:
        if running_in_ci():
            pytest.fail(f"CI lacks what this test needs: {reason}")
        pytest.skip(reason)


@contextmanager
def skipped_without_models() -> Iterator[None]:
    """Skip what asks for the packages that run the models where those are not installed.

    Whatever a test needs them for, it says so by asking, and no list of such tests can be wrong.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in MODEL_PACKAGES and find_spec(package) is None:
            require(False, f"{package}: pip install yinju")
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    with skipped_without_models():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    with skipped_without_models():
        return (yield)


@pytest.fixture(scope="session")
def ci() -> bool:
    """Tell whether CI runs the tests."""
    return running_in_ci()


@pytest.fixture(scope="session")
def need() -> Any:
    """Give ``require``: skip where something is missing, but fail under CI."""
    return require


@pytest.fixture(autouse=True)
def paths_of_its_own() -> Iterator[None]:
    """Let a command that runs in a test's own process forget the current folder for that alone."""
    paths, safe = [*sys.path], os.environ.pop("PYTHONSAFEPATH", None)
    yield
    sys.path[:] = paths
    os.environ.pop("PYTHONSAFEPATH", None)
    if safe is not None:
        os.environ["PYTHONSAFEPATH"] = safe


@pytest.fixture
def hash_encoder() -> HashEncoder:
    return HashEncoder()


@pytest.fixture(scope="session")
def seeds_folder() -> Path:
    """The folder of the five sample articles."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def seed_texts(seeds_folder: Path) -> dict[str, str]:
    """The sample articles' texts by file name."""
    return {
        path.name: path.read_bytes().decode("utf-8") for path in sorted(seeds_folder.glob("*.txt"))
    }


@pytest.fixture(scope="session")
def golden_seeds() -> dict[str, dict[str, Any]]:
    """Title, source, date and furniture of the sample articles, read off by hand."""
    path = ROOT / "tests" / "golden" / "seeds.json"
    golden: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return golden


@pytest.fixture(scope="session")
def seeds_library(
    seeds_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Library]:
    """A library of the sample articles with the built-in models.  For reading only."""
    from qa import Library

    with Library.open(tmp_path_factory.mktemp("library")) as library:
        library.sync(seeds_folder)
        yield library


@pytest.fixture(scope="session")
def postgres(need: Callable[[object, str], None]) -> Iterator[Server]:
    """A private PostgreSQL server; each test makes a database of its own in it."""
    need(find_spec("psycopg"), "psycopg: pip install 'yinju[postgres]'")
    from tests.postgres_server import find_programs, running_server

    programs = find_programs()
    need(programs, "a PostgreSQL server: apt-get install postgresql")
    assert programs is not None
    with running_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def milvus(
    tmp_path_factory: pytest.TempPathFactory, need: Callable[[object, str], None]
) -> Iterator[str]:
    """The address of a Milvus server that all tests share, each with a library of its own."""
    need(find_spec("pymilvus"), "pymilvus: pip install 'yinju[milvus]'")
    need(find_spec("milvus_lite"), "milvus-lite: pip install milvus-lite")
    from tests.milvus_server import MilvusServer

    server = MilvusServer(tmp_path_factory.mktemp("milvus"))
    yield server.address
    server.kill()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Where a store lies: a file, or a database of its own on a server."""
    if request.param == "sqlite":
        yield tmp_path / "library.db"
    else:
        with request.getfixturevalue("postgres").database() as address:
            yield address


@pytest.fixture(params=["sqlite", "postgres"])
def either_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the test's one library lie in its folder, or in a database of its own on a server."""
    if request.param == "sqlite":
        monkeypatch.delenv("YINJU_STORE", raising=False)
        yield request.param
    else:
        with request.getfixturevalue("postgres").database() as address:
            monkeypatch.setenv("YINJU_STORE", address)
            yield request.param


@pytest.fixture(scope="session")
def chromium(need: Callable[[object, str], None]) -> Iterator[Any]:
    need(find_spec("playwright"), "playwright: pip install playwright")
    need(shutil.which(CHROMIUM), f"a browser at {CHROMIUM}: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()

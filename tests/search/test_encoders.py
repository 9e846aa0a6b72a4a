"""qa.search.encoders: the model of a library, whichever process chose it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import qa.search.encoders
from embeddings import Vectors
from qa import Library
from qa.config import ModelSettings
from qa.errors import LibraryStaleError
from qa.search.indexes.embedded import EmbeddedIndexes
from tests.conftest import HashEncoder

QUESTION = "鹤山引进了多少亿元以上项目"
TEXT = "鹤山招商\n\n1月至9月鹤山引进亿元以上项目60个，计划总投资209亿元。\n"


class NamedEncoder(HashEncoder):
    """A model that is known by its name; texts of another one mean nothing to it."""

    def __init__(self, model: str, **_: object) -> None:
        super().__init__(model)

    def _encode(self, texts: list[str]) -> Vectors:  # type: ignore[override]
        return super()._encode([f"{self.fingerprint} {text}" for text in texts])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library made with the model "builtin"."""
    monkeypatch.setattr(qa.search.encoders, "SentenceTransformerEncoder", NamedEncoder)
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "heshan.txt").write_text(TEXT, encoding="utf-8")
    with Library.open(tmp_path / "library") as library:
        library.sync(folder)
    return tmp_path / "library"


def test_a_library_that_is_open_follows_a_model_chosen_elsewhere(place: Path) -> None:
    with Library.open(place) as open_before, Library.open(place) as other:
        assert open_before.ask(QUESTION).text == "60个"
        score = open_before.retrieve(QUESTION)[0].dense
        other.rebuild(ModelSettings(model="another"))
        assert not open_before.is_stale
        assert open_before.settings.model == open_before.status().fingerprint == "another"
        assert open_before.ask(QUESTION).text == "60个"
        assert open_before.retrieve(QUESTION)[0].dense == other.retrieve(QUESTION)[0].dense
        assert open_before.retrieve(QUESTION)[0].dense != score


def test_questions_are_answered_while_another_model_takes_over(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing, asked = threading.Event(), threading.Event()
    catch_up = EmbeddedIndexes.catch_up

    def slow(indexes: EmbeddedIndexes, fingerprint: str) -> object:
        publishing.set()
        assert asked.wait(30)
        return catch_up(indexes, fingerprint)

    with Library.open(place) as library, Library.open(place) as other:
        before = library.retrieve(QUESTION)
        other.retrieve(QUESTION)
        monkeypatch.setattr(EmbeddedIndexes, "catch_up", slow)
        settings = ModelSettings(model="another")
        writer = threading.Thread(target=library.rebuild, args=(settings,))
        writer.start()
        assert publishing.wait(30)
        try:
            for reader in (library, other):  # in the same process, and as another one would
                assert reader.retrieve(QUESTION) == before
        finally:
            asked.set()
            writer.join()
        assert library.retrieve(QUESTION)[0].dense != before[0].dense


def test_a_model_that_is_not_the_stored_ones_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Changed(NamedEncoder):
        """The same name, other weights."""

        def __init__(self, model: str, **_: object) -> None:
            super().__init__(model + " changed")

    monkeypatch.setattr(qa.search.encoders, "SentenceTransformerEncoder", Changed)
    with Library.open(place) as library:
        assert library.is_stale
        with pytest.raises(LibraryStaleError, match="yinju rebuild"):
            library.ask(QUESTION)
        with pytest.raises(LibraryStaleError, match="yinju rebuild"):
            library.remove("heshan.txt")
        assert library.count == 1
        library.rebuild()
        assert library.ask(QUESTION).text == "60个"


def test_a_sync_encodes_again_what_an_older_built_in_model_encoded(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Newer(NamedEncoder):
        def __init__(self, model: str, **named: object) -> None:
            super().__init__(f"newer {model}", **named)

    monkeypatch.setattr(qa.search.encoders, "SentenceTransformerEncoder", Newer)
    with Library.open(place) as library:
        assert library.is_stale
        with pytest.raises(LibraryStaleError, match="run 'yinju rebuild'"):
            library.ask(QUESTION)
        done: list[tuple[int, int]] = []
        report = library.sync(place.parent / "articles", lambda *now: done.append(now))
        assert (report.added, report.updated, report.unchanged) == ((), (), ("heshan.txt",))
        assert done[-1] == (1, 1)
        assert not library.is_stale
        assert library.status().fingerprint == "newer builtin"
        assert library.ask(QUESTION).text == "60个"


def test_a_sync_leaves_a_library_of_another_model_that_somebody_chose(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(place) as library:
        library.rebuild(ModelSettings(model="chosen"))

    class Newer(NamedEncoder):
        def __init__(self, model: str, **named: object) -> None:
            super().__init__(f"newer {model}", **named)

    monkeypatch.setattr(qa.search.encoders, "SentenceTransformerEncoder", Newer)
    with (
        Library.open(place) as library,
        pytest.raises(LibraryStaleError, match="run 'yinju rebuild'"),
    ):
        library.sync(place.parent / "articles")
    with (
        Library.open(place, encoder=HashEncoder("given")) as library,
        pytest.raises(LibraryStaleError, match="run 'yinju rebuild'"),
    ):
        library.sync(place.parent / "articles")

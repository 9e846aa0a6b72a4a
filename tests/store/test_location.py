"""qa.store.location: a folder that is made for a library, or that has one already."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa import Library
from qa.errors import LibraryNotFoundError, LibraryWriteError
from qa.store.location import DATABASE, make_folder, require_library


def test_a_library_is_where_its_database_is(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b"
    make_folder(place)
    make_folder(place)
    with pytest.raises(LibraryNotFoundError, match="there is no library in"):
        require_library(place)
    (place / DATABASE).touch()
    require_library(place)


def test_a_library_beside_it_with_a_like_name_is_offered(tmp_path: Path) -> None:
    for name, file in (("news", DATABASE), ("newt", "else"), ("far", DATABASE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).touch()
    missing = tmp_path / "new s"
    with pytest.raises(LibraryNotFoundError) as told:
        require_library(missing)
    assert str(told.value) == (
        f"there is no library in {missing} (did you mean {tmp_path / 'news'}?); name another with"
        f" --library, or make this one: yinju sync FOLDER --library '{missing}'"
    )


def test_what_the_system_refuses_is_told(tmp_path: Path) -> None:
    place = tmp_path / ("x" * 300)
    with pytest.raises(LibraryNotFoundError, match=r"cannot be looked into: File name too long"):
        require_library(place)
    with pytest.raises(LibraryWriteError, match=r"cannot be made: File name too long"):
        make_folder(place)


def test_python_opens_only_what_is_there_if_that_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFoundError):
        Library.open(tmp_path / "library", create=False)
    assert list(tmp_path.iterdir()) == []
    Library.open(tmp_path / "library").close()
    with Library.open(tmp_path / "library", create=False) as library:
        assert library.count == 0


def test_a_machine_that_is_new_to_a_store_has_no_folder_yet(
    tmp_path: Path, either_store: str
) -> None:
    Library.open(tmp_path / "one").close()
    if either_store == "sqlite":
        with pytest.raises(LibraryNotFoundError):
            Library.open(tmp_path / "two", create=False)
    else:
        with Library.open(tmp_path / "two", create=False) as library:
            assert library.count == 0

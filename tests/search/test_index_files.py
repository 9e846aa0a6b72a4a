"""qa.search.index_files: a generation of index files is in force whole, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.search.index_files import FORMAT, Generations, GenerationStamp
from qa.store.store import State

FIRST = GenerationStamp("library", State(1, 5), "model")
SECOND = GenerationStamp("library", State(2, 6), "model")


@pytest.fixture
def generations(tmp_path: Path) -> Generations:
    return Generations(tmp_path / "index")


def make(
    generations: Generations, stamp: GenerationStamp, old: GenerationStamp | None, **files: str
) -> GenerationStamp:
    """Put a generation in force that has ``files`` beside the old one's ``kept`` ones."""
    folder = generations.begin(old, ("kept/",))
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name("new").write_text(text, encoding="utf-8")
        path.with_name("new").replace(path)
    return generations.commit(folder, stamp, old)


def contents(generations: Generations, stamp: GenerationStamp) -> dict[str, str]:
    folder = generations.folder_of(stamp)
    return {name: (folder / name).read_text(encoding="utf-8") for name in stamp.files}


def test_there_is_none_at_first(generations: Generations) -> None:
    assert generations.stamp() is None


def test_a_generation_is_in_force_once_it_is_committed(generations: Generations) -> None:
    folder = generations.begin(None, ("kept/",))
    (folder / "dense").write_text("甲", encoding="utf-8")
    assert generations.stamp() is None
    stamp = generations.commit(folder, FIRST, None)
    assert generations.stamp() == stamp
    assert (stamp.library_id, stamp.state, stamp.fingerprint) == ("library", (1, 5), "model")
    assert contents(generations, stamp) == {"dense": "甲"}
    assert generations.is_whole(stamp)


def test_the_next_one_takes_over_what_is_kept(generations: Generations) -> None:
    first = make(generations, FIRST, None, kept__a="甲", kept__b="乙", dense="旧")
    second = make(generations, SECOND, first, kept__b="丙", dense="新")
    assert contents(generations, second) == {"dense": "新", "kept/a": "甲", "kept/b": "丙"}
    assert generations.stamp() == second
    assert generations.is_whole(second)
    assert not generations.folder_of(first).exists()
    assert not generations.is_whole(first)


def test_what_a_crash_left_behind_is_cleared_and_never_in_force(
    generations: Generations, tmp_path: Path
) -> None:
    first = make(generations, FIRST, None, kept__a="甲")
    half = generations.begin(first, ("kept/",))
    (half / "dense").write_text("半", encoding="utf-8")
    (tmp_path / "index" / "stamp.json.new").write_text("{", encoding="utf-8")
    assert generations.stamp() == first
    assert contents(generations, first) == {"kept/a": "甲"}
    second = make(generations, SECOND, first, dense="新")
    assert not half.exists() or contents(generations, second)["dense"] == "新"
    assert {path.name for path in (tmp_path / "index").iterdir()} == {
        "stamp.json",
        second.generation,
    }


@pytest.mark.parametrize("damage", ["flip", "cut", "grow", "remove", "add"])
def test_files_that_are_not_as_stamped_are_not_trusted(
    generations: Generations, damage: str
) -> None:
    stamp = make(generations, FIRST, None, kept__a="甲乙丙", dense="丁")
    folder = generations.folder_of(stamp)
    path = folder / "kept" / "a"
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[4] ^= 1
    elif damage == "cut":
        del data[-1]
    elif damage == "grow":
        data += b"x"
    path.write_bytes(data)
    if damage == "remove":
        path.unlink()
    elif damage == "add":
        (folder / "kept" / "b").write_bytes(b"")
    assert not generations.is_whole(stamp)


WRONG = {
    "format": FORMAT,
    "library_id": "x",
    "state": ["x", "y"],
    "fingerprint": "",
    "removed": 0,
    "files": {},
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        "\x00",
        '{"files": 3}',
        '{"files": {"a": [1]}}',
        json.dumps(WRONG),
    ],
)
def test_a_stamp_that_cannot_be_read_is_none(generations: Generations, text: str) -> None:
    make(generations, FIRST, None, dense="甲")
    generations.path.write_text(text, encoding="utf-8")
    assert generations.stamp() is None


def test_index_files_of_another_format_are_not_read(generations: Generations) -> None:
    make(generations, FIRST, None, dense="甲")
    fields = json.loads(generations.path.read_text(encoding="utf-8"))
    assert fields["format"] == FORMAT
    generations.path.write_text(json.dumps(fields | {"format": FORMAT - 1}), encoding="utf-8")
    assert generations.stamp() is None


def test_a_stamp_names_no_folder_elsewhere(generations: Generations, tmp_path: Path) -> None:
    stamp = make(generations, FIRST, None, dense="甲")
    fields = json.loads(generations.path.read_text(encoding="utf-8"))
    fields["generation"] = "../../etc"
    generations.path.write_text(json.dumps(fields), encoding="utf-8")
    told = generations.stamp()
    assert told is not None
    assert generations.folder_of(told) == tmp_path / "index" / "etc"
    assert not generations.is_whole(told)
    assert generations.is_whole(stamp)

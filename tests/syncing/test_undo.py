"""History and undo: what syncs changed, and the state before the last one, back in one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from qa import Library
from qa.errors import NothingToUndoError
from qa.store import history
from qa.store.backup import restore
from qa.store.location import DATABASE
from qa.store.store import Store
from qa.syncing.current_indexes import CurrentIndexes
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader
from tests.syncing.test_syncing import HESHAN, KAIPING, write_rows

QUESTION = "鹤山引进了多少亿元以上项目"
NEWER = HESHAN.replace("60个", "61个")
ENPING = "恩平温泉\n\n来源：恩平日报 2024-02-03\n\n恩平市有温泉度假村12家，去年接待游客。\n"

pytestmark = pytest.mark.usefixtures("either_store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    (found / "heshan.txt").write_text(HESHAN, encoding="utf-8")
    (found / "kaiping.txt").write_text(KAIPING, encoding="utf-8")
    return found


@pytest.fixture
def library(tmp_path: Path, hash_encoder: HashEncoder) -> Iterator[Library]:
    place = tmp_path / "library"
    with Library.open(place, encoder=hash_encoder, reader=RuleReader()) as opened:
        yield opened


def state_of(library: Library) -> dict[str, Any]:
    """Return all that a library says of its articles, whatever the numbers of their versions."""
    store = library.store
    files = {path: store.file_at(path) for path in store.ids()}
    passages = {path: store.passages.of(number) for path, number in store.ids().items()}
    hits = [
        (hit.article.path, hit.text, round(hit.score, 4)) for hit in library.retrieve(QUESTION, 50)
    ]
    articles = list(library.articles())
    return {
        "articles": articles,
        "files": files,
        "passages": passages,
        "hits": hits,
        "reposts": store.reposts.paths(),
        "answer": library.ask(QUESTION).text,
    }


def counts(library: Library) -> list[tuple[int, ...]]:
    return [tuple(record.counts.values()) for record in library.history()]


def change(folder: Path) -> None:
    """Add, change, remove and rename a file each."""
    (folder / "enping.txt").write_text(ENPING, encoding="utf-8")
    (folder / "heshan.txt").write_text(NEWER, encoding="utf-8")
    (folder / "kaiping.txt").unlink()
    (folder / "old.txt").rename(folder / "new.txt")


# -- the history ---------------------------------------------------------------------------------


def test_the_history_tells_what_each_sync_changed(library: Library, folder: Path) -> None:
    assert library.history() == ()
    (folder / "old.txt").write_text("台山市有渔港7个。", encoding="utf-8")
    begun = datetime.now(tz=timezone.utc)
    library.sync(folder)
    library.sync(folder)  # which changes nothing, and is not told
    change(folder)
    library.sync(folder)
    last, first = library.history()
    assert (first.added, first.updated, first.removed, first.renamed) == (
        ("heshan.txt", "kaiping.txt", "old.txt"),
        (),
        (),
        (),
    )
    assert (last.added, last.updated, last.removed, last.renamed) == (
        ("enping.txt",),
        ("heshan.txt",),
        ("kaiping.txt",),
        (("old.txt", "new.txt"),),
    )
    assert last.counts == {"added": 1, "updated": 1, "removed": 1, "renamed": 1}
    assert (first.number, last.number) == (1, 2)
    second = timedelta(seconds=1)  # to which times are rounded
    ended = datetime.now(tz=timezone.utc)
    assert begun - second <= first.time <= last.time <= ended + second
    assert first.folder == last.folder == str(folder.resolve())
    assert (first.undone, last.undone, first.can_undo, last.can_undo) == (None, None, True, True)
    assert last.to_dict()["time"] == last.time.isoformat()


def test_of_many_articles_a_record_names_the_first(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PATHS", 2)
    write_rows(folder / "a.jsonl", [{"id": str(n), "text": f"第{n}村修路。"} for n in range(3)])
    library.sync(folder)
    (record,) = library.history()
    assert (record.counts["added"], record.added) == (5, ("a.jsonl#0", "a.jsonl#1"))


def test_old_records_go(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "RECORDS", 3)
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"第{number}村修路。", encoding="utf-8")
        library.sync(folder)
    assert [record.number for record in library.history()] == [5, 4, 3]


# -- undoing -------------------------------------------------------------------------------------


def test_undoing_brings_back_the_state_before(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    (folder / "old.txt").write_text("台山市有渔港7个。", encoding="utf-8")
    library.sync(folder)
    before = state_of(library)
    change(folder)
    told = library.sync(folder)
    after = state_of(library)
    assert (before["answer"], after["answer"]) == ("60个", "61个")
    hash_encoder.encoded.clear()
    undone = library.undo()
    assert (undone.number, undone.can_undo, undone.undone is None) == (2, False, False)
    assert state_of(library) == before
    assert library.verify().damaged == ()
    assert library.status().fresh is False
    # A sync makes the library match the folder again.
    again = library.sync(folder)
    assert (again.added, again.updated) == ((*told.added, "new.txt"), told.updated)
    assert again.removed == ("kaiping.txt", "old.txt")
    assert [a.text for a in library.articles()] == [a.text for a in after["articles"]]
    assert library.ask(QUESTION).text == "61个"
    assert hash_encoder.encoded == []  # neither of them had anything to encode
    assert library.verify().damaged == ()


def test_syncs_are_undone_one_after_the_other(library: Library, folder: Path) -> None:
    with pytest.raises(NothingToUndoError) as caught:
        library.undo()
    assert caught.value.code == "nothing_to_undo"
    states = []
    for number in range(3):
        (folder / "heshan.txt").write_text(HESHAN.replace("60", f"6{number}"), encoding="utf-8")
        (folder / f"{number}.txt").write_text(f"第{number}村修路。", encoding="utf-8")
        library.sync(folder)
        states.append(state_of(library))
    library.undo()
    assert state_of(library) == states[1]
    library.undo()
    assert state_of(library) == states[0]
    assert library.undo().added == ("0.txt", "heshan.txt", "kaiping.txt")
    assert list(library.articles()) == []
    with pytest.raises(NothingToUndoError):
        library.undo()
    assert [record.undone is None for record in library.history()] == [False] * 3


def test_a_sync_after_an_undo_can_be_undone_in_turn(library: Library, folder: Path) -> None:
    library.sync(folder)
    first = state_of(library)
    (folder / "heshan.txt").write_text(NEWER, encoding="utf-8")
    library.sync(folder)
    library.undo()
    (folder / "enping.txt").write_text(ENPING, encoding="utf-8")
    library.sync(folder)
    assert [record.number for record in library.history() if record.can_undo] == [3, 1]
    assert library.undo().number == 3
    assert state_of(library) == first
    assert library.undo().number == 1


def test_reposts_are_reposts_again(library: Library, folder: Path) -> None:
    for name in ("甲", "乙"):
        text = HESHAN.replace("江门日报", f"{name}网")
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    library.sync(folder)
    before = state_of(library)
    assert sorted(before["reposts"]) == ["乙.txt", "甲.txt"]
    (folder / "heshan.txt").unlink()
    library.sync(folder)
    assert counts(library)[0] == (0, 0, 1, 0)  # that the others were stored anew is not told
    assert len(library.store.reposts.paths()) == 1
    library.undo()
    assert state_of(library) == before
    assert library.verify().damaged == ()


def test_rows_of_a_table_come_back(library: Library, folder: Path) -> None:
    rows = [{"id": str(number), "text": f"第{number}村修路{number}公里。"} for number in range(4)]
    write_rows(folder / "a.jsonl", rows)
    library.sync(folder)
    before = state_of(library)
    write_rows(folder / "a.jsonl", [{**rows[1], "text": "改了。"}, *rows[2:]])
    library.sync(folder)
    assert counts(library)[0] == (0, 1, 1, 0)
    library.undo()
    assert state_of(library) == before


def test_what_was_removed_by_hand_stays_so(library: Library, folder: Path) -> None:
    library.sync(folder)
    (folder / "heshan.txt").write_text(NEWER, encoding="utf-8")
    (folder / "enping.txt").write_text(ENPING, encoding="utf-8")
    library.sync(folder)
    library.remove("kaiping.txt")
    library.remove("enping.txt")
    library.undo()
    assert [article.text for article in library.articles()] == [HESHAN]


def test_what_was_mended_is_undone_as_if_it_had_not_been(library: Library, folder: Path) -> None:
    (folder / "old.txt").write_text("台山市有渔港7个。", encoding="utf-8")
    library.sync(folder)
    before = [article.path for article in library.articles()]
    change(folder)
    library.sync(folder)
    with library.store.transaction(revises=False):
        library.store.database.execute("UPDATE articles SET title = '' WHERE live")
    assert len(library.verify(mend=True).mended) == 3
    library.undo()
    assert [article.path for article in library.articles() if article] == before


def test_a_backup_can_be_undone_too(library: Library, folder: Path, tmp_path: Path) -> None:
    library.sync(folder)
    before = [article.text for article in library.articles()]
    (folder / "heshan.txt").write_text(NEWER, encoding="utf-8")
    library.sync(folder)
    library.export(tmp_path / "backup.yinju")
    (tmp_path / "other").mkdir()
    assert restore(tmp_path / "backup.yinju", tmp_path / "other") == 2
    with closing(Store(tmp_path / "other" / DATABASE)) as other:
        assert other.history.records() == library.history()
        with other.transaction():
            assert other.history.undo().number == 2
        assert [article.text for article in other.articles()] == before


# -- what is kept, and what not ------------------------------------------------------------------


def kept(library: Library) -> int:
    ((count,),) = library.store.database.execute("SELECT count(*) FROM articles WHERE NOT live")
    return int(count)


def vectors(library: Library) -> int:
    ((count,),) = library.store.database.execute("SELECT count(*) FROM vectors")
    return int(count)


def test_only_the_last_syncs_are_kept(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT_SYNCS", 2)
    for number in range(5):
        (folder / "heshan.txt").write_text(HESHAN.replace("60", f"6{number}"), encoding="utf-8")
        library.sync(folder)
    assert [record.can_undo for record in library.history()] == [True, True, False, False, False]
    assert kept(library) == 2
    library.undo()
    library.undo()
    assert library.ask(QUESTION).text == "62个"
    with pytest.raises(NothingToUndoError):
        library.undo()


def test_what_is_kept_goes_with_time(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.sync(folder)
    (folder / "heshan.txt").unlink()
    library.sync(folder)
    held = vectors(library)
    assert kept(library) == 1
    monkeypatch.setattr(history, "KEPT_DAYS", -1)
    library.sync(folder)
    assert (kept(library), library.history()[0].can_undo) == (0, False)
    assert vectors(library) < held
    with pytest.raises(NothingToUndoError):
        library.undo()


def test_a_file_that_comes_back_is_not_encoded_again(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    library.sync(folder)
    (folder / "heshan.txt").unlink()
    library.sync(folder)
    hash_encoder.encoded.clear()
    (folder / "heshan.txt").write_text(HESHAN, encoding="utf-8")
    assert library.sync(folder).added == ("heshan.txt",)
    assert hash_encoder.encoded == []


def test_after_another_model_nothing_is_undone(library: Library, folder: Path) -> None:
    library.sync(folder)
    (folder / "heshan.txt").unlink()
    library.sync(folder)
    library.rebuild()
    assert kept(library) == 0
    with pytest.raises(NothingToUndoError):
        library.undo()


# -- cut off -------------------------------------------------------------------------------------


def test_an_undo_that_fails_changes_nothing(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.sync(folder)
    (folder / "heshan.txt").write_text(NEWER, encoding="utf-8")
    library.sync(folder)
    before, state = state_of(library), library.store.state
    execute = library.store.history._execute

    def fail(statement: str, values: Any = ()) -> Any:
        if statement.startswith("UPDATE syncs SET undone"):
            raise KeyboardInterrupt
        return execute(statement, values)

    with monkeypatch.context() as patch:
        patch.setattr(library.store.history, "_execute", fail)
        with pytest.raises(KeyboardInterrupt):
            library.undo()
    assert (state_of(library), library.store.state) == (before, state)
    assert library.status().fresh


def test_an_undo_cut_off_before_its_indexes_is_whole(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library.sync(folder)
    before = state_of(library)
    (folder / "heshan.txt").write_text(NEWER, encoding="utf-8")
    library.sync(folder)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CurrentIndexes, "publish", fail)
        with pytest.raises(KeyboardInterrupt):
            library.undo()
    other = Library.open(tmp_path / "library", encoder=HashEncoder(), reader=RuleReader())
    with other:
        assert state_of(other) == before
        assert other.history()[0].undone is not None


def test_a_sync_that_was_cut_off_is_told_and_undone_as_far_as_it_came(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.sync(folder)
    before = state_of(library)
    (folder / "kaiping.txt").unlink()
    (folder / "heshan.txt").write_text(NEWER, encoding="utf-8")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(HashEncoder, "encode_documents", fail)
        with pytest.raises(KeyboardInterrupt):
            library.sync(folder)
    assert counts(library) == [(0, 0, 1, 0), (2, 0, 0, 0)]
    assert library.undo().removed == ("kaiping.txt",)
    assert state_of(library) == before


def test_a_sidecar_whose_sync_was_undone_tells_again(library: Library, folder: Path) -> None:
    library.sync(folder)
    before = library.article("heshan.txt")
    (folder / "heshan.meta.yaml").write_text("title: 鹤山招商\n", encoding="utf-8")
    library.sync(folder)
    assert library.article("heshan.txt").title == "鹤山招商"
    library.undo()
    assert library.article("heshan.txt") == before
    library.sync(folder)
    assert library.article("heshan.txt").title == "鹤山招商"

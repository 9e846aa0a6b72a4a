"""qa.store.backup: a library in one file, which is whole or refused."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from qa import Library
from qa.errors import BackupError, LibraryBusyError
from qa.syncing.lock import WriteLock
from tests.conftest import HashEncoder

QUERY = "鹤山亿元以上项目"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    for number in range(5):
        text = f"第{number}篇\n\n鹤山市引进亿元以上项目{number}0个，其余的话第{number}次说。\n"
        (found / f"{number}.txt").write_text(text, encoding="utf-8")
    return found


@pytest.fixture
def backup(tmp_path: Path, folder: Path) -> Iterator[Path]:
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        articles, size = library.export(tmp_path / "backup.yinju")
    assert articles == 5
    assert size == (tmp_path / "backup.yinju").stat().st_size
    return tmp_path / "backup.yinju"


def repacked(backup: Path, **changes: object) -> Path:
    """Write the backup again with some fields of its manifest changed."""
    target = backup.with_name("changed.yinju")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "w") as new:
        manifest = json.loads(old.read("manifest.json")) | changes
        new.writestr("manifest.json", json.dumps(manifest))
        new.writestr("library.db", old.read("library.db"))
    return target


def test_a_backup_brings_back_articles_and_vectors(
    tmp_path: Path, folder: Path, backup: Path
) -> None:
    assert Library.restore(backup, tmp_path / "other") == 5
    encoder = HashEncoder()
    with (
        Library.open(tmp_path / "library", encoder=HashEncoder()) as library,
        Library.open(tmp_path / "other", encoder=encoder) as other,
    ):
        assert list(other.articles()) == list(library.articles())
        assert other.retrieve(QUERY) == library.retrieve(QUERY)
        assert other.sync(folder).unchanged == tuple(f"{number}.txt" for number in range(5))
        assert encoder.encoded == []
    assert sorted(path.name for path in (tmp_path / "other").iterdir() if path.name[0] == ".") == []


def test_a_library_with_articles_is_not_overwritten(tmp_path: Path, backup: Path) -> None:
    with pytest.raises(BackupError, match=r"a library with articles in .* already; name an empty"):
        Library.restore(backup, tmp_path / "library")


def test_an_index_from_before_is_not_taken_for_the_restored_librarys(
    tmp_path: Path, folder: Path, backup: Path
) -> None:
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder()) as library:
        (folder / "new.txt").write_text("开平市后来的文章。\n", encoding="utf-8")
        library.sync(folder)
    for path in place.glob("library.db*"):
        path.unlink()
    Library.restore(backup, place)
    with Library.open(place, encoder=HashEncoder()) as library:
        (folder / "new.txt").write_text("台山市另外的文章。\n", encoding="utf-8")
        library.sync(folder)
        assert library.retrieve("台山市另外的文章", 1)[0].dense > 0.9


def test_an_empty_library_may_be_filled(tmp_path: Path, backup: Path) -> None:
    Library.open(tmp_path / "empty", encoder=HashEncoder()).close()
    assert Library.restore(backup, tmp_path / "empty") == 5
    with Library.open(tmp_path / "empty", encoder=HashEncoder()) as library:
        assert library.count == 5


def test_a_library_that_is_being_written_is_left_alone(tmp_path: Path, backup: Path) -> None:
    (tmp_path / "busy").mkdir()
    with WriteLock(tmp_path / "busy").held(), pytest.raises(LibraryBusyError, match="is writing"):
        Library.restore(backup, tmp_path / "busy")


def test_exporting_over_a_file_replaces_it_only_when_it_is_whole(
    tmp_path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = backup.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        with monkeypatch.context() as patch:
            patch.setattr("zipfile.ZipFile.writestr", full)
            with pytest.raises(BackupError, match="cannot be written: No space left"):
                library.export(backup)
        assert backup.read_bytes() == before
        assert [path for path in tmp_path.iterdir() if path.name.startswith(".yinju")] == []
        with pytest.raises(BackupError, match="cannot be written: No such file"):
            library.export(tmp_path / "nowhere" / "b.yinju")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_backup_cut_short_is_refused(tmp_path: Path, backup: Path, share: float) -> None:
    data = backup.read_bytes()
    backup.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BackupError, match="no backup of a library, or damaged"):
        Library.restore(backup, tmp_path / "other")
    assert not (tmp_path / "other" / "library.db").exists()


def test_a_backup_with_a_bit_flipped_is_refused_or_whole(tmp_path: Path, backup: Path) -> None:
    """Some bits, a packed file's date, say nothing of what is packed."""
    data = bytearray(backup.read_bytes())
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        articles = list(library.articles())
    refused = 0
    for at in range(10, len(data), len(data) // 40):
        data[at] ^= 0x10
        backup.write_bytes(data)
        data[at] ^= 0x10
        target = tmp_path / f"restored{at}"
        try:
            Library.restore(backup, target)
        except BackupError:
            refused += 1
            assert not (target / "library.db").exists()
        else:
            with Library.open(target, encoder=HashEncoder()) as library:
                assert list(library.articles()) == articles
    assert refused > 30


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": "00"}, "its checksum is wrong; use another backup"),
        ({"size": 100}, "its checksum is wrong"),
        ({"yinju-backup": 2}, "written by a newer version of yinju; upgrade yinju"),
        ({"schema": 999}, "written by a newer version of yinju"),
        ({"schema": "x"}, "no backup of a library"),
        ({"size": None}, "no backup of a library"),
        ({"size": -1}, "no backup of a library"),
    ],
)
def test_a_manifest_that_does_not_hold_is_refused(
    tmp_path: Path, backup: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(BackupError, match=message):
        Library.restore(repacked(backup, **changes), tmp_path / "other")


def test_a_database_that_would_act_by_itself_is_refused(tmp_path: Path, backup: Path) -> None:
    import hashlib

    database = tmp_path / "evil.db"
    with zipfile.ZipFile(backup) as archive:
        database.write_bytes(archive.read("library.db"))
    connection = sqlite3.connect(database)
    connection.execute("CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM articles; END")
    connection.commit()
    connection.close()
    data = database.read_bytes()
    target = tmp_path / "evil.yinju"
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "w") as new:
        manifest = json.loads(old.read("manifest.json"))
        manifest |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        new.writestr("manifest.json", json.dumps(manifest))
        new.writestr("library.db", data)
    with pytest.raises(BackupError, match="holds no library of this version"):
        Library.restore(target, tmp_path / "other")


@pytest.mark.parametrize("data", [b"", b"PK", b"nothing of the kind"])
def test_what_is_no_backup_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "b.yinju"
    path.write_bytes(data)
    with pytest.raises(BackupError, match="is no backup of a library"):
        Library.restore(path, tmp_path / "other")
    with pytest.raises(BackupError, match="cannot be imported: No such file"):
        Library.restore(tmp_path / "nowhere", tmp_path / "other")


def test_a_library_folder_can_be_copied_and_opened_elsewhere(
    tmp_path: Path, folder: Path, backup: Path
) -> None:
    import shutil

    assert backup.exists()
    shutil.copytree(tmp_path / "library", tmp_path / "copy")
    encoder = HashEncoder()
    with (
        Library.open(tmp_path / "library", encoder=HashEncoder()) as library,
        Library.open(tmp_path / "copy", encoder=encoder) as copy,
    ):
        assert copy.retrieve(QUERY) == library.retrieve(QUERY)
        copy.sync(folder)
        assert encoder.encoded == []


@pytest.mark.parametrize("is_synced", [False, True])
def test_a_database_that_is_put_back_beside_a_newer_index_is_answered_from(
    tmp_path: Path, folder: Path, *, is_synced: bool
) -> None:
    """By whoever keeps copies of library.db: its index follows, and nothing is encoded again."""
    place, encoder = tmp_path / "one", HashEncoder()
    with Library.open(place, encoder=encoder) as library:
        library.sync(folder)
        before = library.retrieve(QUERY)
    shutil.copy(place / "library.db", tmp_path / "kept.db")
    late = folder / "late.txt"
    late.write_text("开平市修了12公里公路。", encoding="utf-8")
    with Library.open(place, encoder=encoder) as library:
        library.sync(folder)
        assert library.retrieve("开平市公路", 1)[0].article.path == "late.txt"
    shutil.copy(tmp_path / "kept.db", place / "library.db")
    encoder = HashEncoder()
    with Library.open(place, encoder=encoder) as library:
        if is_synced:
            late.write_text("台山市有港口。", encoding="utf-8")
            library.sync(folder)
            (hit,) = library.retrieve("台山市有港口", 1)
            assert (hit.text, hit.dense) == ("台山市有港口。", pytest.approx(1, abs=0.2))
            assert [hit for hit in library.retrieve("开平市公路") if "公路" in hit.text] == []
            assert len(encoder.encoded) == 1
        else:
            assert library.retrieve(QUERY) == before
            assert encoder.encoded == []


def test_a_library_from_before_has_its_index_made_anew_and_encodes_nothing(
    tmp_path: Path, folder: Path
) -> None:
    place = tmp_path / "old"
    with Library.open(place, encoder=HashEncoder()) as library:
        library.sync(folder)
        before = library.retrieve(QUERY)
        revision = library.store.revision
    with closing(sqlite3.connect(place / "library.db")) as database:
        database.execute("DROP TABLE commits")
        database.execute("ALTER TABLE failures DROP COLUMN code")
        database.execute("ALTER TABLE failures DROP COLUMN details")
        database.execute("ALTER TABLE articles DROP COLUMN recognized")
        for index in ("articles_added", "articles_removed"):
            database.execute(f"DROP INDEX {index}")
        for table in ("renames", "syncs", "saved_questions"):
            database.execute(f"DROP TABLE {table}")
        for column in ("checksum", "added_by", "removed_by", "shelved"):
            database.execute(f"ALTER TABLE articles DROP COLUMN {column}")
        database.execute("PRAGMA user_version = 3")
        database.commit()
    stamp = place / "index" / "stamp.json"
    fields = json.loads(stamp.read_text(encoding="utf-8"))
    fields |= {"format": 4, "revision": fields.pop("state")[0]}
    stamp.write_text(json.dumps(fields), encoding="utf-8")
    encoder = HashEncoder()
    with Library.open(place, encoder=encoder) as library:
        assert library.store.revision == revision
        assert library.retrieve(QUERY) == before
        assert library.sync(folder).added == ()
    assert encoder.encoded == []
    assert json.loads(stamp.read_text(encoding="utf-8"))["state"][0] == revision


def filled(place: Path) -> None:
    """Put feedback and removed files into a library's folder."""
    (place / "removed" / "20240101").mkdir(parents=True, exist_ok=True)
    (place / "removed" / "20240101" / "旧文.txt").write_text("旧文。", encoding="utf-8")
    (place / "feedback.jsonl").write_bytes(b'{"one": 1}\n{"two": 2}\n')


def test_feedback_and_removed_files_come_along(tmp_path: Path, folder: Path) -> None:
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        filled(tmp_path / "library")
        (tmp_path / "library" / "removed" / "link.txt").symlink_to("/etc/hostname")
        library.export(tmp_path / "backup.yinju")
    other = tmp_path / "other"
    assert Library.restore(tmp_path / "backup.yinju", other) == 5
    assert (other / "removed/20240101/旧文.txt").read_text(encoding="utf-8") == "旧文。"
    assert (other / "feedback.jsonl").read_bytes() == b'{"one": 1}\n{"two": 2}\n'
    assert not (other / "removed/link.txt").exists()


def test_what_lies_there_already_stays_beside_it(tmp_path: Path, folder: Path) -> None:
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
        filled(tmp_path / "library")
        library.export(tmp_path / "backup.yinju")
    other = tmp_path / "other"
    filled(other)
    (other / "removed/20240101/旧文.txt").write_text("另一篇。", encoding="utf-8")
    (other / "feedback.jsonl").write_bytes(b'{"zero": 0}\n{"two": 2}')
    Library.restore(tmp_path / "backup.yinju", other)
    texts = {path.name: path.read_text("utf-8") for path in (other / "removed/20240101").iterdir()}
    assert texts == {"旧文.txt": "另一篇。", "旧文 (2).txt": "旧文。"}
    lines = (other / "feedback.jsonl").read_bytes()
    assert lines == b'{"zero": 0}\n{"two": 2}\n{"one": 1}\n'


@pytest.mark.parametrize(
    "name",
    ["../x", "removed/../../x", "/etc/x", "library.db-wal", "removed", "removed/a\\b", "C:x"],
)
def test_no_file_of_a_backup_leads_elsewhere(tmp_path: Path, backup: Path, name: str) -> None:
    files = {name: {"size": 1, "sha256": "0" * 64}}
    with pytest.raises(BackupError, match="is no backup of a library, or damaged"):
        Library.restore(repacked(backup, files=files), tmp_path / "other")


def test_a_file_that_was_changed_in_a_backup_is_refused(tmp_path: Path, backup: Path) -> None:
    changed = repacked(backup, files={"removed/a.txt": {"size": 1, "sha256": "0" * 64}})
    with zipfile.ZipFile(changed, "a") as archive:
        archive.writestr("removed/a.txt", "x")
    with pytest.raises(BackupError, match="checksum"):
        Library.restore(changed, tmp_path / "other")
    assert not (tmp_path / "other" / "library.db").exists()

"""qa.syncing.verification and repair: damage is found where it is, never quoted, and mended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa import Library
from qa.errors import ArticleDamagedError, LibraryDamagedError
from qa.store.location import DATABASE
from qa.types import VerifyReport
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader
from tests.syncing.test_syncing import HESHAN, KAIPING

QUESTION = "鹤山引进了多少亿元以上项目"
ROWS = [
    {"id": "a", "title": "恩平温泉", "text": "恩平市有温泉度假村12家。"},
    {"id": "b", "title": "台山渔港", "text": "台山市有渔港7个，去年捕捞3万吨。"},
]

pytestmark = pytest.mark.usefixtures("either_store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    (found / "heshan.txt").write_text(HESHAN, encoding="utf-8")
    (found / "kaiping.txt").write_text(KAIPING, encoding="gb18030")
    repost = HESHAN.replace("江门日报 2023-11-16", "转载网 2023-12-01")
    (found / "repost.txt").write_text(repost, encoding="utf-8")
    lines = [json.dumps(row, ensure_ascii=False) for row in ROWS]
    (found / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return found


@pytest.fixture
def library(tmp_path: Path, folder: Path) -> Iterator[Library]:
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder(), reader=RuleReader()) as opened:
        opened.sync(folder)
        yield opened


def change(library: Library, statement: str, *values: Any) -> None:
    with library.store.transaction(revises=False):
        library.store.database.execute(statement, values)


def damaged(report: VerifyReport) -> dict[str, str]:
    found = {damage.path: damage.code for damage in report.damaged}
    assert len(found) == len(report.damaged)
    return found


def key_of(library: Library, path: str) -> bytes:
    """Return the hash of the text of an article's first passage."""
    return library.store.passages.of(library.store.ids()[path])[0][2]


# -- what is found ------------------------------------------------------------------------------


def test_a_library_that_was_synced_is_sound(library: Library) -> None:
    articles, passages = library.store.count()
    assert (articles, passages) == (5, 6)  # a repost has none
    assert library.verify() == VerifyReport(5, 6)
    assert library.verify(mend=True) == VerifyReport(5, 6)


def of_text(library: Library) -> None:
    change(library, "UPDATE articles SET text = replace(text, '60', '61') WHERE id = 1")


def of_a_source(library: Library) -> None:
    change(library, "UPDATE articles SET source = '人民日报' WHERE path = 'heshan.txt'")


def of_a_checksum(library: Library) -> None:
    change(library, "UPDATE articles SET checksum = '' WHERE path = 'heshan.txt'")


def of_a_digest(library: Library) -> None:
    change(library, "UPDATE articles SET sha256 = '00' WHERE path = 'heshan.txt'")


def of_json(library: Library) -> None:
    change(library, "UPDATE articles SET pages = '[1' WHERE path = 'heshan.txt'")


def of_spans(library: Library) -> None:
    change(library, 'UPDATE passages SET "end" = 9999 WHERE id = 1')


def of_cuts(library: Library) -> None:
    change(library, "UPDATE passages SET start = start + 1 WHERE id = 1")


def of_rows(library: Library) -> None:
    change(library, "DELETE FROM passages WHERE id = 1")


def of_hashes(library: Library) -> None:
    other = key_of(library, "kaiping.txt")
    change(library, "UPDATE passages SET text_hash = ? WHERE id = 1", other)


def of_a_lack(library: Library) -> None:
    key = key_of(library, "heshan.txt")
    change(library, "DELETE FROM vectors WHERE text_hash = ?", key)


def of_numbers(numbers: list[float]) -> Callable[[Library], None]:
    def spoil(library: Library) -> None:
        key = key_of(library, "heshan.txt")
        vector = np.array(numbers, "<f4").tobytes()
        change(library, "UPDATE vectors SET vector = ? WHERE text_hash = ?", vector, key)

    return spoil


DAMAGES: dict[str, tuple[Callable[[Library], None], str]] = {
    "text": (of_text, "article_damaged"),
    "source": (of_a_source, "article_damaged"),
    "checksum": (of_a_checksum, "article_damaged"),
    "digest": (of_a_digest, "article_damaged"),
    "json": (of_json, "article_damaged"),
    "span": (of_spans, "passages_outside"),
    "cut": (of_cuts, "passages_misfit"),
    "hash": (of_hashes, "passages_misfit"),
    "vector": (of_a_lack, "passages_without_vectors"),
    "short": (of_numbers([1.0]), "vectors_damaged"),
    "long": (of_numbers([1.0] + [0.0] * 64), "vectors_damaged"),
    "infinite": (of_numbers([float("inf")] + [0.0] * 63), "vectors_damaged"),
    "nan": (of_numbers([float("nan")] + [0.0] * 63), "vectors_damaged"),
    "norm": (of_numbers([1.1] + [0.0] * 63), "vectors_damaged"),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_damage_is_named_and_mended(library: Library, kind: str) -> None:
    spoil, code = DAMAGES[kind]
    whole, ids = {a.path: a for a in library.articles()}, library.store.ids()
    spoil(library)
    assert damaged(library.verify()) == {"heshan.txt": code}
    report = library.verify(mend=True)
    assert report.damaged == ()
    assert [(damage.path, damage.code) for damage in report.mended] == [("heshan.txt", code)]
    assert library.verify() == VerifyReport(5, 6)
    assert {article.path: article for article in library.articles()} == whole
    assert library.store.ids() == ids
    assert library.ask(QUESTION).text == "60个"


def test_passages_that_are_gone_are_missed_by_article_and_index(library: Library) -> None:
    of_rows(library)
    assert damaged(library.verify()) == {
        "heshan.txt": "passages_misfit",
        "": "index_of_other_passages",
    }
    assert library.verify(mend=True).damaged == ()
    assert library.ask(QUESTION).text == "60个"


def test_a_repost_without_its_original_is_mended(library: Library) -> None:
    change(library, "UPDATE articles SET repost_of = 99 WHERE path = 'repost.txt'")
    assert damaged(library.verify()) == {"repost.txt": "repost_without_original"}
    assert library.verify(mend=True).damaged == ()
    assert library.store.reposts.paths() == {"repost.txt": library.article("heshan.txt").id}


def test_an_article_is_mended_with_what_its_sidecar_tells(library: Library, folder: Path) -> None:
    (folder / "heshan.meta.yaml").write_text("title: 鹤山招商\n", encoding="utf-8")
    library.sync(folder)
    of_text(library)
    assert damaged(library.verify()) == {"heshan.txt": "article_damaged"}
    assert library.verify(mend=True).damaged == ()
    assert library.article("heshan.txt").title == "鹤山招商"


def test_a_row_of_a_table_is_mended_alone(library: Library) -> None:
    change(library, "UPDATE articles SET title = '' WHERE path = 'rows.jsonl#b'")
    passages = library.store.passages.of(library.store.ids()["rows.jsonl#a"])
    assert damaged(library.verify()) == {"rows.jsonl#b": "article_damaged"}
    assert library.verify(mend=True).damaged == ()
    assert library.article("rows.jsonl#b").title == "台山渔港"
    assert library.store.passages.of(library.store.ids()["rows.jsonl#a"]) == passages


@pytest.mark.parametrize("name", ["dense.faiss", "lexical", "stamp.json"])
def test_damaged_files_of_the_index_are_found_and_made_anew(library: Library, name: str) -> None:
    for path in sorted((library.path / "index").rglob("*")):
        if path.is_file() and name in path.relative_to(library.path).as_posix():
            path.write_bytes(path.read_bytes()[:-1])
    code = "index_behind" if name == "stamp.json" else "index_files_damaged"
    assert damaged(library.verify()) == {"": code}
    report = library.verify(mend=True)
    assert (report.damaged, [damage.code for damage in report.mended]) == ((), [code])
    assert library.verify() == VerifyReport(5, 6)


def test_an_index_of_another_commit_is_found(library: Library) -> None:
    with library.store.transaction():
        library.store.remove_article("kaiping.txt")
    assert damaged(library.verify()) == {"": "index_behind"}
    library.ask(QUESTION)
    assert library.verify() == VerifyReport(4, 4)


# -- what is damaged is not shown ----------------------------------------------------------------


def test_nothing_is_quoted_from_a_damaged_article(library: Library) -> None:
    of_text(library)
    for look in (
        lambda: library.ask(QUESTION),
        lambda: library.retrieve(QUESTION),
        lambda: library.article("heshan.txt"),
        lambda: library.article(1),
        lambda: list(library.articles()),
    ):
        with pytest.raises(ArticleDamagedError, match="heshan") as caught:
            look()
        assert caught.value.code == "article_damaged"


def test_a_damaged_repost_is_not_cited(library: Library) -> None:
    change(library, "UPDATE articles SET text = text || '。' WHERE path = 'repost.txt'")
    with pytest.raises(ArticleDamagedError, match="repost"):
        library.ask(QUESTION)


def test_what_cannot_be_mended_is_named_and_can_be_removed(library: Library, folder: Path) -> None:
    of_text(library)
    (folder / "heshan.txt").write_text(HESHAN + "改了。\n", encoding="utf-8")
    report = library.verify(mend=True)
    assert (damaged(report), report.mended) == ({"heshan.txt": "article_damaged"}, ())
    assert library.has("heshan.txt")
    with pytest.raises(ArticleDamagedError):
        library.ask(QUESTION)
    assert library.remove("heshan.txt").path == "heshan.txt"
    assert library.verify() == VerifyReport(4, 6)  # the repost has taken its place
    assert library.ask(QUESTION).citations[0].article.path == "repost.txt"


def test_a_file_that_is_gone_mends_nothing(library: Library, folder: Path) -> None:
    of_text(library)
    (folder / "heshan.txt").unlink()
    assert damaged(library.verify(mend=True)) == {"heshan.txt": "article_damaged"}


def test_a_sync_goes_on_beside_damage_and_replaces_what_changed(
    library: Library, folder: Path
) -> None:
    of_text(library)
    (folder / "kaiping.txt").unlink()
    assert library.sync(folder).removed == ("kaiping.txt",)
    assert damaged(library.verify()) == {"heshan.txt": "article_damaged"}
    (folder / "heshan.txt").write_text(HESHAN + "改了。\n", encoding="utf-8")
    assert library.sync(folder).updated == ("heshan.txt",)
    assert library.verify().damaged == ()


def test_vectors_of_two_lengths_make_no_index(library: Library) -> None:
    of_numbers([1.0])(library)
    with pytest.raises(LibraryDamagedError) as caught:
        library.store.vectors.of_passages("hash64", library.store.passages.ids())
    assert caught.value.code == "vectors_of_two_lengths"


@pytest.mark.parametrize("either_store", ["sqlite"], indirect=True)  # a server takes no such bytes
def test_bytes_that_are_no_text_damage_one_article_alone(library: Library) -> None:
    with closing(sqlite3.connect(library.path / DATABASE)) as connection, connection:
        connection.execute(
            "UPDATE articles SET text = CAST(x'e9b9ffff' AS TEXT) WHERE path = 'heshan.txt'"
        )
    assert damaged(library.verify()) == {"heshan.txt": "article_damaged"}
    assert library.verify(mend=True).damaged == ()
    assert library.article("heshan.txt").text == HESHAN

"""Sidecars and front matter: what a person wrote of an article goes before what was found in it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Library
from qa.articles import descriptions
from qa.articles.descriptions import Description, described_by, read_sidecar
from qa.errors import ArticleUnreadableError
from qa.store.store import Store
from qa.syncing.ingest import Ingest
from qa.types import Article
from tests.conftest import HashEncoder
from tests.working import NotingEncoder, noted

BODY = "临江县今年新建水库3座，总库容209万立方米。\n县水利局表示，明年再建2座。\n"
TEXT = f"临江水利\n\n来源：临江日报 2023-11-16\n\n{BODY}"
FOUND = ("临江水利", "临江日报", date(2023, 11, 16), "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    (found / "a.txt").write_text(TEXT, encoding="utf-8")
    return found


@pytest.fixture
def library(tmp_path: Path, hash_encoder: HashEncoder) -> Iterator[Library]:
    with Library.open(tmp_path / "library", encoder=hash_encoder) as opened:
        yield opened


def describe(folder: Path, text: str, name: str = "a.meta.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(article: Article) -> tuple[str, str, date | None, str]:
    return article.title, article.source, article.published, article.url


def failures(library: Library) -> list[tuple[str, str]]:
    return [(failure.path, failure.code) for failure in library.status().failed]


def test_a_sidecar_goes_before_what_the_file_says(library: Library, folder: Path) -> None:
    describe(folder, "title: 水库三座\nissuer: 县水利局\n日期: 2024-05-06\nurl: https://a.cn/1\n")
    report = library.sync(folder)
    assert (report.added, report.failed) == (("a.txt",), ())
    article = library.article("a.txt")
    assert told(article) == ("水库三座", "县水利局", date(2024, 5, 6), "https://a.cn/1")
    assert article.text == TEXT
    assert [found.path for found in library.articles()] == ["a.txt"]


def test_what_a_sidecar_does_not_tell_stays(library: Library, folder: Path) -> None:
    describe(folder, "title: ~\nsource: 县水利局\npublished:\nauthor: 甲\ntags: [水, 库]\n")
    assert library.sync(folder).failed == ()
    assert told(library.article("a.txt")) == ("临江水利", "县水利局", date(2023, 11, 16), "")


def test_an_edit_of_the_sidecar_alone_updates_the_article(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    library.sync(folder)
    assert told(library.article("a.txt")) == FOUND
    number = library.article("a.txt").id
    hash_encoder.encoded.clear()
    for text, source in (("source: 甲报", "甲报"), ("source: 乙报", "乙报"), (None, "临江日报")):
        if text is None:
            (folder / "a.meta.yaml").unlink()
        else:
            describe(folder, text)
        assert not library.status().fresh
        assert library.preview(folder).updated == ("a.txt",)
        assert library.sync(folder).updated == ("a.txt",)
        assert library.status().fresh
        assert (library.article("a.txt").id, library.article("a.txt").source) == (number, source)
        (hit,) = library.retrieve("新建水库几座", 1)
        assert hit.article.source == source
        assert library.sync(folder).unchanged == ("a.txt",)
    assert hash_encoder.encoded == []  # a source stands in no vector
    describe(folder, "title: 水库三座")
    library.sync(folder)
    assert len(hash_encoder.encoded) > 0  # a title stands in each
    assert all(text.startswith("水库三座\n") for text in hash_encoder.encoded)


def test_an_edit_that_says_the_same_changes_nothing(library: Library, folder: Path) -> None:
    describe(folder, "source: 甲报")
    library.sync(folder)
    describe(folder, "source: '甲报'   # 同上\n")
    assert library.sync(folder).unchanged == ("a.txt",)
    assert library.status().fresh


def test_a_sidecar_describes_every_file_of_its_name(library: Library, folder: Path) -> None:
    (folder / "a.md").write_text("---\nsource: 丙报\n---\n" + BODY * 2, encoding="utf-8")
    describe(folder, "source: 甲报\npublished: 昨天")
    report = library.sync(folder)
    assert {article.path: article.source for article in library.articles()} == {
        "a.md": "甲报",
        "a.txt": "甲报",
    }
    assert [(item.path, item.code) for item in report.failed] == [
        ("a.meta.yaml#published", "description_no_day")
    ]


def test_a_title_is_of_one_article_and_the_rest_of_each(library: Library, folder: Path) -> None:
    rows = [{"id": "1", "title": "甲", "text": "甲村修路。"}, {"id": "2", "text": "乙村修桥。"}]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "rows.jsonl").write_text(lines, encoding="utf-8")
    describe(folder, "title: 各村\nsource: 县志", "rows.meta.yaml")
    library.sync(folder)
    assert told(library.article("rows.jsonl#1")) == ("甲", "县志", None, "")
    assert library.article("rows.jsonl#2").source == "县志"
    describe(folder, "source: 县报", "rows.meta.yaml")
    assert library.sync(folder).updated == ("rows.jsonl#1", "rows.jsonl#2")


def test_a_renamed_file_leaves_its_sidecar_or_takes_it_along(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    describe(folder, "source: 甲报")
    library.sync(folder)
    hash_encoder.encoded.clear()
    (folder / "a.txt").rename(folder / "b.txt")
    report = library.sync(folder)
    assert report.renamed == (("a.txt", "b.txt"),)
    assert [(item.path, item.code) for item in report.failed] == [
        ("a.meta.yaml", "description_alone")
    ]
    assert library.article("b.txt").source == "临江日报"
    (folder / "a.meta.yaml").rename(folder / "b.meta.yaml")
    assert library.sync(folder).failed == ()
    assert library.article("b.txt").source == "甲报"
    assert hash_encoder.encoded == []


def test_a_sidecar_without_its_file_is_told_until_there_is_one(
    library: Library, folder: Path
) -> None:
    describe(folder, "source: 甲报", "b.meta.yaml")
    for _ in range(2):
        report = library.sync(folder)
        assert [(item.path, item.code) for item in report.failed] == [
            ("b.meta.yaml", "description_alone")
        ]
    (folder / "b.txt").write_text("乙村修桥。", encoding="utf-8")
    assert library.sync(folder).failed == ()
    assert library.article("b.txt").source == "甲报"
    (folder / "b.txt").unlink()
    report = library.sync(folder)
    assert (report.removed, len(report.failed)) == (("b.txt",), 1)


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("title: [甲, 乙]", "a.meta.yaml#title", "description_no_text"),
        ("source: {a: b}", "a.meta.yaml#source", "description_no_text"),
        ("published: 2023-13-45", "a.meta.yaml#published", "description_no_day"),
        ("日期: 不详", "a.meta.yaml#日期", "description_no_day"),
        (f"title: {'甲' * 501}", "a.meta.yaml#title", "description_field_long"),
        ("titel: 甲", "a.meta.yaml#titel", "description_name_unknown"),
        ("- 甲\n- 乙", "a.meta.yaml", "description_no_fields"),
        ("", "a.meta.yaml", "description_no_fields"),
        ("[甲]: 乙", "a.meta.yaml", "description_no_yaml"),
        ("a: [", "a.meta.yaml", "description_no_yaml"),
        ('a: "\\UFFFFFFFF"', "a.meta.yaml", "description_no_yaml"),
        ("a: &a [*a]", "a.meta.yaml", "description_no_yaml"),
        ("[" * 60_000, "a.meta.yaml", "description_no_yaml"),
        ("#" * (64 << 10) + "\n", "a.meta.yaml", "description_too_long"),
    ],
)
def test_what_cannot_be_used_is_told_and_costs_nothing_else(
    library: Library, folder: Path, text: str, path: str, code: str
) -> None:
    describe(folder, text)
    (folder / "b.txt").write_text("乙村修桥。", encoding="utf-8")
    for added in (("a.txt", "b.txt"), (), ()):
        report = library.sync(folder)
        assert report.added == added
        assert [(item.path, item.code) for item in report.failed] == [(path, code)]
        assert failures(library) == [(path, code)]
    assert told(library.article("a.txt")) == FOUND
    assert library.status().fresh
    describe(folder, "source: 甲报")
    assert library.sync(folder).failed == ()
    assert library.article("a.txt").source == "甲报"


def test_a_fault_leaves_the_other_fields_in_force(library: Library, folder: Path) -> None:
    describe(folder, "title: 水库三座\npublished: 不详\nsource: [甲]\n")
    assert [item.path for item in library.sync(folder).failed] == [
        "a.meta.yaml#source",
        "a.meta.yaml#published",
    ]
    assert told(library.article("a.txt")) == ("水库三座", "临江日报", date(2023, 11, 16), "")


def test_only_so_many_faults_are_told(library: Library, folder: Path) -> None:
    describe(folder, "".join(f"n{number}: 1\n" for number in range(1000)))
    assert len(library.sync(folder).failed) == 10


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 {x: 1}\n"
        + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60)),
        "a0: &a0 [哈]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60)),
        "title: !!python/object/apply:os.system ['touch harmed']\n",
        "published: " + "1:" * 30_000 + "1\n",
        "? " * 30_000,
    ],
    ids=["merges", "aliases", "objects", "sixties", "keys"],
)
def test_a_sidecar_made_to_do_harm_does_none(folder: Path, text: str) -> None:
    path = describe(folder, text)
    start = time.monotonic()
    found = read_sidecar(path)
    assert time.monotonic() - start < 20
    assert found.faults
    assert (found.title, found.published) == ("", None)
    assert not Path("harmed").exists()


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_sidecar_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, data: str | bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.meta.yaml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    assert isinstance(read_sidecar(path), Description)


def test_a_sidecar_in_the_code_of_chinese_windows_is_read(folder: Path) -> None:
    (folder / "a.meta.yaml").write_bytes("来源: 县水利局\r\n标题: 水库\r\n".encode("gb18030"))
    assert read_sidecar(folder / "a.meta.yaml") == Description("水库", "县水利局")


@pytest.mark.skipif(not hasattr(os, "symlink") or sys.platform == "win32", reason="needs links")
def test_a_sidecar_that_leads_out_of_the_folder_is_not_followed(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.yaml").write_text("source: 秘密", encoding="utf-8")
    (folder / "a.meta.yaml").symlink_to(tmp_path / "secret.yaml")
    report = library.sync(folder)
    assert (report.left_out.links, report.failed) == (1, ())
    assert library.article("a.txt").source == "临江日报"


def test_a_sync_cut_off_and_an_edit_taken_back_leave_no_trace(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "b.txt").write_text("乙村修桥。", encoding="utf-8")
    for name in ("a", "b"):
        describe(folder, "source: 甲报", f"{name}.meta.yaml")
    library.sync(folder)
    for name in ("a", "b"):
        describe(folder, "source: 乙报", f"{name}.meta.yaml")
    put = Ingest.put

    def cut_off(ingest: Ingest, article: Article, file: str) -> None:
        if article.path == "b.txt":
            raise KeyboardInterrupt
        put(ingest, article, file)
        ingest.flush()

    with monkeypatch.context() as patched:
        patched.setattr(Ingest, "put", cut_off)
        with pytest.raises(KeyboardInterrupt):
            library.sync(folder)
    assert library.article("a.txt").source == "乙报"
    for name in ("a", "b"):
        describe(folder, "source: 甲报", f"{name}.meta.yaml")
    library.sync(folder)
    assert {article.source for article in library.articles()} == {"甲报"}


def test_a_sidecar_that_changes_while_its_file_is_read_is_read_again(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe(folder, "source: 甲报")

    def changing(path: Path) -> Description:
        found = read_sidecar(path)
        describe(folder, "source: 乙报")
        return found

    with monkeypatch.context() as patched:
        patched.setattr("qa.syncing.syncing.read_sidecar", changing)
        library.sync(folder)
    assert library.article("a.txt").source == "甲报"
    assert not library.status().fresh
    assert library.sync(folder).updated == ("a.txt",)
    assert library.article("a.txt").source == "乙报"


@pytest.mark.slow
def test_workers_encode_the_title_that_the_sidecar_tells(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.txt").write_text(f"第{number}村修路{number}公里。", encoding="utf-8")
        describe(folder, f"title: 第{number}份公报", f"{number}.meta.yaml")
    encoder = NotingEncoder(tmp_path / "notes")
    with Library.open(tmp_path / "library", encoder=encoder) as library:
        report = library.sync(folder, workers=2)
        assert (len(report.added), report.failed) == (40, ())
    encoded = [text for _, text in noted(tmp_path / "notes")]
    assert len(encoded) == 40
    assert all("份公报\n" in text for text in encoded)
    assert os.getpid() not in {process for process, _ in noted(tmp_path / "notes")}


def test_front_matter_that_cannot_be_used_is_told(library: Library, folder: Path) -> None:
    text = f"---\ntitle: [甲]\nsource: 县志\ndate: 2023-99-99\nmood: 好\n---\n{BODY}"
    (folder / "b.md").write_text(text, encoding="utf-8")
    report = library.sync(folder)
    assert [(item.path, item.code) for item in report.failed] == [
        ("b.md#title", "description_no_text"),
        ("b.md#date", "description_no_day"),
    ]
    article = library.article("b.md")
    assert (article.source, article.published, article.text) == ("县志", None, text)


def test_taking_a_file_out_takes_its_sidecar_along(library: Library, folder: Path) -> None:
    (folder / "a.md").write_text("乙村修桥。", encoding="utf-8")
    describe(folder, "source: 甲报")
    library.sync(folder)
    library.discard("a.md")
    assert (folder / "a.meta.yaml").exists()  # it describes the other one, too
    moved = library.discard("a.txt")
    assert sorted(path.name for path in moved.parent.iterdir()) == ["a.meta.yaml", "a.txt"]
    assert list(folder.iterdir()) == []
    assert library.status().fresh
    assert library.sync(folder).failed == ()
    assert failures(library) == []


@pytest.mark.parametrize(
    ("path", "sidecar"),
    [
        ("a.pdf", "a.meta.yaml"),
        ("文/b.c.docx", "文/b.c.meta.yaml"),
        ("a.tar.gz", "a.tar.meta.yaml"),
        ("x.y/noextension", "x.y/noextension.meta.yaml"),
    ],
)
def test_a_sidecar_has_the_name_of_its_file(path: str, sidecar: str) -> None:
    assert described_by(path) == sidecar


def test_the_error_of_a_long_sidecar_tells_the_limit() -> None:
    error = descriptions.too_long()
    assert isinstance(error, ArticleUnreadableError)
    assert str(error) == "the description has more than 64 KiB"


def test_a_store_tells_which_files_it_saw(tmp_path: Path, library: Library, folder: Path) -> None:
    describe(folder, "source: 甲报")
    library.sync(folder)
    store = Store(tmp_path / "library" / "library.db")
    assert [store.files.knows(name) for name in ("a.txt", "a.meta.yaml", "b.txt")] == [
        True,
        True,
        False,
    ]
    store.close()

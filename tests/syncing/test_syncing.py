"""qa.syncing.syncing: the library is what the folder is, file by file and row by row."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa import Filters, Library, SyncReport
from qa.articles.formats import Document, Unreadable
from qa.articles.sandbox import Sandbox
from qa.errors import ArticleUnreadableError, SyncUnconfirmedError
from qa.syncing import syncing
from qa.syncing.ingest import Ingest
from qa.types import Failure
from tests.conftest import HashEncoder

BODY = (
    "鹤山市组建由市四套班子领导牵头挂帅的25支招商小组，大力开展产业链招商。\n"
    "1月至9月引进亿元以上项目60个，计划总投资209亿元，均创近五年新高。\n"
    "市招商局有关负责人表示，下一步将继续围绕主导产业开展招商。\n"
)
HESHAN = f"鹤山招商引资\n\n来源：江门日报 2023-11-16\n\n{BODY}"
KAIPING = "开平教育\n\n来源：开平电视台 2024-01-02\n\n开平市新建小学3所，新增学位4100个。\n"

pytestmark = pytest.mark.usefixtures("either_store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "articles"
    found.mkdir()
    (found / "heshan.txt").write_text(HESHAN, encoding="utf-8")
    (found / "kaiping.txt").write_text(KAIPING, encoding="gb18030")
    return found


@pytest.fixture
def library(tmp_path: Path, hash_encoder: HashEncoder) -> Iterator[Library]:
    with Library.open(tmp_path / "library", encoder=hash_encoder) as opened:
        yield opened


def texts(library: Library) -> dict[str, str]:
    return {article.path: article.text for article in library.articles()}


def found(library: Library, query: str, **filters: str) -> list[str]:
    return [hit.article.path for hit in library.retrieve(query, 50, Filters(**filters))]


def report(**fields: tuple[object, ...]) -> SyncReport:
    empty = {"added": (), "updated": (), "removed": (), "unchanged": (), "failed": ()}
    return SyncReport(**{**empty, **fields})  # type: ignore[arg-type]


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# -- a folder that may be the wrong one --------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "gone", "is_asked"),
    [(50, 26, True), (50, 25, False), (19, 19, False), (20, 20, True)],
)
def test_a_sync_that_would_remove_most_articles_waits_for_a_yes(
    library: Library, tmp_path: Path, files: int, gone: int, *, is_asked: bool
) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    for number in range(files):
        (folder / f"{number}.txt").write_text(f"第{number}村修路{number}公里。", encoding="utf-8")
    library.sync(folder)
    before = texts(library)
    for number in range(gone):
        (folder / f"{number}.txt").unlink()
    (folder / "new.txt").write_text(HESHAN, encoding="utf-8")
    if is_asked:
        with pytest.raises(SyncUnconfirmedError) as caught:
            library.sync(folder)
        assert (caught.value.values["going"], caught.value.values["total"]) == (gone, files)
        assert texts(library) == before
        assert len(library.preview(folder).removed) == gone
    told = library.sync(folder, confirmed=True)
    assert (len(told.removed), told.added) == (gone, ("new.txt",))
    assert len(texts(library)) == files - gone + 1


# -- a change that size and time do not tell ----------------------------------------------------


def test_an_edit_that_kept_size_and_time_is_seen_by_the_checksum_alone(
    library: Library, folder: Path
) -> None:
    path = folder / "heshan.txt"
    os.utime(path, ns=(10**18, 10**18))  # long ago, or else it would be read again anyway
    library.sync(folder)
    path.write_text(HESHAN.replace("60个", "61个"), encoding="utf-8")
    os.utime(path, ns=(10**18, 10**18))
    unchanged = report(unchanged=("heshan.txt", "kaiping.txt"))
    changed = report(updated=("heshan.txt",), unchanged=("kaiping.txt",))
    assert library.sync(folder) == library.preview(folder) == unchanged
    assert texts(library)["heshan.txt"] == HESHAN
    assert library.preview(folder, checksum=True) == changed
    assert texts(library)["heshan.txt"] == HESHAN
    assert library.sync(folder, checksum=True) == changed
    assert texts(library)["heshan.txt"] == HESHAN.replace("60个", "61个")
    assert library.sync(folder, checksum=True) == unchanged


# -- whatever the way --------------------------------------------------------------------------


def test_a_library_finds_the_same_however_it_came_to_hold_its_articles(
    tmp_path: Path, library: Library, folder: Path
) -> None:
    twins = {name: KAIPING.replace("开平电视台", name * 3) for name in "甲乙丙"}
    for name, text in twins.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        library.sync(folder)
    library.rebuild()
    with Library.open(tmp_path / "afresh", encoder=HashEncoder()) as afresh:
        afresh.sync(folder)
        for k in (1, 2, 3, 50):
            hits = [
                [
                    (hit.article.path, hit.passage.start, hit.score)
                    for hit in held.retrieve("开平", k)
                ]
                for held in (library, afresh)
            ]
            assert hits[0] == hits[1]
        assert len(hits[0]) > len(twins)


# -- renaming ----------------------------------------------------------------------------------


def test_a_renamed_file_is_the_same_article_and_is_not_encoded_again(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    library.sync(folder)
    before = library.article("heshan.txt")
    hash_encoder.encoded.clear()
    (folder / "招商").mkdir()
    (folder / "heshan.txt").rename(folder / "招商" / "鹤山.txt")
    assert library.status().changes == report(
        unchanged=("kaiping.txt",), renamed=(("heshan.txt", "招商/鹤山.txt"),)
    )
    assert library.sync(folder) == report(
        unchanged=("kaiping.txt",), renamed=(("heshan.txt", "招商/鹤山.txt"),)
    )
    after = library.article("招商/鹤山.txt")
    assert (after.id, after.text, after.title) == (before.id, before.text, before.title)
    assert hash_encoder.encoded == []
    assert found(library, "亿元以上项目")[0] == "招商/鹤山.txt"
    assert library.sync(folder).unchanged == ("kaiping.txt", "招商/鹤山.txt")


def test_a_title_that_was_the_files_name_follows_it(library: Library, folder: Path) -> None:
    (folder / "招商引资情况.txt").write_text(
        "鹤山市引进项目60个。总投资209亿元。\n", encoding="utf-8"
    )
    library.sync(folder)
    assert library.article("招商引资情况.txt").title == "招商引资情况"
    (folder / "招商引资情况.txt").rename(folder / "全年工作总结.txt")
    assert library.sync(folder).renamed == (("招商引资情况.txt", "全年工作总结.txt"),)
    assert library.article("全年工作总结.txt").title == "全年工作总结"


def test_files_that_swap_their_names_swap_their_texts(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    library.sync(folder)
    hash_encoder.encoded.clear()
    (folder / "heshan.txt").rename(folder / "x.txt")
    (folder / "kaiping.txt").rename(folder / "heshan.txt")
    (folder / "x.txt").rename(folder / "kaiping.txt")
    assert library.sync(folder).updated == ("heshan.txt", "kaiping.txt")
    assert texts(library) == {"heshan.txt": KAIPING, "kaiping.txt": HESHAN}
    assert hash_encoder.encoded == []


# -- what would happen -------------------------------------------------------------------------


def test_a_dry_run_tells_what_a_sync_does_and_changes_nothing(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    library.sync(folder)
    state, encoded = texts(library), len(hash_encoder.encoded)
    (folder / "heshan.txt").write_text(HESHAN.replace("60个", "61个"), encoding="utf-8")
    (folder / "kaiping.txt").rename(folder / "开平.txt")
    (folder / "empty.txt").write_bytes(b"")
    write_rows(folder / "rows.jsonl", [{"id": "a", "text": "甲。"}, {"id": "b", "text": "乙。"}])
    told = library.preview(folder)
    assert texts(library) == state
    assert len(hash_encoder.encoded) == encoded
    assert not library.status().fresh
    assert told == report(
        added=("rows.jsonl#a", "rows.jsonl#b"),
        updated=("heshan.txt",),
        renamed=(("kaiping.txt", "开平.txt"),),
        failed=(Failure("empty.txt", "the file has no text"),),
    )
    assert library.sync(folder) == told
    assert library.status().fresh


# -- tables of articles ------------------------------------------------------------------------


def test_rows_of_a_table_are_articles_of_their_own(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    rows = [
        {"id": "a", "title": "鹤山招商", "text": BODY, "source": "日报", "published": "2023-11-16"},
        {"id": "b", "title": "开平教育", "text": "开平市新建小学3所。"},
        {"id": "c", "title": "台山港口", "text": "台山市有港口2个。"},
    ]
    write_rows(folder / "rows.jsonl", rows)
    first = library.sync(folder)
    assert first.added[2:] == ("rows.jsonl#a", "rows.jsonl#b", "rows.jsonl#c")
    article = library.article("rows.jsonl#a")
    assert (article.title, article.source, article.text) == ("鹤山招商", "日报", BODY)
    ids = {article.path: article.id for article in library.articles()}
    hash_encoder.encoded.clear()

    rows[1]["text"] = "开平市新建小学4所。"
    write_rows(folder / "rows.jsonl", [rows[1], rows[0], {"id": "d", "text": "新来的一篇。"}])
    second = library.sync(folder)
    assert second == report(
        added=("rows.jsonl#d",),
        updated=("rows.jsonl#b",),
        removed=("rows.jsonl#c",),
        unchanged=("heshan.txt", "kaiping.txt", "rows.jsonl#a"),
        reposts=(),
    )
    assert {article.path: article.id for article in library.articles()}["rows.jsonl#b"] == ids[
        "rows.jsonl#b"
    ]
    assert len(hash_encoder.encoded) == 2
    assert "rows.jsonl#c" not in found(library, "台山港口")

    (folder / "rows.jsonl").rename(folder / "news.jsonl")
    third = library.sync(folder)
    assert third.renamed == tuple((f"rows.jsonl#{key}", f"news.jsonl#{key}") for key in "abd")
    assert library.article("news.jsonl#b").id == ids["rows.jsonl#b"]
    (folder / "news.jsonl").unlink()
    assert library.sync(folder).removed == ("news.jsonl#a", "news.jsonl#b", "news.jsonl#d")
    assert sorted(texts(library)) == ["heshan.txt", "kaiping.txt"]


def test_a_row_that_is_no_article_stays_reported_until_it_is_mended(
    library: Library, folder: Path
) -> None:
    path = folder / "rows.jsonl"
    path.write_text('{"id": "a", "text": "甲。"}\n{"id": "b"}\n', encoding="utf-8")
    failure = Failure("rows.jsonl#b", "row 2 has no field 'text' (or content, body, 正文, 内容)")
    assert library.sync(folder).failed == (failure,)
    assert library.sync(folder).failed == (failure,)  # though the file was not read again
    assert library.status().failed == (failure,)
    assert library.status().fresh
    path.write_text('{"id": "a", "text": "甲。"}\n{"id": "b", "text": "乙。"}\n', encoding="utf-8")
    assert library.sync(folder).added == ("rows.jsonl#b",)
    assert library.status().failed == ()


def test_a_sync_that_finds_nothing_new_leaves_the_indexes_alone(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    (folder / "broken.pdf").write_bytes(b"no pdf")
    library.sync(folder)
    stamp = (tmp_path / "library" / "index" / "stamp.json").read_bytes()
    library.sync(folder)
    os.utime(folder / "heshan.txt", (1_600_000_000, 1_600_000_000))
    library.sync(folder)
    assert (tmp_path / "library" / "index" / "stamp.json").read_bytes() == stamp


def test_a_table_that_breaks_half_way_keeps_what_was_read_until_it_goes(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.articles.formats.jsonl.MAX_BYTES", 100)
    path = folder / "rows.jsonl"
    write_rows(path, [{"id": "a", "text": "甲。"}, {"id": "b", "text": "乙" * 100}])
    first = library.sync(folder)
    assert [failure.path for failure in first.failed] == ["rows.jsonl"]
    assert "rows.jsonl#a" in first.added
    assert library.sync(folder).unchanged == ("heshan.txt", "kaiping.txt", "rows.jsonl#a")
    path.unlink()
    assert library.sync(folder).removed == ("rows.jsonl#a",)
    assert library.status().fresh


def test_a_table_of_which_a_row_was_removed_by_hand_goes_with_its_file(
    library: Library, folder: Path
) -> None:
    write_rows(folder / "rows.jsonl", [{"id": "a", "text": "甲。"}, {"id": "b", "text": "乙。"}])
    library.sync(folder)
    library.remove("rows.jsonl#a")
    (folder / "rows.jsonl").unlink()
    assert library.sync(folder).removed == ("rows.jsonl#b",)
    assert sorted(texts(library)) == ["heshan.txt", "kaiping.txt"]


def test_a_file_takes_the_name_of_one_that_was_removed_by_hand(
    library: Library, folder: Path
) -> None:
    write_rows(folder / "rows.jsonl", [{"id": "a", "text": "甲。"}, {"id": "b", "text": "乙。"}])
    write_rows(folder / "more.jsonl", [{"id": "b", "text": "丙。"}])
    library.sync(folder)
    library.remove("rows.jsonl#a")
    (folder / "more.jsonl").replace(folder / "rows.jsonl")
    library.sync(folder)
    assert texts(library)["rows.jsonl#b"] == "丙。"
    assert sorted(texts(library)) == ["heshan.txt", "kaiping.txt", "rows.jsonl#b"]


@pytest.mark.skipif(sys.platform != "linux", reason="replaces what lists folders there")
def test_articles_in_a_folder_that_cannot_be_read_stay(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.txt").write_text("甲。", encoding="utf-8")
    library.sync(folder)
    original = os.scandir

    def refuse(path: Path) -> object:
        if str(path).rstrip("/").endswith("sub"):
            raise PermissionError(13, "Permission denied")
        return original(path)

    with monkeypatch.context() as patch:
        patch.setattr("os.scandir", refuse)
        report = library.sync(folder)
    assert report.removed == ()
    assert report.failed == (Failure("sub", "the folder cannot be read: Permission denied"),)
    assert "sub/a.txt" in texts(library)


def test_a_removed_row_comes_back_with_the_next_sync(library: Library, folder: Path) -> None:
    write_rows(folder / "rows.jsonl", [{"id": "a", "text": "甲。"}, {"id": "b", "text": "乙。"}])
    library.sync(folder)
    library.remove("rows.jsonl#a")
    assert sorted(texts(library)) == ["heshan.txt", "kaiping.txt", "rows.jsonl#b"]
    assert library.sync(folder).added == ("rows.jsonl#a",)


# -- failures ----------------------------------------------------------------------------------


def test_what_failed_is_tried_again_every_time(library: Library, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"no pdf")
    for _ in range(2):
        assert [failure.path for failure in library.sync(folder).failed] == ["broken.pdf"]
        assert library.status().fresh
    (folder / "broken.pdf").unlink()
    assert library.sync(folder).failed == ()
    assert library.status().fresh


def test_a_sync_cut_off_before_its_end_forgets_no_failure(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "broken.pdf").write_bytes(b"no pdf")
    (folder / "rows.jsonl").write_text(
        '{"id": "a", "text": "甲。"}\n{"id": "b"}\n', encoding="utf-8"
    )

    def cut_off(ingest: Ingest) -> None:
        ingest.flush()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ingest, "settle", cut_off)
        with pytest.raises(KeyboardInterrupt):
            library.sync(folder)
    failed = [failure.path for failure in library.sync(folder).failed]
    assert sorted(failed) == ["broken.pdf", "rows.jsonl#b"]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.articles.formats import plain

    original = plain.read

    def changing(path: Path) -> Iterator[object]:
        yield from original(path)
        if path.name == "heshan.txt":
            path.write_text(HESHAN.replace("60个", "61个"), encoding="utf-8")

    with monkeypatch.context() as patch:
        patch.setattr(plain, "read", changing)
        library.sync(folder)
    assert not library.status().fresh
    library.sync(folder)
    assert "61个" in texts(library)["heshan.txt"]
    assert library.status().fresh


# -- reposts -----------------------------------------------------------------------------------


@pytest.fixture
def reposted(folder: Path) -> Path:
    text = f"鹤山招商引资创新高\n\n来源：转载网 2023-12-01\n\n{BODY}责任编辑：王五\n"
    (folder / "repost.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_repost_is_indexed_once_and_cited_with_all_its_sources(
    library: Library, reposted: Path
) -> None:
    assert library.sync(reposted).reposts == ("repost.txt",)
    assert library.status().articles == 3
    assert found(library, "亿元以上项目").count("heshan.txt") >= 1
    assert "repost.txt" not in found(library, "亿元以上项目")
    answer = library.ask("鹤山引进了多少亿元以上项目")
    assert answer.text == "60个"
    cited = {citation.article.source: citation for citation in answer.citations}
    assert set(cited) == {"江门日报", "转载网"}
    assert [citation.number for citation in answer.citations] == [1, 2]
    for citation in answer.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
        assert "60个" in citation.quote


def test_a_filter_that_only_the_repost_passes_finds_it_in_the_repost(
    library: Library, reposted: Path
) -> None:
    library.sync(reposted)
    hits = library.retrieve("亿元以上项目", 10, Filters(source="转载网"))
    assert {hit.article.path for hit in hits} == {"repost.txt"}
    for hit in hits:
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.text
    assert found(library, "亿元以上项目", source="江门日报") != []
    assert set(found(library, "亿元以上项目", source="江门日报")) == {"heshan.txt"}


def test_what_a_repost_lacks_leaves_its_place_to_what_it_has(
    library: Library, reposted: Path
) -> None:
    rows = [
        f"第{n}项工作是{'修路架桥办学' * n}，由{n}个部门负责，年内完成。" * 4 for n in range(1, 13)
    ]
    only = "会场里锣鼓喧天，群众载歌载舞，庆祝丰收。" * 15
    whole = "工作安排\n\n来源：{}\n\n" + "\n".join(rows) + "\n{}"
    (reposted / "heshan.txt").write_text(whole.format("江门日报", only), encoding="utf-8")
    (reposted / "repost.txt").write_text(whole.format("转载网", ""), encoding="utf-8")
    assert library.sync(reposted).reposts == ("repost.txt",)
    query = "锣鼓喧天载歌载舞庆祝丰收"
    assert library.retrieve(query, 1)[0].text in only
    of_repost = [hit.text for hit in library.retrieve(query, 50, Filters(article="repost.txt"))]
    assert len(of_repost) >= 3
    assert not any("锣鼓" in text for text in of_repost)
    best = library.retrieve(query, 1, Filters(article="repost.txt"))
    assert [hit.text for hit in best] == of_repost[:1]


def test_a_passage_that_differs_in_the_repost_is_found_there_sentence_by_sentence(
    library: Library, reposted: Path
) -> None:
    whole = HESHAN + "各镇街要强化服务意识，主动上门为企业解决困难和问题。" * 5 + "会议强调安全。\n"
    (reposted / "heshan.txt").write_text(whole, encoding="utf-8")
    reworded = whole.replace("江门日报", "转载网").replace("会议强调安全", "会议还强调了安全")
    (reposted / "repost.txt").write_text(reworded, encoding="utf-8")
    assert library.sync(reposted).reposts == ("repost.txt",)
    hits = library.retrieve("亿元以上项目", 10, Filters(source="转载网"))
    assert {hit.article.path for hit in hits} == {"repost.txt"}
    for hit in hits:
        assert reworded[hit.passage.start : hit.passage.end] == hit.text
    assert any("25支招商小组" in hit.text and "解决困难和问题" in hit.text for hit in hits)
    answer = library.ask("鹤山市组建了多少支招商小组", filters=Filters(source="转载网"))
    assert (answer.text, answer.citations[0].article.path) == ("25支", "repost.txt")


def test_while_an_original_is_replaced_readers_cite_its_reposts(
    tmp_path: Path, library: Library, reposted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.sync(reposted)
    question = "鹤山引进了多少亿元以上项目"
    before = {citation.article.path for citation in library.ask(question).citations}
    assert before == {"heshan.txt", "repost.txt"}
    (reposted / "heshan.txt").write_text("鹤山天气\n\n鹤山市今天晴。\n", encoding="utf-8")
    seen: list[set[str]] = []
    settle = Ingest.settle

    def asked_before_the_end(ingest: Ingest) -> None:
        ingest.flush()  # the old article is out of the store
        with Library.open(tmp_path / "library", encoder=HashEncoder()) as reader:
            seen.append({found.article.path for found in reader.ask(question).citations})
        settle(ingest)

    monkeypatch.setattr(Ingest, "settle", asked_before_the_end)
    library.sync(reposted)
    monkeypatch.undo()
    assert seen[0] == before
    assert {found.article.path for found in library.ask(question).citations} == {"repost.txt"}


@pytest.mark.parametrize("change", ["remove", "update", "remove by hand"])
def test_a_repost_takes_the_place_of_an_original_that_goes(
    library: Library, reposted: Path, hash_encoder: HashEncoder, change: str
) -> None:
    library.sync(reposted)
    if change == "remove":
        (reposted / "heshan.txt").unlink()
        library.sync(reposted)
    elif change == "update":
        (reposted / "heshan.txt").write_text("鹤山天气\n\n鹤山市今天晴。\n", encoding="utf-8")
        library.sync(reposted)
    else:
        library.remove("heshan.txt")
    assert found(library, "亿元以上项目")[0] == "repost.txt"
    assert "转载网" in {hit.article.source for hit in library.retrieve("亿元以上项目")}


def test_of_three_reposts_one_is_indexed_for_the_others(library: Library, reposted: Path) -> None:
    shutil.copy(reposted / "repost.txt", reposted / "third.txt")
    assert library.sync(reposted).reposts == ("repost.txt", "third.txt")
    (reposted / "heshan.txt").unlink()
    library.sync(reposted)
    assert set(found(library, "招商小组")) & {"repost.txt", "third.txt"} in (
        {"repost.txt"},
        {"third.txt"},
    )
    (reposted / "heshan.txt").write_text(HESHAN, encoding="utf-8")
    assert library.sync(reposted).reposts == ("heshan.txt",)


def test_a_correction_of_a_figure_is_no_repost(library: Library, folder: Path) -> None:
    text = HESHAN.replace("60个", "61个").replace("江门日报", "更正网")
    (folder / "correction.txt").write_text(text, encoding="utf-8")
    assert library.sync(folder).reposts == ()
    assert {"heshan.txt", "correction.txt"} <= set(found(library, "亿元以上项目"))


# -- many files --------------------------------------------------------------------------------


def test_an_unchanged_folder_is_not_read_again_by_another_process(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in folder.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
    opened: list[str] = []
    original = Path.open

    def counting(path: Path, *arguments: str, **named: str) -> object:
        opened.append(path.name)
        return original(path, *arguments, **named)

    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        monkeypatch.setattr(Path, "open", counting)
        assert library.status().fresh
        assert library.sync(folder).unchanged == ("heshan.txt", "kaiping.txt")
    assert [name for name in opened if name.endswith(".txt")] == []


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # else ignored by whom a script put aside
from qa.search import encoders
from qa.syncing import ingest
from qa.cli import main
from tests.conftest import HashEncoder

class Slow(HashEncoder):
    def encode_documents(self, texts, progress=None):
        time.sleep(0.2)
        print("encoding", file=sys.stderr, flush=True)
        return super().encode_documents(texts, progress)

ingest.BATCH = 1
encoders.Encoders.make = lambda *_: Slow()
sys.argv = ["yinju", "sync", *sys.argv[1:]]
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts as POSIX does")
def test_ctrl_c_ends_a_sync_cleanly_and_the_next_one_continues(
    tmp_path: Path, folder: Path
) -> None:
    for number in range(10):
        (folder / f"{number}.txt").write_text(f"第{number}篇文章。\n", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SLOW, str(folder), "-l", str(tmp_path / "library")],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    seen = 0
    while seen < 3:
        line = process.stderr.readline()
        assert line
        seen += "encoding" in line
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130
    assert "yinju: interrupted; what was stored stays, run it again to continue" in error
    assert "Traceback" not in error
    encoder = HashEncoder()
    with Library.open(tmp_path / "library", encoder=encoder) as library:
        stored = sorted(texts(library))
        assert 2 <= len(stored) < 12
        report = library.sync(folder)
        assert report.unchanged == tuple(stored)
        assert len(report.added) == 12 - len(stored)
        assert not {f"第{path[0]}篇" for path in stored} & {text[:3] for text in encoder.encoded}


def test_what_cost_its_reader_everything_is_not_tried_again(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the content is the same, and the readers."""
    (folder / "bad.html").write_text("<p>开平市。</p>", encoding="utf-8")
    read = Sandbox.read
    tried: list[str] = []

    def reading(sandbox: Sandbox, path: Path) -> Iterator[Document | Unreadable]:
        tried.append(path.name)
        if path.name == "bad.html":
            raise ArticleUnreadableError("reading_too_slow", "more than {seconds} s", seconds=120)
        return read(sandbox, path)

    def attempted(*, checksum: bool = False) -> list[str]:
        tried.clear()
        report = library.sync(folder, checksum=checksum)
        assert [failure.path for failure in report.failed] == ["bad.html"]
        status = library.status()
        assert [failure.code for failure in status.failed] == ["reading_too_slow"]
        return sorted(tried)

    monkeypatch.setattr(Sandbox, "read", reading)
    assert attempted() == ["bad.html", "heshan.txt", "kaiping.txt"]
    assert attempted() == []
    os.utime(folder / "bad.html", (1, 1))
    assert attempted() == []  # another date, the same content
    assert attempted(checksum=True) == ["bad.html"]
    (folder / "bad.html").write_text("<p>开平市，另一篇。</p>", encoding="utf-8")
    assert attempted() == ["bad.html"]
    assert attempted() == []
    monkeypatch.setattr(syncing, "READING", "another")
    assert attempted() == ["bad.html"]

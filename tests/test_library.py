"""The library as a whole: it matches its folder, quotes exactly, and survives being cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from qa import Filters, Library
from qa.config import ModelSettings
from qa.errors import (
    ArticleNotFoundError,
    FolderNotFoundError,
    LibraryBusyError,
    LibraryStaleError,
    ModelError,
    QuestionError,
)
from qa.types import Exchange
from tests.conftest import HashEncoder

HESHAN = (
    "鹤山招商引资\n\n来源:江门日报 时间:2023-11-16\n\n"
    "鹤山市组建25支招商小组,1月至9月引进亿元以上项目60个,计划总投资209亿元。\n"
)
KAIPING = "开平教育\n\n来源:开平电视台 时间:2024-01-02\n\n开平市新建小学3所,新增学位4100个。\n"

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


def paths(library: Library) -> list[str]:
    return [article.path for article in library.articles()]


def test_opening_makes_the_folder(
    tmp_path: Path, hash_encoder: HashEncoder, either_store: str
) -> None:
    with Library.open(tmp_path / "deep" / "library", encoder=hash_encoder) as library:
        assert library.ask("鹤山引进了多少亿元以上项目").status == "no_evidence"
    is_in_folder = (tmp_path / "deep" / "library" / "library.db").exists()
    assert is_in_folder == (either_store == "sqlite")


def test_a_sync_adds_updates_removes_and_leaves_alone(library: Library, folder: Path) -> None:
    first = library.sync(folder)
    assert first.added == ("heshan.txt", "kaiping.txt")
    assert (first.updated, first.removed, first.unchanged, first.failed) == ((), (), (), ())

    (folder / "heshan.txt").write_text(HESHAN.replace("60个", "61个"), encoding="utf-8")
    (folder / "kaiping.txt").unlink()
    (folder / "new.md").write_text("# 台山\n\n台山市有港口2个。\n", encoding="utf-8")
    second = library.sync(folder)
    assert (second.added, second.updated) == (("new.md",), ("heshan.txt",))
    assert (second.removed, second.unchanged) == (("kaiping.txt",), ())
    assert library.ask("鹤山引进了多少亿元以上项目").text == "61个"
    assert all(hit.article.path != "kaiping.txt" for hit in library.retrieve("新增学位", 50))

    third = library.sync(folder)
    assert third.unchanged == ("heshan.txt", "new.md")
    assert (third.added, third.updated, third.removed) == ((), (), ())


def test_an_updated_article_keeps_its_id_and_encodes_only_what_is_new(
    library: Library, folder: Path, hash_encoder: HashEncoder
) -> None:
    library.sync(folder)
    before = library.article("heshan.txt").id
    hash_encoder.encoded.clear()
    library.sync(folder)
    assert hash_encoder.encoded == []
    shutil.copy(folder / "heshan.txt", folder / "copy.txt")
    library.sync(folder)
    assert hash_encoder.encoded == []  # the same text has its vector already
    (folder / "heshan.txt").write_text(HESHAN + "\n鹤山市新建公园2个。\n", encoding="utf-8")
    library.sync(folder)
    assert library.article("heshan.txt").id == before


def test_a_file_that_cannot_be_read_is_reported_and_the_rest_goes_on(
    library: Library, folder: Path
) -> None:
    (folder / "noise.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "photo.psd").write_bytes(b"\xff\xd8\xff\xe0")
    (folder / "empty.txt").write_bytes(b"")
    report = library.sync(folder)
    assert report.added == ("heshan.txt", "kaiping.txt")
    reasons = {failure.path: failure.reason for failure in report.failed}
    assert reasons["empty.txt"] == "the file has no text"
    assert "files of this kind cannot be read" in reasons["photo.psd"]
    assert set(reasons) == {"noise.txt", "photo.psd", "empty.txt"}
    status = library.status()
    assert status.fresh
    assert {failure.path for failure in status.failed} == set(reasons)
    (folder / "empty.txt").write_text("补上的文章。", encoding="utf-8")
    assert library.sync(folder).added == ("empty.txt",)


def test_an_article_whose_file_became_unreadable_answers_no_more(
    library: Library, folder: Path
) -> None:
    library.sync(folder)
    (folder / "heshan.txt").write_bytes(b"\x00\x01\x02\x03" * 100)
    report = library.sync(folder)
    assert [failure.path for failure in report.failed] == ["heshan.txt"]
    assert report.updated == ()
    assert paths(library) == ["kaiping.txt"]
    assert library.ask("鹤山引进了多少亿元以上项目").status == "no_evidence"


def test_status_tells_what_a_sync_would_do(library: Library, folder: Path) -> None:
    assert library.status().changes is None
    library.sync(folder)
    assert library.status().fresh
    (folder / "new.txt").write_text("新文章。", encoding="utf-8")
    (folder / "kaiping.txt").unlink()
    status = library.status()
    assert not status.fresh
    assert status.changes is not None
    assert (status.changes.added, status.changes.removed) == (("new.txt",), ("kaiping.txt",))
    assert (status.articles, status.model) == (2, "builtin")


def test_a_library_inside_its_folder_does_not_read_itself(
    folder: Path, hash_encoder: HashEncoder
) -> None:
    with Library.open(folder / "library", encoder=hash_encoder) as library:
        assert library.sync(folder).failed == ()
        assert library.sync(folder).unchanged == ("heshan.txt", "kaiping.txt")


def test_a_folder_that_is_not_there_is_an_error(library: Library, tmp_path: Path) -> None:
    with pytest.raises(FolderNotFoundError, match="there is no folder"):
        library.sync(tmp_path / "nowhere")


def test_quotes_are_slices_and_the_answer_stands_in_the_first(
    library: Library, folder: Path
) -> None:
    library.sync(folder)
    answer = library.ask("开平新增了多少个学位")
    assert (answer.status, answer.text) == ("answered", "4100个")
    assert answer.citations[0].quote == "开平市新建小学3所,新增学位4100个。"
    for citation in answer.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
    assert answer.citations[0].article.source == "开平电视台"
    assert answer.citations[0].article.published == date(2024, 1, 2)


def test_another_places_figure_is_not_given(library: Library, folder: Path) -> None:
    library.sync(folder)
    answer = library.ask("开平引进了多少亿元以上项目")
    assert answer.status == "no_evidence"
    assert answer.citations == ()
    assert answer.nearest is not None
    assert answer.nearest.quote in answer.nearest.article.text
    assert answer.missing_terms == ()  # a passage that is shown speaks of 开平
    assert library.ask("台山引进了多少亿元以上项目").missing_terms == ("台山",)
    assert answer.related


def test_follow_ups_lean_on_the_history(library: Library, folder: Path) -> None:
    library.sync(folder)
    first = library.ask("鹤山引进了多少亿元以上项目")
    assert (first.reading, first.carried) == (first.question, ())
    for history in ([first], [first.question], [Exchange(first.question, text=first.text)]):
        answer = library.ask("那总投资呢？", history=history)
        assert answer.text == "209亿元"
        assert answer.question == "那总投资呢？"
        assert answer.reading.startswith("鹤山")
        assert all(piece in answer.reading for piece in answer.carried)
    again = library.ask(answer.reading)  # what a person does who edits it
    assert (again.text, again.reading, again.carried) == ("209亿元", answer.reading, ())
    answer = library.ask("开平呢？", history=["鹤山新增了多少个学位"])
    assert (answer.text, answer.reading) == ("4100个", "开平新增了多少个学位")
    assert answer.carried == ("新增了多少个学位",)


def test_where_no_reading_is_answered_the_likeliest_is_reported(
    library: Library, folder: Path
) -> None:
    library.sync(folder)
    answer = library.ask("台山呢？", history=["鹤山引进了多少亿元以上项目"])
    assert (answer.status, answer.reading) == ("no_evidence", "台山引进了多少亿元以上项目")


def test_what_asks_nothing_is_no_history(library: Library, folder: Path) -> None:
    library.sync(folder)
    for history in ([""], ["  ", "\n"], []):
        answer = library.ask("鹤山引进了多少亿元以上项目", history=history)
        assert (answer.text, answer.carried) == ("60个", ())


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_an_empty_question_is_an_error(library: Library, question: str) -> None:
    with pytest.raises(QuestionError, match="the question is empty"):
        library.ask(question)


@pytest.mark.parametrize(
    "question",
    ["？？？", "😀😀", "\x00\x01", "一" * 100_000, "{{7*7}}", "%s%n", "' OR 1=1 --", "的"],
)
def test_odd_questions_get_no_answer_and_no_crash(
    library: Library, folder: Path, question: str
) -> None:
    library.sync(folder)
    assert library.ask(question).status == "no_evidence"


def test_filters_restrict_what_is_searched(library: Library, folder: Path) -> None:
    library.sync(folder)

    def found(filters: Filters) -> set[str]:
        return {hit.article.path for hit in library.retrieve("项目 学位", 20, filters)}

    assert found(Filters()) == {"heshan.txt", "kaiping.txt"}
    assert found(Filters(source="江門")) == {"heshan.txt"}
    assert found(Filters(since=date(2024, 1, 1))) == {"kaiping.txt"}
    assert found(Filters(until=date(2023, 11, 16))) == {"heshan.txt"}
    assert found(Filters(path="KAI", title="教育")) == {"kaiping.txt"}
    assert found(Filters(title="没有")) == set()


QUESTION = "鹤山引进了多少亿元以上项目"


def test_an_answer_tells_its_filters_and_is_of_nothing_else(library: Library, folder: Path) -> None:
    (folder / "2022").mkdir()
    earlier = HESHAN.replace("2023", "2022").replace("60个", "41个")
    (folder / "2022" / "heshan.txt").write_text(earlier, encoding="utf-8")
    library.sync(folder)

    def asked(filters: Filters) -> tuple[str, set[str]]:
        answer = library.ask(QUESTION, filters=filters)
        assert answer.filters == filters
        return answer.text, {citation.article.path for citation in answer.citations}

    assert library.ask(QUESTION).filters == Filters()
    assert asked(Filters(article="heshan.txt")) == ("60个", {"heshan.txt"})
    assert asked(Filters(article="2022/heshan.txt")) == ("41个", {"2022/heshan.txt"})
    assert asked(Filters(path="/2022/")) == ("41个", {"2022/heshan.txt"})
    assert asked(Filters(until=date(2022, 12, 31))) == ("41个", {"2022/heshan.txt"})
    assert asked(Filters(since=date(2023, 1, 1))) == ("60个", {"heshan.txt"})
    assert asked(Filters(article="kaiping.txt")) == ("没有找到依据", set())


def test_filters_that_admit_no_article_are_told(library: Library, folder: Path) -> None:
    library.sync(folder)
    for filters in (Filters(source="南方"), Filters(article="gone.txt"), Filters(path="/x/")):
        with pytest.raises(ArticleNotFoundError, match="is within the filters") as told:
            library.ask(QUESTION, filters=filters)
        assert told.value.code == "filters_admit_none"
        assert library.retrieve(QUESTION, 5, filters) == []


def test_a_follow_up_keeps_the_filters_of_what_was_answered(library: Library, folder: Path) -> None:
    (folder / "2022.txt").write_text(
        HESHAN.replace("2023", "2022").replace("209", "117"), encoding="utf-8"
    )
    library.sync(folder)
    first = library.ask(QUESTION, filters=Filters(article="2022.txt"))
    second = library.ask("那总投资呢？", [first])
    assert (second.text, second.filters) == ("117亿元", Filters(article="2022.txt"))
    newer = Filters(since=date(2023, 1, 1))
    third = library.ask("那总投资呢？", [first], newer)
    assert (third.text, third.filters) == ("209亿元", newer)
    everywhere = library.ask("那总投资呢？", [first], Filters())
    assert everywhere.filters == Filters()
    assert {cited.article.path for cited in everywhere.citations} == {"2022.txt", "heshan.txt"}
    assert library.ask("那总投资呢？", [first, QUESTION]).filters == Filters()


def test_hits_carry_both_scores_and_come_best_first(library: Library, folder: Path) -> None:
    library.sync(folder)
    hits = library.retrieve("鹤山引进亿元以上项目", 10)
    assert hits[0].article.path == "heshan.txt"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].lexical > 0
    assert -1.0 <= hits[0].dense <= 1.0
    for hit in hits:
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.text


def test_remove_takes_an_article_out_until_the_next_sync(library: Library, folder: Path) -> None:
    library.sync(folder)
    assert library.remove("heshan.txt").title == "鹤山招商引资"
    assert library.ask("鹤山引进了多少亿元以上项目").status == "no_evidence"
    with pytest.raises(ArticleNotFoundError, match=r"there is no article 'heshan\.txt'"):
        library.remove("heshan.txt")
    assert library.sync(folder).added == ("heshan.txt",)


def test_an_article_is_found_by_path_and_by_id(library: Library, folder: Path) -> None:
    library.sync(folder)
    article = library.article("kaiping.txt")
    assert library.article(article.id) == library.article(str(article.id)) == article
    assert article.text == KAIPING


def test_vectors_of_another_model_are_refused_until_a_rebuild(tmp_path: Path, folder: Path) -> None:
    with Library.open(tmp_path / "library", encoder=HashEncoder("one")) as library:
        library.sync(folder)
    with Library.open(tmp_path / "library", encoder=HashEncoder("two")) as library:
        assert library.status().stale_model
        with pytest.raises(LibraryStaleError, match="yinju rebuild"):
            library.ask("鹤山引进了多少亿元以上项目")
        with pytest.raises(LibraryStaleError, match="yinju rebuild"):
            library.sync(folder)
        library.rebuild()
        assert not library.status().stale_model
        assert library.ask("鹤山引进了多少亿元以上项目").text == "60个"


def test_an_unknown_model_leaves_the_library_as_it_is(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library") as library:
        with pytest.raises(ModelError, match="neither a folder nor in the local model cache"):
            library.rebuild(ModelSettings(model="nobody/nothing"))
        assert library.settings == ModelSettings()


def test_what_a_killed_writer_left_behind_goes_with_a_sync_that_changes_nothing(
    tmp_path: Path, folder: Path
) -> None:
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        library.sync(folder)
    index = tmp_path / "library" / "index"
    kept = sorted(path.name for path in index.iterdir())
    shutil.copytree(index / kept[0], index / "000000")  # the generation before, not removed yet
    with Library.open(tmp_path / "library", encoder=HashEncoder()) as library:
        assert not library.sync(folder).changes
        assert sorted(path.name for path in index.iterdir()) == kept


@pytest.mark.parametrize(
    "damage",
    ["remove", "truncate", "flip", "flip lexical", "lose a segment", "no stamp", "other stamp"],
)
def test_damaged_indexes_are_rebuilt_from_the_store(
    tmp_path: Path, folder: Path, damage: str
) -> None:
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder()) as library:
        library.sync(folder)
        before = [(hit.passage.id, hit.score) for hit in library.retrieve("鹤山项目", 10)]
    index = place / "index"
    dense = next(index.glob("*/dense.faiss"))
    segment = next(index.glob("*/lexical/*.idx"))
    if damage == "remove":
        shutil.rmtree(index)
    elif damage == "truncate":
        dense.write_bytes(dense.read_bytes()[:-8])
    elif damage.startswith("flip"):
        path = segment if "lexical" in damage else dense
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif damage == "lose a segment":
        segment.unlink()
    elif damage == "no stamp":
        (index / "stamp.json").unlink()
    else:
        (index / "stamp.json").write_text('{"library_id": "x", "revision": 1, "fingerprint": "y"}')
    with Library.open(place, encoder=HashEncoder()) as library:
        after = [(hit.passage.id, hit.score) for hit in library.retrieve("鹤山项目", 10)]
        assert after == before
        assert library.ask("鹤山引进了多少亿元以上项目").text == "60个"


class CutOffError(Exception):
    """What a test raises in place of a power cut."""


class FailingEncoder(HashEncoder):
    """Stops working after some texts."""

    def encode_documents(self, texts, progress=None):  # type: ignore[no-untyped-def]
        if any("开平" in text for text in texts):
            raise CutOffError
        return super().encode_documents(texts, progress)


def test_an_interrupted_sync_is_finished_by_the_next(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.syncing.ingest.BATCH", 1)
    place = tmp_path / "library"
    with Library.open(place, encoder=FailingEncoder()) as library, pytest.raises(CutOffError):
        library.sync(folder)
    encoder = HashEncoder()
    with Library.open(place, encoder=encoder) as library:
        assert paths(library) == ["heshan.txt"]
        assert library.ask("鹤山引进了多少亿元以上项目").text == "60个"
        report = library.sync(folder)
        assert (report.added, report.unchanged) == (("kaiping.txt",), ("heshan.txt",))
        assert all("鹤山" not in text for text in encoder.encoded)


def test_an_interrupted_rebuild_leaves_the_old_vectors_in_use(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "library"
    with Library.open(place, encoder=HashEncoder("one")) as library:
        library.sync(folder)
    monkeypatch.setattr("qa.syncing.ingest.BATCH", 1)
    with (
        Library.open(place, encoder=FailingEncoder("two")) as library,
        pytest.raises(CutOffError),
    ):
        library.rebuild()
    with Library.open(place, encoder=HashEncoder("one")) as library:
        assert not library.status().stale_model
        assert library.ask("开平新增了多少个学位").text == "4100个"


def test_a_second_writer_is_told_who_writes(tmp_path: Path, library: Library, folder: Path) -> None:
    library.sync(folder)
    held = threading.Event()
    done = threading.Event()

    def hold() -> None:
        with library.lock.held():
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(30)
    try:
        with pytest.raises(LibraryBusyError, match="already writing"):
            library.sync(folder)
        # Reading goes on meanwhile.
        assert library.ask("鹤山引进了多少亿元以上项目").text == "60个"
        script = (
            "import sys; from qa import Library; from tests.conftest import HashEncoder\n"
            f"Library.open({str(library.path)!r}, encoder=HashEncoder()).sync({str(folder)!r})"
        )
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[1],
        )
        assert f"process {os.getpid()} is writing to" in run.stderr
    finally:
        done.set()
        thread.join()


def test_questions_are_answered_from_many_threads_while_a_sync_runs(
    library: Library, folder: Path
) -> None:
    library.sync(folder)
    answers: list[str] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            answers.extend(library.ask("鹤山引进了多少亿元以上项目").text for _ in range(5))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(5):
        (folder / f"more{number}.txt").write_text(f"第{number}篇。", encoding="utf-8")
        library.sync(folder)
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
    assert answers == ["60个"] * 40


def test_another_process_change_is_seen(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "library"
    with (
        Library.open(place, encoder=HashEncoder()) as reader,
        Library.open(place, encoder=HashEncoder()) as writer,
    ):
        writer.sync(folder)
        assert reader.ask("鹤山引进了多少亿元以上项目").text == "60个"
        (folder / "heshan.txt").write_text(HESHAN.replace("60个", "62个"), encoding="utf-8")
        writer.sync(folder)
        assert reader.ask("鹤山引进了多少亿元以上项目").text == "62个"


def test_progress_is_told_up_to_the_end(library: Library, folder: Path) -> None:
    steps: list[tuple[int, int]] = []
    library.sync(folder, lambda done, total: steps.append((done, total)))
    assert steps[0] == (0, 2)
    assert steps[-1] == (2, 2)
    steps.clear()
    library.sync(folder, lambda done, total: steps.append((done, total)))
    assert steps in ([], [(0, 0)])


def test_a_sync_tells_how_far_each_file_is(tmp_path: Path, hash_encoder: HashEncoder) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text("鹤山市有镇9个。", encoding="utf-8")
    (folder / "b.docx").write_bytes(b"PK no archive")
    told: list[tuple[str, str]] = []
    with Library.open(tmp_path / "library", encoder=hash_encoder) as library:
        library.sync(folder, reached=lambda path, stage: told.append((path, stage)))
        assert told == [("a.txt", "read"), ("a.txt", "stored")]
        told.clear()
        library.sync(folder, reached=lambda path, stage: told.append((path, stage)))
    assert told == []

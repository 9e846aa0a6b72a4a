"""qa.watchlist.watchlist: what is kept is asked again when, and only when, articles changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from qa import Filters, Library
from qa.errors import (
    ArticleNotFoundError,
    BackupError,
    LibraryStaleError,
    QuestionError,
    SavedQuestionNotFoundError,
    WatchlistFullError,
)
from qa.types import Answer, SavedAnswer
from qa.watchlist import watchlist as module
from qa.watchlist.changes import REFUSED
from qa.watchlist.watchlist import Review, Watchlist, saved_id
from tests.conftest import HashEncoder
from tests.rule_reader import RuleReader
from tests.serving import ARTICLES, HESHAN, library_of

CHAOZHOU = "潮州有多少个省级农业产业园"
OLD = "鹤山市1月至9月引进亿元以上项目60个,创新高。"
NEW = OLD.replace("60", "75")


class Asking:
    """Counts what a library is asked."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.asked: list[str] = []

    def __call__(self, question: str, /, *, filters: Filters) -> Answer:
        self.asked.append(question)
        return self.library.ask(question, filters=filters)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def folder(library: Library) -> Path:
    return library.path.parent / "articles"


@pytest.fixture
def asking(library: Library) -> Asking:
    return Asking(library)


@pytest.fixture
def kept(library: Library, asking: Asking) -> Watchlist:
    return Watchlist(library.store, asking, lambda: library.current_indexes.current()[0].state)


def rewrite(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_a_question_is_kept_with_its_answer(library: Library) -> None:
    saved = library.watchlist.keep(f"  {HESHAN} ")
    article = library.article("鹤山.txt")
    start = article.text.index(OLD)
    assert saved.answer == SavedAnswer(
        "answered", "60个", OLD, article.id, "鹤山提速", "广州日报", date(2023, 11, 16),
        "鹤山.txt", start, start + len(OLD), article.sha256[:12],
    )  # fmt: skip
    assert (saved.question, saved.filters, saved.change, saved.before) == (
        *(HESHAN, Filters(), ""),
        None,
    )
    assert library.watchlist.questions() == (saved,)
    assert library.watchlist.standing([saved.answer, REFUSED]) == {saved.answer}


def test_a_question_is_kept_once_however_it_is_written(kept: Watchlist, asking: Asking) -> None:
    first = kept.keep("潮州有多少個省級農業產業園？")
    assert kept.keep(" 潮州有多少个省级农业产业园? ") == first
    assert kept.keep("潮州有多少个省级农业产业园") == first
    assert (kept.count, len(asking.asked)) == (1, 1)
    other = kept.keep("潮州有多少个省级农业产业园?", Filters(source="南方日报"))
    assert other.id != first.id
    assert kept.count == 2


def test_an_unchanged_library_is_asked_nothing(
    library: Library, folder: Path, kept: Watchlist, asking: Asking
) -> None:
    kept.keep(HESHAN)
    assert kept.review() == Review()
    library.sync(folder)
    assert kept.review() == Review()
    assert asking.asked == [HESHAN]
    rewrite(folder, "开平.txt", "开平修路\n\n开平市修了15公里公路,方便村民出行。\n")
    library.sync(folder)
    assert kept.review() == Review(asked=1)
    assert kept.review() == Review()
    assert asking.asked == [HESHAN, HESHAN]


def test_a_changed_answer_is_told_with_old_and_new_quote(library: Library, folder: Path) -> None:
    before = library.watchlist.keep(HESHAN)
    other = library.watchlist.keep(CHAOZHOU)
    rewrite(folder, "鹤山.txt", ARTICLES["鹤山.txt"].replace("60", "75"))
    library.sync(folder)
    review = library.watchlist.review()
    assert (review.asked, review.failed) == (2, ())
    (changed,) = review.changed
    assert (changed.id, changed.change, changed.before) == (before.id, "answer", before.answer)
    assert (changed.answer.text, changed.answer.quote) == ("75个", NEW)
    assert changed.changed is not None
    assert library.watchlist.standing([before.answer, changed.answer]) == {changed.answer}
    assert library.watchlist.questions() == (changed, other)


def test_an_answer_comes_and_goes_with_its_article(library: Library, folder: Path) -> None:
    library.watchlist.keep(HESHAN)
    (folder / "鹤山.txt").unlink()
    library.sync(folder)
    (lost,) = library.watchlist.review().changed
    assert (lost.change, lost.answer, lost.before and lost.before.quote) == ("lost", REFUSED, OLD)
    rewrite(folder, "新.txt", ARTICLES["鹤山.txt"])
    library.sync(folder)
    (found,) = library.watchlist.review().changed
    assert (found.change, found.before, found.answer.quote) == ("found", REFUSED, OLD)
    assert lost.changed is not None
    assert found.changed is not None
    assert found.changed > lost.changed


def test_the_last_article_within_the_filters_goes(library: Library, folder: Path) -> None:
    library.watchlist.keep(HESHAN, Filters(source="广州日报"))
    (folder / "鹤山.txt").unlink()
    library.sync(folder)
    review = library.watchlist.review()
    assert ([saved.change for saved in review.changed], review.failed) == (["lost"], ())


def test_the_same_answer_without_its_sentence_is_told(library: Library, folder: Path) -> None:
    library.watchlist.keep(HESHAN)
    rewrite(folder, "鹤山.txt", ARTICLES["鹤山.txt"].replace(",创新高", ",再创新高"))
    library.sync(folder)
    (changed,) = library.watchlist.review().changed
    assert (changed.change, changed.answer.text) == ("quote", "60个")
    assert changed.before is not None
    assert (changed.before.quote, changed.answer.quote) == (OLD, OLD.replace("创", "再创"))


def test_the_same_sentence_of_another_article_is_no_other_answer(
    library: Library, folder: Path
) -> None:
    library.watchlist.keep(HESHAN)
    (folder / "鹤山.txt").unlink()
    rewrite(folder, "转载.txt", f"转载\n来源：江门日报 2023-11-17\n\n{OLD}其他没有了。\n")
    library.sync(folder)
    (changed,) = library.watchlist.review().changed
    assert (changed.change, changed.answer.text, changed.answer.path) == (
        *("article", "60个"),
        "转载.txt",
    )


def test_a_moved_file_is_no_change(library: Library, folder: Path) -> None:
    library.watchlist.keep(HESHAN)
    (folder / "鹤山.txt").rename(folder / "改名.txt")
    library.sync(folder)
    assert library.watchlist.review() == Review(asked=1)
    (saved,) = library.watchlist.questions()
    assert (saved.answer.path, saved.changed) == ("改名.txt", None)


def test_an_undone_sync_is_reviewed_too(library: Library, folder: Path) -> None:
    library.watchlist.keep(HESHAN)
    records = library.history()
    rewrite(folder, "鹤山.txt", ARTICLES["鹤山.txt"].replace("60", "75"))
    library.sync(folder)
    library.watchlist.review()
    assert len(library.history()) == len(records) + 1
    library.undo()
    (changed,) = library.watchlist.review().changed
    assert (changed.change, changed.answer.quote) == ("answer", OLD)


def test_a_question_that_fails_is_told_and_stops_nothing(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.watchlist.keep(HESHAN)
    library.watchlist.keep(CHAOZHOU)
    (folder / "鹤山.txt").unlink()
    library.sync(folder)
    error = LibraryStaleError("library_stale", "stale")
    ask = library.ask

    def fails(question: str, /, *, filters: Filters) -> Answer:
        if question == CHAOZHOU:
            raise error
        return ask(question, filters=filters)

    monkeypatch.setattr(library.watchlist, "_ask", fails)
    review = library.watchlist.review()
    assert [saved.question for saved in review.changed] == [HESHAN]
    assert [(failed.saved.question, failed.error) for failed in review.failed] == [
        (CHAOZHOU, error)
    ]
    monkeypatch.setattr(library.watchlist, "_ask", ask)
    assert library.watchlist.review() == Review(asked=1)


def test_who_was_quicker_has_told_the_change(
    library: Library, folder: Path, kept: Watchlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.watchlist.keep(HESHAN)
    (folder / "鹤山.txt").unlink()
    library.sync(folder)
    quicker: list[Review] = []

    def late(question: str, /, *, filters: Filters) -> Answer:
        quicker.append(library.watchlist.review())
        return library.ask(question, filters=filters)

    monkeypatch.setattr(kept, "_ask", late)
    assert kept.review() == Review(asked=1)
    assert [len(review.changed) for review in quicker] == [1]


def test_what_cannot_be_kept_is_refused(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(QuestionError):
        library.watchlist.keep("  ")
    with pytest.raises(ArticleNotFoundError):
        library.watchlist.keep(HESHAN, Filters(source="没有这份报"))
    with pytest.raises(SavedQuestionNotFoundError, match="'yinju watchlist' lists them"):
        library.watchlist.drop("nothing")
    monkeypatch.setattr(module, "MOST", 1)
    library.watchlist.keep(HESHAN)
    with pytest.raises(WatchlistFullError, match="no more than 1 questions"):
        library.watchlist.keep(CHAOZHOU)
    assert library.watchlist.keep(HESHAN).question == HESHAN
    assert library.watchlist.count == 1


def test_a_dropped_question_is_kept_no_more(library: Library) -> None:
    saved = library.watchlist.keep(HESHAN)
    assert library.watchlist.drop(saved.id) == saved
    assert library.watchlist.questions() == ()
    assert saved.id == saved_id(f"{HESHAN} ", Filters())


def test_a_hostile_question_is_bounded(library: Library) -> None:
    saved = library.watchlist.keep("<b>\0\ud800鹤山" * 1_000)
    assert len(saved.question) == 2_000
    assert library.watchlist.questions() == (saved,)


def test_a_backup_brings_the_watchlist_along(library: Library, tmp_path: Path) -> None:
    library.watchlist.keep(HESHAN, Filters(since=date(2023, 1, 1)))
    saved = library.watchlist.questions()
    library.export(tmp_path / "backup.yinju")
    Library.restore(tmp_path / "backup.yinju", tmp_path / "other")
    with Library.open(tmp_path / "other", encoder=HashEncoder(), reader=RuleReader()) as other:
        assert other.watchlist.questions() == saved
        assert other.watchlist.review() == Review()


def test_a_watchlist_is_not_overwritten_by_a_backup(library: Library, tmp_path: Path) -> None:
    library.export(tmp_path / "backup.yinju")
    with Library.open(tmp_path / "other", encoder=HashEncoder(), reader=RuleReader()) as other:
        saved = other.watchlist.keep(HESHAN)
        assert saved.answer == REFUSED
    with pytest.raises(BackupError, match="has saved questions"):
        Library.restore(tmp_path / "backup.yinju", tmp_path / "other")

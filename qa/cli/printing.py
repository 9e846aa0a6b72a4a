"""What the terminal shows: text from articles is data there, never markup or control codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa.presenting import tables
from qa.presenting.digest import origin
from qa.presenting.presenting import SURENESS, marked_span, said, sureness, where, within
from qa.text import visible
from qa.types import SMALL_TALK, SURVEYED

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.text import Text

    from qa.evaluation import Figures, Outcome, Point
    from qa.questionnaire.asking import Outcome as SheetOutcome
    from qa.store.catalog import CatalogEntry
    from qa.types import (
        Answer,
        Article,
        Failure,
        FileRead,
        Hit,
        LibraryStatus,
        SavedAnswer,
        SavedQuestion,
        SyncRecord,
        SyncReport,
        VerifyReport,
    )
    from qa.writing.prose import Prose

MENTIONED = 20  # articles of a listing that are shown; a sheet and JSON have all
LISTED = 50  # articles that the state of a library shows
_NAMED = 5  # articles of a kind that a sync in the history shows; JSON has more


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, stderr=stderr)


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(visible(text), style=style)


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error, from the first step that is reported."""
    if quiet:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(text_format="", text_format_no_percentage="", show_speed=True),
        TimeElapsedColumn(),
        TextColumn("剩余 left"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(label, total=None)

    def step(done: int, total: int) -> None:
        bar.start()  # only now: where there is nothing to do, nothing is shown
        bar.update(task, completed=done, total=total)

    try:
        yield step
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def busy(label: str) -> Iterator[None]:
    """Show on a terminal's standard error that something is at work: models load for seconds."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(label):
        yield


def _origin(article: Article | CatalogEntry) -> str:
    source = article.source or "来源不详"
    return f"{article.title} · {source} · {_day(article)} · {_one_line(article.path)}"


def _day(article: Article | CatalogEntry) -> str:
    return article.published.isoformat() if article.published else "日期不详"


def answer(found: Answer, written: Prose | None = None) -> None:
    """Print an answer with its quotes, or what is missing and the nearest passages.

    What a language model wrote of it comes first; the answer itself before that, unless sentences
    that are verified say it.
    """
    console = _console()
    if found.status == "no_evidence":
        _print_nearest(console, found)
        return
    if written is None or not written.answered:
        _print_said(console, found)
    if written is not None:
        prose(written)
    _print_quotes(console, found)
    for question in found.suggestions:
        console.print(_text(f"  · {question}"))
    rated = found.kind not in SURVEYED | SMALL_TALK
    told = [SURENESS[sureness(found.confidence)]] if rated else []
    console.print(_text(" · ".join([*told, f"{found.seconds:.2f} 秒"]), "dim"))


def _print_quotes(console: Console, found: Answer) -> None:
    """Print what is cited, or as many of the articles listed as fit a screen."""
    listing = found.listing
    shown = listing.entries[:MENTIONED] if listing else found.citations
    for citation in shown:
        quote = _text(citation.quote)
        if found.kind not in SURVEYED and (span := marked_span(found, citation)):
            quote.stylize("bold reverse", *span)
        console.print(_text(f"[{citation.number}] ", "cyan") + quote)
        origin = " · ".join([_origin(citation.article), *where(citation)])
        console.print(_text(f"    {origin}", "dim"))
    if listing is not None and len(listing.entries) > len(shown):
        more = len(listing.entries) - len(shown)
        console.print(_text(f"    … 另有 {more} 篇，--csv 列出全部 and {more} more: --csv", "dim"))


def _print_nearest(console: Console, found: Answer) -> None:
    """Print that there is no evidence, and what there is instead."""
    console.print(_text(found.text, "bold red"))
    _print_table(console, found)
    if found.listing is not None:
        console.print(_text(f"查了 {found.listing.searched} 篇文章", "dim"))
    if found.nearest is not None:
        console.print(_text("最接近的原文（不是答案）：", "dim"))
        console.print(_text(f"  “{_one_line(found.nearest.quote)}”"))
        console.print(_text(f"    {_origin(found.nearest.article)}", "dim"))
    if found.missing_terms:
        console.print(_text("其中没有说到：" + "、".join(found.missing_terms)))
    if found.related:
        console.print(_text("相关段落（不是答案）：", "dim"))
        for hit in found.related:
            console.print(_text(f"  · {hit.text[:80]}…", "dim"))
            console.print(_text(f"    {_origin(hit.article)}", "dim"))


def prose(written: Prose) -> None:
    """Print what a language model wrote, struck through where the quotes do not bear it out."""
    console = _console()
    for sentence in written.sentences:
        if sentence.verified:
            numbers = "".join(f"[{number}]" for number in sentence.numbers)
            console.print(_text(sentence.text) + _text(f" {numbers}", "cyan"))
        else:
            why = f"  未经原文证实：{sentence.problem}"
            console.print(_text(sentence.text, "strike dim") + _text(why, "red"))


def _print_table(console: Console, found: Answer) -> None:
    """Print an answer's table, if it has one, and what was computed of it."""
    from rich.table import Table

    if found.table is None:
        return
    shown = Table()
    for head in tables.heads(found.table):
        shown.add_column(_text(head))
    for line in tables.lines(found):
        if line.citation is None:
            shown.add_row(_text(line.part), _text(line.value, "dim"))
        else:
            number = _text(f" [{line.citation.number}]", "cyan")
            shown.add_row(_text(line.part), _text(line.value, "bold") + number)
    console.print(shown)
    if computed := tables.computed(found.table):
        console.print(_text(computed, "bold"))
    console.print(_text(tables.counted(found.table), "dim"))


def _print_said(console: Console, found: Answer) -> None:
    if found.kind in {"articles", *SMALL_TALK}:
        console.print(_text(found.text, "bold"))
        return
    if found.kind in SURVEYED:  # the quotes that follow are what is said
        return
    if found.table is not None:
        _print_table(console, found)
        return
    things = said(found)
    for thing in things:
        numbers = "".join(f"[{citation.number}]" for citation in thing.citations)
        line = _text(thing.text, "bold") + _text(f" {numbers}", "cyan")
        if len(things) > 1:  # articles differ: which day each is of
            line += _text(f" {_day(thing.citations[0].article)}", "dim")
        console.print(line)


def taken_up(answered: int, dropped: int) -> None:
    """Tell on standard error what was answered when a sheet of questions was stopped before."""
    console = _console(stderr=True)
    if answered:
        console.print(_text(f"接着做，已有答案 going on, answers there already: {answered}"))
    if dropped:
        told = "文章库或筛选条件变了，重新开始 library or filters have changed, beginning anew"
        console.print(_text(f"{told}; 作废 answers dropped: {dropped}"))


def outcome(found: SheetOutcome, sheet: Path) -> None:
    """Print how many questions of a sheet were answered, and where they are written."""
    without = found.asked - found.answered
    _console().print(
        _text(
            f"已写入 written: {found.asked} · 有依据 answered {found.answered}"
            f" · 没有依据 no evidence {without} · {_one_line(str(sheet))}"
        )
    )
    if not found.is_of_one_state:
        told = "提问期间文章库变了 the library has changed while it was asked"
        _console(stderr=True).print(_text(told))


def hits(found: Sequence[Hit]) -> None:
    """Print ranked passages with their scores."""
    console = _console()
    for rank, hit in enumerate(found, start=1):
        scores = f"{hit.score:+.2f}  语义 {hit.dense:.3f}  词面 {hit.lexical:.2f}"
        console.print(_text(f"{rank:>2}. {scores}  ", "cyan") + _text(_origin(hit.article), "dim"))
        console.print(_text(hit.text))
    if not found:
        console.print(_text("没有找到段落", "bold red"))


def sync_report(report: SyncReport, *, in_full: bool = False) -> None:
    """Print what a sync did; ``in_full``, which articles it changed, too."""
    console = _console()
    counts = (
        ("新增 added", report.added),
        ("更新 updated", report.updated),
        ("移除 removed", report.removed),
        ("改名 renamed", report.renamed),
        ("转载 reposts", report.reposts),
        ("未变 unchanged", report.unchanged),
        ("失败 failed", report.failed),
    )
    always = {"新增 added", "更新 updated", "移除 removed", "未变 unchanged", "失败 failed"}
    shown = [f"{name} {len(items)}" for name, items in counts if items or name in always]
    left = report.left_out
    kinds = (
        ("隐藏 hidden", left.hidden),
        ("临时 temporary", left.temporary),
        ("系统 system", left.system),
        ("链接 links", left.links),
        ("套接字 sockets", left.sockets),
    )
    if left.total:
        told = "、".join(f"{name} {count}" for name, count in kinds if count)
        shown.append(f"略过 left out {left.total}（{told}）")
    console.print(_text(" · ".join(shown)))
    if report.read:
        console.print(_text(_kinds(report.read), "dim"))
    if in_full:
        for sign, paths in (("+", report.added), ("~", report.updated), ("-", report.removed)):
            for path in paths:
                console.print(_text(f"  {sign} {_one_line(path)}"))
        for old, new in report.renamed:
            console.print(_text(f"  > {_one_line(old)} → {_one_line(new)}"))
    _failures(report.failed)


def _kinds(files: Sequence[FileRead]) -> str:
    """Return how many files were read as what, the most frequent kind first."""
    told = []
    for kind, count in Counter(file.kind for file in files).most_common():
        of = [file for file in files if file.kind == kind]
        pages, recognized = sum(file.pages for file in of), sum(file.recognized for file in of)
        parts = [f"{pages} 页 pages"] if pages else []
        parts += [f"识别自图片 from pictures {recognized}"] if recognized else []
        told.append(f"{kind} {count}" + (f"（{'，'.join(parts)}）" if parts else ""))
    return f"读了 read {len(files)}：{'、'.join(told)}"


def _failures(failures: Sequence[Failure]) -> None:
    for failure in failures:
        _console().print(_text(f"  ✗ {_one_line(failure.path)}: {failure.reason}", "red"))


def _one_line(path: str) -> str:
    """Return a path in which a line end, which it may have, starts no new line."""
    return path.replace("\r", "\ufffd").replace("\n", "\ufffd")


def status(found: LibraryStatus, articles: Sequence[CatalogEntry] = ()) -> None:
    """Print the state of a library."""
    console = _console()
    rows = (
        ("文章库 library", found.library),
        ("文件夹 folder", found.folder or "（尚未同步：yinju sync FOLDER）"),
        ("文章 articles", str(found.articles)),
        ("段落 passages", str(found.passages)),
        ("模型 model", f"{found.model} ({found.fingerprint[:12]})"),
        ("状态 state", _state(found)),
    )
    for name, value in rows:
        console.print(_text(f"{name}: ", "dim") + _text(value))
    _failures(found.failed)
    for article in articles[:LISTED]:
        console.print(_text(f"  {article.id:>4}  {_origin(article)}"))
    if articles and found.articles > LISTED:
        more = found.articles - LISTED
        console.print(_text(f"  … 另有 {more} 篇 and {more} more"))


def history(found: Sequence[SyncRecord]) -> None:
    """Print what syncs changed."""
    console = _console()
    names = {
        "added": "新增 added",
        "updated": "更新 updated",
        "removed": "移除 removed",
        "renamed": "改名 renamed",
    }
    for record in found:
        counts = " · ".join(f"{names[kind]} {count}" for kind, count in record.counts.items())
        undone = "可撤销 can be undone" if record.can_undo else "不可撤销 cannot be undone"
        state = "已撤销 undone" if record.undone else undone
        moment = record.time.astimezone().strftime("%Y-%m-%d %H:%M")
        console.print(_text(f"{record.number:>4}  {moment}  {counts} · {state}"))
        console.print(_text(f"      {_one_line(record.folder)}", "dim"))
        for sign, paths in (("+", record.added), ("~", record.updated), ("-", record.removed)):
            for path in paths[:_NAMED]:
                console.print(_text(f"      {sign} {_one_line(path)}", "dim"))
        for old, new in record.renamed[:_NAMED]:
            console.print(_text(f"      > {_one_line(old)} → {_one_line(new)}", "dim"))
    if not found:
        console.print(_text("还没有同步改动过 no sync has changed anything yet"))


_CHANGES = {
    "found": "有了答案 answered now",
    "lost": "不再有依据 no evidence any more",
    "answer": "答案变了 another answer",
    "quote": "答案没变，原来那句话没有了 same answer, its sentence is gone",
    "article": "答案没变，改引另一篇里同样的话 same words of another article",
}


def saved_questions(found: Sequence[SavedQuestion], nothing: str = "") -> None:
    """Print saved questions with their answers; where one changed, with the one before.

    ``nothing`` is what to print where there is none.
    """
    console = _console()
    for saved in found:
        console.print(_text(f"{saved.id}  ", "cyan") + _text(_line(saved.question), "bold"))
        if told := within(saved.filters):
            console.print(_text(f"    {_line(' · '.join(told))}", "dim"))
        if saved.before is not None and saved.changed is not None:
            moment = saved.changed.astimezone().strftime("%Y-%m-%d %H:%M")
            console.print(_text(f"    {_CHANGES.get(saved.change, '')} · {moment}", "yellow"))
            _print_saved(console, "- ", saved.before)
            _print_saved(console, "+ ", saved.answer)
        else:
            _print_saved(console, "  ", saved.answer)
    if not found:
        console.print(_text(nothing))


def _print_saved(console: Console, sign: str, answer: SavedAnswer) -> None:
    style = "red" if answer.status == "no_evidence" else ""
    console.print(_text(f"    {sign}{_line(answer.text)}", style))
    if answer.quote:
        console.print(_text(f"      “{_line(answer.quote)}”"))
        console.print(_text(f"      {_line(' · '.join((*origin(answer), answer.path)))}", "dim"))


def _line(text: str) -> str:
    return " ".join(text.split())


def verification(found: VerifyReport) -> None:
    """Print what was verified, and what of it is damaged."""
    console = _console()
    counts = f"文章 articles {found.articles} · 段落 passages {found.passages}"
    if found.mended:
        counts += f" · 修好 mended {len(found.mended)}"
    state = f"损坏 damaged {len(found.damaged)}" if found.damaged else "完好 sound"
    console.print(_text(f"{counts} · {state}"))
    for sign, style, damages in (("✓", "green", found.mended), ("✗", "red", found.damaged)):
        for damage in damages:
            place = _one_line(damage.path) or "索引 index"
            console.print(_text(f"  {sign} {place}: {damage.reason}", style))


def _state(found: LibraryStatus) -> str:
    if found.stale_model:
        return "向量来自另一个模型：yinju rebuild"
    if found.changes is None:
        return "文件夹未知或不存在"
    if found.fresh:
        return "索引与文件夹一致"
    changes = found.changes
    renamed = f"、改名 {len(changes.renamed)}" if changes.renamed else ""
    return (
        f"文件夹有改动：新增 {len(changes.added)}、更新 {len(changes.updated)}、"
        f"移除 {len(changes.removed)}{renamed}；运行 yinju sync"
    )


def article(found: Article) -> None:
    """Print a stored article."""
    console = _console()
    console.print(_text(_origin(found), "bold"))
    console.print(_text(found.text))


def curve(points: Sequence[Point]) -> None:
    """Print what share is answered, and how much of it rightly, by confidence."""
    from rich.table import Table

    table = Table("confidence ≥", "answered", "of these right", "answered without evidence")
    for point in points:
        table.add_row(
            f"{point.confidence:.2f}",
            f"{point.coverage:.3f}",
            "—" if point.precision is None else f"{point.precision:.3f}",
            "—" if point.unfounded is None else f"{point.unfounded:.3f}",
        )
    _console().print(table)


def evaluation(outcomes: Sequence[Outcome], summary: Sequence[Figures]) -> None:
    """Print figures by kind, then every case that went wrong."""
    from rich.table import Table

    console = _console()
    table = Table("kind", "n", "first quote", "any quote", "span", "abstained", "seconds")
    for row in summary:
        shares = (row.first_quote, row.any_quote, row.span, row.abstained)
        cells = ["—" if count is None else f"{count}/{row.cases}" for count in shares]
        table.add_row(row.kind, str(row.cases), *cells, f"{row.mean_seconds:.3f}")
    console.print(table)
    for outcome in outcomes:
        if not outcome.right:
            wanted = " / ".join(outcome.case.answers) or "（无）"
            console.print(
                _text(f"✗ {outcome.case.question} → {outcome.answer.text}；应为 {wanted}")
            )

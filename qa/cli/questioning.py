"""Commands that question a library, and that measure its answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli import printing
from qa.cli.filters import (
    ArticleOption,
    PathOption,
    SinceOption,
    SourceOption,
    TitleOption,
    UntilOption,
)
from qa.cli.keeping import resumable
from qa.cli.options import (
    EXIT_NO_EVIDENCE,
    JsonOption,
    LibraryOption,
    LlmModelOption,
    LlmOption,
    make_writer,
    open_library,
    print_json,
    report,
)
from qa.text import visible

if TYPE_CHECKING:
    from qa.types import Answer, Filters


OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="SHEET", help="Write answers and quotes to this .xlsx or .csv."
    ),
]


def ask(
    question: Annotated[
        str | None, typer.Argument(help="The question.", show_default=False)
    ] = None,
    library: LibraryOption = None,
    history: Annotated[
        list[str] | None,
        typer.Option("--history", help="An earlier question; repeat, oldest first."),
    ] = None,
    source: SourceOption = "",
    title: TitleOption = "",
    path: PathOption = "",
    article: ArticleOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    llm: LlmOption = None,
    llm_model: LlmModelOption = None,
    as_json: JsonOption = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the articles listed, or cited, as a sheet.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(metavar="SHEET", help="Ask the questions of this .xlsx or .csv; needs -o."),
    ] = None,
    output: OutputOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that -o names.")] = False,
) -> None:
    """Answer QUESTION, or a sheet of them, with citations.  Exit status 1: no evidence.

    A sheet that was interrupted goes on where it stopped: run it again.
    """
    from qa.types import Filters

    filters = Filters(source, since, until, path, title, article)
    if file is not None:
        if any((question, history, llm, llm_model, as_json, as_csv)):
            raise typer.BadParameter("--file takes filters, -o and --force alone")
        _ask_sheet(file, output, library, filters, force=force)
        return
    if question is None:
        raise typer.BadParameter("give a QUESTION, or --file")
    writer = make_writer(llm, llm_model)
    if output is not None:
        from qa.questionnaire.asking import require_place

        require_place(output, force=force)
    with open_library(library) as opened, printing.busy("查找 searching"):
        answer = opened.ask(question, history or [], filters)
    prose = None
    if writer is not None and answer.status == "answered":
        with printing.busy("成文 writing"):
            prose = writer.write(answer, reading=answer.reading, failed=report)
    if as_csv:
        from qa.presenting.sheet import to_csv

        listed = answer.listing.entries if answer.listing else answer.citations
        typer.echo(to_csv(listed), nl=False)
    elif as_json:
        from qa.representation import as_json as to_json

        written = {} if writer is None else {"prose": to_json(prose)}
        print_json({**to_json(answer), **written})
    else:
        printing.answer(answer, prose)
    if output is not None:
        _write_answer(answer, output)
    if answer.status == "no_evidence":
        raise typer.Exit(EXIT_NO_EVIDENCE)


def _write_answer(answer: Answer, output: Path) -> None:
    from qa.presenting import spreadsheet
    from qa.presenting.answer_rows import HEADS, QUESTION, conversation_rows

    rows = conversation_rows([answer], date.today())  # noqa: DTZ011 - the day of who asks
    spreadsheet.write(output, (QUESTION, *HEADS), rows)
    typer.echo(f"已写入 written: {len(rows)} · {visible(str(output))}", err=True)


def _ask_sheet(
    file: Path, output: Path | None, library: Path | None, filters: Filters, *, force: bool
) -> None:
    """Ask the questions of ``file`` and write them with their answers to ``output``."""
    from qa.questionnaire.asking import Questionnaire, require_place
    from qa.questionnaire.questions import read_questions

    if output is None:
        raise typer.BadParameter("--file needs -o: the sheet to write")
    require_place(output, file, force=force)
    questions = read_questions(file)
    with resumable(), open_library(library) as opened:
        questionnaire = Questionnaire(opened, questions, filters)
        unfinished = questionnaire.unfinished(output)
        with unfinished.held():
            printing.taken_up(len(unfinished.answers), unfinished.dropped)
            with printing.progress("提问 asking") as progress:
                questionnaire.ask(unfinished, progress)
            outcome = questionnaire.write(output, unfinished.answers)
            unfinished.discard()
    printing.outcome(outcome, output)
    if not outcome.answered:
        raise typer.Exit(EXIT_NO_EVIDENCE)


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", "--top", min=1, max=1000, help="Passages to show.")] = 10,
    source: SourceOption = "",
    title: TitleOption = "",
    path: PathOption = "",
    article: ArticleOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="First those that answer QUERY as a question.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages nearest to QUERY, with both scores.  Exit status 1: none."""
    from qa.types import Filters

    filters = Filters(source, since, until, path, title, article)
    with open_library(library) as opened, printing.busy("查找 searching"):
        hits = opened.retrieve(query, k, filters, rerank=rerank)
    print_json(hits) if as_json else printing.hits(hits)
    if not hits:
        raise typer.Exit(EXIT_NO_EVIDENCE)


def evaluate(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS.json", help="Questions with answers.")
    ],
    library: LibraryOption = None,
    as_json: JsonOption = False,
    show_curve: Annotated[
        bool, typer.Option("--curve", help="Also print precision and coverage by confidence.")
    ] = False,
) -> None:
    """Ask a set of questions and print how many are answered rightly."""
    from qa import evaluation

    cases = evaluation.read_cases(questions)
    with (
        open_library(library) as opened,
        printing.progress("提问 asking", quiet=as_json) as progress,
    ):
        opened.warm_up()
        done = iter(range(1, len(cases) + 1))
        outcomes = evaluation.evaluate(opened, cases, lambda: progress(next(done), len(cases)))
    summary = evaluation.summarise(outcomes)
    if as_json:
        typer.echo(evaluation.to_json(outcomes, summary))
    else:
        printing.evaluation(outcomes, summary)
        if show_curve:
            printing.curve(evaluation.curve(outcomes))


def feedback(
    library: LibraryOption = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it as questions for 'yinju eval'."),
    ] = None,
) -> None:
    """Tell what people said of answers in the chat (👍/👎), or export it as questions."""
    from qa.store.feedback import cases, write_cases

    with open_library(library) as opened:
        entries, damaged = opened.feedback.read()
    good = sum(entry.verdict == "up" for entry in entries)
    typer.echo(f"👍 {good} · 👎 {len(entries) - good} · 无法读取 unreadable: {damaged}")
    if export is not None:
        made = cases(entries)
        write_cases(made, export)
        typer.echo(f"已导出 exported: {len(made)} · {visible(str(export))}")

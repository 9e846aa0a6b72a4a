"""Commands that question a library, and that measure its answers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from qa.cli import printing
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


def ask(
    question: Annotated[str, typer.Argument(help="The question.")],
    library: LibraryOption = None,
    history: Annotated[
        list[str] | None,
        typer.Option("--history", help="An earlier question; repeat, oldest first."),
    ] = None,
    llm: LlmOption = None,
    llm_model: LlmModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer QUESTION with citations.  Exit status 1: no evidence."""
    writer = make_writer(llm, llm_model)
    with open_library(library) as opened, printing.busy("查找 searching"):
        answer = opened.ask(question, history or [])
    prose = None
    if writer is not None and answer.status == "answered":
        with printing.busy("成文 writing"):
            prose = writer.write(answer, reading=answer.reading, failed=report)
    if not as_json:
        printing.answer(answer, prose)
    elif writer is None:
        print_json(answer)
    else:
        from qa.representation import as_json as to_json

        print_json({**to_json(answer), "prose": to_json(prose)})
    if answer.status == "no_evidence":
        raise typer.Exit(EXIT_NO_EVIDENCE)


def _day(value: datetime | None) -> Any:  # noqa: ANN401 - date or None
    return value.date() if value else None


DateOption = typer.Option(
    formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Published in this time."
)


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", "--top", min=1, max=1000, help="Passages to show.")] = 10,
    source: Annotated[str, typer.Option(help="Part of the source's name.")] = "",
    title: Annotated[str, typer.Option(help="Part of the title.")] = "",
    path: Annotated[str, typer.Option(help="Part of the path.")] = "",
    since: Annotated[datetime | None, DateOption] = None,
    until: Annotated[datetime | None, DateOption] = None,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="First those that answer QUERY as a question.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the passages nearest to QUERY, with both scores.  Exit status 1: none."""
    from qa.types import Filters

    filters = Filters(source=source, since=_day(since), until=_day(until), path=path, title=title)
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

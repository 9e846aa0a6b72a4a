"""The page of the kept questions: those that changed first, with old and new quote."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qa.presenting.citing import saved_link
from qa.presenting.presenting import said_span
from qa.types import SavedAnswer, SavedQuestion
from ui.escaping import escape, isolate
from ui.page.chat.filters import within_html
from ui.page.chat.render import marked
from ui.texts.languages import Messages


@dataclass(frozen=True, slots=True)
class Shown:
    """The kept questions, and what else is known of them.

    ``standing`` are the answers whose articles are as they were, ``problems`` tell by the ids of
    questions why they could not be asked again.
    """

    questions: Sequence[SavedQuestion]
    standing: Collection[SavedAnswer] = ()
    problems: Mapping[str, str] | None = None


def watchlist_html(shown: Shown, messages: Messages, *, read_only: bool) -> str:
    """Return the page; where it is read-only, without anything that drops a question."""
    head = (
        f"<h1>{escape(messages.watchlist_title)}</h1>"
        f'<p class="yj-lede">{escape(messages.watchlist_lede)}</p>'
    )
    if not shown.questions:
        hint = "" if read_only else escape(messages.watchlist_hint)
        return f'{head}<p class="yj-saved-none">{escape(messages.watchlist_empty)}{hint}</p>'
    changed = [saved for saved in shown.questions if saved.before is not None]
    same = [saved for saved in shown.questions if saved.before is None]
    groups = (
        ("yj-changed", messages.watchlist_changed, changed),
        ("yj-same", messages.watchlist_unchanged, same),
    )
    sections = "".join(
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)} ({len(found)})</h2>'
        + "".join(_question(saved, shown, messages, read_only=read_only) for saved in found)
        + "</section>"
        for name, title, found in groups
        if found
    )
    return (
        f'{head}<p class="yj-saved-ways">'
        f'<a href="watchlist.atom">{escape(messages.feed)}</a> '
        f'<a href="watchlist.docx" download>{escape(messages.digest)}</a></p>'
        '<p id="yj-drop-error" class="yj-error" role="alert" hidden></p>'
        f"{sections}"
    )


def moment_html(time: datetime) -> str:
    """Return a time as the server's clock shows it."""
    shown = time.astimezone().strftime("%Y-%m-%d %H:%M")
    return f'<time datetime="{time.isoformat()}">{shown}</time>'


def answer_html(
    answer: SavedAnswer, messages: Messages, *, base: str = "", standing: Collection[SavedAnswer]
) -> str:
    """Return a saved answer with its quote, which leads to its place if that is still there."""
    said = answer.text if answer.status == "answered" else messages.no_evidence
    text = f'<p class="yj-saved-text">{isolate(said)}</p>'
    if not answer.quote:
        return text
    day = answer.published.isoformat() if answer.published else messages.no_date
    names = [f'<cite class="yj-title">{isolate(answer.title or answer.path)}</cite>']
    names += [isolate(answer.source)] if answer.source else []
    origin = " · ".join([*names, escape(day)])
    if answer in standing:
        origin = f'<a href="{escape(saved_link(answer, base))}">{origin}</a>'
    else:
        origin = f"{origin} · {escape(messages.place_gone)}"
    quote = marked(answer.quote, said_span(answer.quote, answer.text))
    return f'{text}<blockquote>{quote}</blockquote><p class="yj-saved-origin">{origin}</p>'


def _question(saved: SavedQuestion, shown: Shown, messages: Messages, *, read_only: bool) -> str:
    problem = (shown.problems or {}).get(saved.id)
    alert = (
        f'<p class="yj-error">{isolate(messages.unreviewed.format(problem=problem))}</p>'
        if problem
        else ""
    )
    day = saved.kept.astimezone().date().isoformat()
    foot = f"<span>{escape(messages.kept_since.format(day=day))}</span>"
    if not read_only:
        foot += (
            f' <button type="button" class="yj-button yj-quiet" data-drop="{escape(saved.id)}" '
            f'aria-label="{escape(messages.drop)}: {escape(saved.question)}">'
            f"{escape(messages.drop)}</button>"
        )
    return (
        f'<article class="yj-saved"><h3>{isolate(saved.question)}</h3>'
        f"{within_html(saved.filters, messages)}{alert}{_answers(saved, shown, messages)}"
        f'<p class="yj-saved-foot">{foot}</p></article>'
    )


def _answers(saved: SavedQuestion, shown: Shown, messages: Messages) -> str:
    now = answer_html(saved.answer, messages, standing=shown.standing)
    if saved.before is None or saved.changed is None:
        return now
    before = answer_html(saved.before, messages, standing=shown.standing)
    return (
        f'<p class="yj-saved-change"><b>{escape(messages.changes[saved.change])}</b> '
        f"{moment_html(saved.changed)}</p>"
        f'<div class="yj-saved-pair"><div class="yj-saved-before"><h4>{escape(messages.before)}'
        f"</h4>{before}</div><div><h4>{escape(messages.now)}</h4>{now}</div></div>"
    )

"""A conversation as HTML: its turns, and the sheets of the articles they cite."""

from __future__ import annotations

import json
from collections.abc import Sequence

from qa.types import Article, Hit, Span
from ui.escaping import escape, isolate
from ui.page.chat.feedback import feedback_html
from ui.page.chat.memory import told
from ui.page.chat.prose import written_html
from ui.page.chat.render import answer_html
from ui.page.chat.turns import Turn
from ui.page.evidence import sheet, sheet_key
from ui.texts.languages import EXAMPLES, Messages

_READ = 5  # articles that are named while they are read


def conversation_html(
    turns: Sequence[Turn],
    messages: Messages,
    *,
    articles: int = 1,
    examples: Sequence[str] = EXAMPLES,
    ready: bool = True,
    feedback: bool = True,
    notice: str = "",
) -> str:
    """Return the conversation; without a turn, a welcome with examples.

    ``articles`` is how many there are to ask about, ``ready`` whether the model is loaded, and
    ``feedback`` whether something may be said of the answers.  ``notice`` stands above the turns.
    """
    body = "".join(_turn(turn, messages, ready=ready, feedback=feedback) for turn in turns)
    body = body or _welcome(messages, articles, examples)
    if notice:
        body = f'<p class="yj-error yj-unread" role="alert"><bdi>{escape(notice)}</bdi></p>{body}'
    sheets = "".join(sheet(article, places, messages) for article, places in _cited(turns).values())
    return (
        f'<div class="yj-log" role="log" aria-live="polite" lang="{messages.language}" '
        f'aria-label="{escape(messages.conversation)}">{body}</div>'
        f'<div class="yj-sheets" hidden>{sheets}</div>'
    )


def _welcome(messages: Messages, articles: int, examples: Sequence[str]) -> str:
    if not articles:
        return (
            f'<div class="yj-welcome"><h1>{escape(messages.empty)}</h1>'
            f"<p>{escape(messages.empty_hint)}</p></div>"
        )
    buttons = "".join(
        f'<li><button type="button" class="yj-example" lang="zh-CN" '
        f'data-question="{escape(question)}">{escape(question)}</button></li>'
        for question in examples
    )
    try_asking = f"<h2>{escape(messages.examples)}</h2><ul>{buttons}</ul>" if buttons else ""
    return (
        f'<div class="yj-welcome"><h1>{escape(messages.welcome)}</h1><p>{escape(messages.lede)}</p>'
        f"{try_asking}</div>"
    )


def _turn(turn: Turn, messages: Messages, *, ready: bool, feedback: bool) -> str:
    state = "pending"
    if turn.error:
        state = "error"
        content = (
            f'<p class="yj-error" role="alert"><b>{escape(messages.error)}</b> '
            f"<bdi>{escape(turn.error)}</bdi></p>"
        )
    elif turn.answer is not None:
        state = turn.answer.status
        content = answer_html(turn.answer, messages)
        content += written_html(messages) if turn.to_write else ""
        content += feedback_html(messages) if feedback else ""
    elif turn.lost:
        state = "lost"
        content = (
            f'<p class="yj-lost">{escape(messages.lost)} <button type="button" class="yj-again" '
            f'data-question="{escape(turn.question)}">{escape(messages.ask_again)}</button></p>'
        )
    else:
        text = messages.working if ready else messages.waiting_for_model
        content = f'<p class="yj-working"><i></i><i></i><i></i> {escape(text)}</p>'
        content += _being_read(turn.found, messages)
    return (
        f'<section class="yj-turn" data-state="{state}"{_kept(turn)}>'
        f'<h2 class="yj-question"><span class="yj-who" aria-hidden="true">'
        f"{escape(messages.you_asked)}</span><bdi>{escape(turn.question)}</bdi></h2>"
        f'<div class="yj-reply"><span class="yj-who" aria-hidden="true">'
        f"{escape(messages.answer)}</span>"
        f'<div class="yj-content">{content}</div></div></section>'
    )


def _being_read(found: Sequence[Hit], messages: Messages) -> str:
    """Return the titles of the articles whose passages are being read."""
    titles = dict.fromkeys(hit.article.title or hit.article.path for hit in found)
    if not titles:
        return ""
    items = "".join(f"<li>{isolate(title)}</li>" for title in list(titles)[:_READ])
    return (
        f'<p class="yj-reading">{escape(messages.reading.format(n=len(found)))}</p><ul>{items}</ul>'
    )


def _kept(turn: Turn) -> str:
    """Return, as an attribute, what the page sends back of a turn that came to an end."""
    kept = told(turn)
    return f' data-turn="{escape(json.dumps(kept, ensure_ascii=False))}"' if kept else ""


def _cited(turns: Sequence[Turn]) -> dict[str, tuple[Article, list[Span]]]:
    """Return the articles that the turns cite or relate to, with the places in them."""
    found: dict[str, tuple[Article, list[Span]]] = {}
    for turn in turns:
        if turn.answer is None:
            continue
        places = [(cited.article, (cited.start, cited.end)) for cited in turn.answer.citations]
        if turn.answer.status == "no_evidence":
            places += [
                (hit.article, (hit.passage.start, hit.passage.end)) for hit in turn.answer.related
            ]
        for article, place in places:
            found.setdefault(sheet_key(article), (article, []))[1].append(place)
    return found

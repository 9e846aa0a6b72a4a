"""A conversation as HTML: its turns, and the sheets of the articles they cite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from qa.types import SMALL_TALK, Answer, Article, Hit, Span
from ui.escaping import escape, isolate
from ui.page.chat.feedback import feedback_html
from ui.page.chat.memory import told
from ui.page.chat.prose import written_html
from ui.page.chat.survey import survey_html
from ui.page.chat.turns import Turn
from ui.page.drop_zone import drop_zone_html
from ui.page.evidence import sheet, sheet_key
from ui.page.watchlist.keep_button import keep_button_html
from ui.texts.languages import Messages

_READ = 5  # articles that are named while they are read


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a conversation without a turn offers.

    ``articles`` is how many there are to ask about, ``examples`` are questions that are known to
    be good; None has the page ask the server for some.  ``upload_limit`` is how many bytes a file
    may have that is dropped where there is no article yet; 0 where none can be.
    """

    articles: int = 1
    examples: Sequence[str] | None = ()
    upload_limit: int = 0


def conversation_html(
    turns: Sequence[Turn],
    messages: Messages,
    *,
    welcome: Welcome | None = None,
    ready: bool = True,
    feedback: bool = True,
    notice: str = "",
    key: str = "",
) -> str:
    """Return the conversation; without a turn, a welcome with questions to begin with.

    ``welcome`` is what that offers, ``ready`` whether the model is loaded, and
    ``feedback`` whether something may be said of the answers.  ``notice`` stands above the turns;
    by ``key`` the page's script keeps them.
    """
    body = "".join(_turn(turn, messages, ready=ready, feedback=feedback) for turn in turns)
    body = body or _welcome(messages, welcome or Welcome())
    if notice:
        body = f'<p class="yj-error yj-unread" role="alert"><bdi>{escape(notice)}</bdi></p>{body}'
    sheets = "".join(sheet(article, places, messages) for article, places in _cited(turns).values())
    named = f' data-conversation="{escape(key)}"' if key else ""
    return (
        f'<div class="yj-log" role="log" aria-live="polite" lang="{messages.language}"{named} '
        f'aria-label="{escape(messages.conversation)}">{body}</div>'
        f'<div class="yj-sheets" hidden>{sheets}</div>'
    )


def _welcome(messages: Messages, welcome: Welcome) -> str:
    if welcome.articles:
        title, lede = messages.welcome, messages.lede
        examples = welcome.examples
        more = _starters(messages) if examples is None else _questions(examples, messages)
    elif welcome.upload_limit:
        title, lede = messages.empty, messages.empty_drop
        hint = messages.empty_kinds.format(size=welcome.upload_limit >> 20)
        more = (
            f"<template>{_starters(messages)}</template>"  # shown once there are articles
            f'<div class="yj-fill">{drop_zone_html(messages, welcome.upload_limit, hint)}</div>'
        )
    else:
        title, lede, more = messages.empty, messages.empty_hint, ""
    return (
        f'<div class="yj-welcome" data-filled="{escape(messages.filled)}" '
        f'data-filled-lede="{escape(messages.lede)}"><h1>{escape(title)}</h1>'
        f"<p>{escape(lede)}</p>{more}</div>"
    )


def _questions(questions: Sequence[str], messages: Messages) -> str:
    buttons = "".join(
        f'<li><button type="button" class="yj-example" lang="zh-CN" '
        f'data-question="{escape(question)}">{escape(question)}</button></li>'
        for question in questions
    )
    return f"<h2>{escape(messages.examples)}</h2><ul>{buttons}</ul>" if buttons else ""


def _starters(messages: Messages) -> str:
    """Return the place of questions made of the articles, which the page's script asks for.

    Making them takes longer than opening a page, and the models may still be loading.
    """
    return (
        f'<div class="yj-starters" data-title="{escape(messages.examples)}">'
        f'<p class="yj-working" role="status"><i></i><i></i><i></i> '
        f"{escape(messages.looking_for_starters)}</p></div>"
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
        content = survey_html(turn.answer, messages)
        content += written_html(messages) if turn.to_write else ""
        content += feedback_html(messages, _keep(turn.answer, messages)) if feedback else ""
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


def _keep(answer: Answer, messages: Messages) -> str:
    """Return the button that keeps a question; nothing for a greeting."""
    return "" if answer.kind in SMALL_TALK else keep_button_html(answer, messages)


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

"""The page, and the server that serves it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import gradio as gr
from gradio.events import api

from qa import Library
from qa.prose import Writer
from ui.chat import LOADING_POLL, Chat
from ui.conversation import conversation_html
from ui.frame import evidence_html, header_html
from ui.server import listen, make_server, web_app
from ui.warmth import Warmth
from ui.words import CHINESE

ANSWERING = 4  # questions answered at the same time


class _Parts(NamedTuple):
    """The components of the page that something happens to."""

    header: gr.HTML
    freshness: gr.HTML
    update: gr.Button
    anew: gr.Button
    conversation: gr.HTML
    question: gr.Textbox
    send: gr.Button
    evidence: gr.HTML


def build(library: Library, warmth: Warmth | None = None, prose: Writer | None = None) -> gr.Blocks:
    """Return the page for a library; ``warmth`` tells when its models are loaded.

    ``prose`` writes the prose of answers, where a language model for that is named.
    """
    page: gr.Blocks
    with gr.Blocks(
        title=CHINESE.name, analytics_enabled=False, fill_width=True, fill_height=True
    ) as page:
        _connect(page, _lay_out(), Chat(library, warmth or Warmth(library)))
    return page


def _lay_out() -> _Parts:
    plain: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
    with gr.Column(elem_id="yj-page"):
        with gr.Row(elem_id="yj-top"):
            header = gr.HTML(header_html(CHINESE), elem_id="yj-header", **plain)
            freshness = gr.HTML("", elem_id="yj-status", **plain)
            update = gr.Button(CHINESE.update, elem_id="yj-update", visible=False, size="sm")
            anew = gr.Button(CHINESE.new_chat, elem_id="yj-new", size="sm")
        with gr.Row(elem_id="yj-main"):
            with gr.Column(elem_id="yj-left"):
                welcome = conversation_html([], CHINESE)
                conversation = gr.HTML(welcome, elem_id="yj-conversation", **plain)
                with gr.Row(elem_id="yj-composer"):
                    question = gr.Textbox(
                        label=CHINESE.question,
                        placeholder=CHINESE.placeholder,
                        lines=1,
                        max_lines=6,
                        max_length=2_000,
                        autofocus=True,
                        elem_id="yj-question",
                        container=False,
                        show_label=False,
                    )
                    send = gr.Button(CHINESE.send, elem_id="yj-send", variant="primary")
            evidence = gr.HTML(evidence_html(CHINESE), elem_id="yj-evidence", **plain)
    return _Parts(header, freshness, update, anew, conversation, question, send, evidence)


def _connect(page: gr.Blocks, parts: _Parts, chat: Chat) -> None:
    """Tell Gradio what happens when, and the one thing that programs may call."""
    turns = gr.State([])
    timer = gr.Timer(LOADING_POLL)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    talk = [turns, parts.conversation, parts.question]
    state = [parts.freshness, parts.update, timer]
    page.load(
        chat.greet,
        None,
        [
            parts.header,
            parts.conversation,
            parts.freshness,
            parts.update,
            parts.anew,
            parts.question,
            parts.send,
        ],
        **quiet,
    )
    page.load(chat.translate_evidence, None, parts.evidence, **quiet)
    asking = gr.on(
        [parts.question.submit, parts.send.click],
        chat.converse,
        [parts.question, turns],
        talk,
        concurrency_limit=ANSWERING,
        **quiet,
    )
    asking.failure(chat.fail, turns, parts.conversation, **quiet)
    asking.then(chat.look, None, state, **quiet)
    parts.anew.click(chat.start_anew, None, talk, cancels=[asking], **quiet)
    timer.tick(chat.look, None, state, **quiet)
    parts.update.click(chat.update_index, None, [parts.freshness, parts.update], **quiet)
    api(chat.ask, api_name="ask", concurrency_limit=ANSWERING)


def serve(
    library: Library, host: str = "127.0.0.1", port: int = 7860, prose: Writer | None = None
) -> None:
    """Serve the page until interrupted; the models are loaded meanwhile.

    Raises:
        ServeError: if nothing can listen at ``host`` and ``port``.
    """
    with listen(host, port) as socket, suppress(KeyboardInterrupt):
        warmth = Warmth(library)
        warmth.start()
        make_server(web_app(build(library, warmth, prose))).run(sockets=[socket])

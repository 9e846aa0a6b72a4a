"""The page, and the server that serves it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import gradio as gr
from fastapi import FastAPI
from gradio.events import api

from qa import Library
from qa.errors import YinjuError
from qa.writing.prose import Writer
from ui.guard.settings import ANSWERING, ASKING, ServerSettings, host_names
from ui.model_loading import ModelLoading
from ui.page import routes as page_routes
from ui.page.chat import routes as chat_routes
from ui.page.chat.chat import LOADING_POLL, Chat
from ui.page.chat.conversation import conversation_html
from ui.page.chat.filters import filters_html
from ui.page.chat.history import history_button_html, history_html
from ui.page.chat.layout import evidence_html, export_html, header_html
from ui.page.watchlist import routes as watchlist_routes
from ui.programs import api as rest_api
from ui.programs import openai_api
from ui.server import listen, make_server, web_app
from ui.service import Service
from ui.texts.languages import CHINESE

# The page's script hands the conversation over that is to be opened, as the browser keeps it.
_KEPT = "() => yinju.kept()"
# With a question goes the conversation that is shown: the server forgets what it holds of a page
# that was away for long.
_ASKED = "(...told) => [...told.slice(0, -1), yinju.going()]"
_SHOW = "const show = () => yinju.show(element, props.value); show(); watch('value', show);"


class _Parts(NamedTuple):
    """The components of the page that something happens to."""

    history_button: gr.HTML
    history: gr.HTML
    header: gr.HTML
    freshness: gr.HTML
    export: gr.HTML
    update: gr.Button
    anew: gr.Button
    look: gr.Button
    open: gr.Button
    kept: gr.Textbox
    conversation: gr.HTML
    question: gr.Textbox
    alone: gr.Textbox
    within: gr.Textbox
    filters: gr.HTML
    send: gr.Button
    evidence: gr.HTML


def build(
    service: Service, settings: ServerSettings | None = None, *, writes: bool = False
) -> gr.Blocks:
    """Return the page for a library; ``writes`` tells that a language model writes answers out."""
    settings = settings or ServerSettings()
    page: gr.Blocks
    with gr.Blocks(
        title=CHINESE.name, analytics_enabled=False, fill_width=True, fill_height=True
    ) as page:
        chat = Chat(
            service,
            read_only=settings.read_only,
            writes=writes,
            upload_limit=settings.max_upload_bytes,
        )
        _connect(page, _lay_out(), chat, settings)
    return page


def _lay_out() -> _Parts:
    plain: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}
    with gr.Column(elem_id="yj-page"):
        with gr.Row(elem_id="yj-top"):
            history_button = gr.HTML(
                history_button_html(CHINESE), elem_id="yj-history-button", **plain
            )
            header = gr.HTML(header_html(CHINESE), elem_id="yj-header", **plain)
            freshness = gr.HTML("", elem_id="yj-status", **plain)
            export = gr.HTML(export_html(CHINESE), elem_id="yj-export", **plain)
            update = gr.Button(CHINESE.update, elem_id="yj-update", visible=False, size="sm")
            anew = gr.Button(CHINESE.new_chat, elem_id="yj-new", size="sm")
            # Pressed by the page's script where it knows that the library may have changed.
            look = gr.Button(visible="hidden", elem_id="yj-look")
            # Pressed by it, too, where a conversation of the list is to be opened.
            opener = gr.Button(visible="hidden", elem_id="yj-open")
            kept = gr.Textbox(visible="hidden", elem_id="yj-kept")
        with gr.Row(elem_id="yj-main"):
            history = gr.HTML(history_html(CHINESE), elem_id="yj-past", **plain)
            with gr.Column(elem_id="yj-left"):
                welcome = conversation_html([], CHINESE)
                conversation = gr.HTML(
                    welcome,
                    elem_id="yj-conversation",
                    apply_default_css=False,
                    html_template="",  # the script shows the value: Gradio would undo what was
                    js_on_load=_SHOW,  # opened or written in earlier turns at every change
                )
                filters = gr.HTML(filters_html(CHINESE), elem_id="yj-within", **plain)
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
                    # Set by the page's script: a question that leans on no earlier one.
                    alone = gr.Textbox(visible="hidden", elem_id="yj-alone", max_length=2_000)
                    within = gr.Textbox(visible="hidden", elem_id="yj-filters")  # as JSON
                    send = gr.Button(CHINESE.send, elem_id="yj-send", variant="primary")
            evidence = gr.HTML(evidence_html(CHINESE), elem_id="yj-evidence", **plain)
    return _Parts(
        history_button, history, header, freshness, export, update, anew, look, opener, kept,
        conversation, question, alone, within, filters, send, evidence,
    )  # fmt: skip


def _connect(page: gr.Blocks, parts: _Parts, chat: Chat, settings: ServerSettings) -> None:
    """Tell Gradio what happens when, and the one thing that programs may call."""
    models: dict[str, Any] = {"concurrency_limit": ANSWERING, "concurrency_id": ASKING}
    said = gr.State(None)
    timer = gr.Timer(LOADING_POLL)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    talk = [said, parts.conversation, parts.question]
    state = [parts.freshness, parts.update, timer]
    page.load(
        chat.greet,
        None,
        [
            parts.history_button,
            parts.history,
            parts.header,
            parts.freshness,
            parts.export,
            parts.filters,
            parts.update,
            parts.anew,
            parts.question,
            parts.send,
        ],
        **quiet,
    )
    opened = [said, parts.conversation]
    page.load(chat.begin, parts.kept, [*opened, parts.evidence], js=_KEPT, **quiet)
    asking = gr.on(
        [parts.question.submit, parts.send.click],
        chat.converse,
        [parts.question, parts.alone, parts.within, said, parts.kept],
        talk,
        js=_ASKED,
        **models,
        **quiet,
    )
    asking.failure(chat.fail, said, parts.conversation, **quiet)
    asking.then(chat.look, None, state, **quiet)
    # Before another conversation is shown, lest an answer to this one be shown over it.
    gr.on([parts.anew.click, parts.open.click], None, cancels=[asking])
    parts.anew.click(chat.start_anew, None, talk, **quiet)
    again: dict[str, Any] = {"js": _KEPT, "trigger_mode": "always_last"}
    parts.open.click(chat.open, parts.kept, opened, **again, **quiet)
    gr.on([timer.tick, parts.look.click], chat.look, None, state, **quiet)
    if not settings.read_only:  # not even hidden: whoever knows an event's number may call it
        parts.update.click(chat.update_index, None, [parts.freshness, parts.update], **quiet)
    api(chat.ask, api_name="ask", **models)


def application(
    library: Library,
    loading: ModelLoading,
    settings: ServerSettings | None = None,
    prose: Writer | None = None,
) -> FastAPI:
    """Return all that is served for a library: the page, and what programs use beside it."""
    settings = settings or ServerSettings()
    service = Service(library, loading)
    programs = {
        rest_api.PREFIX: rest_api.rest(service, settings),
        openai_api.PREFIX: openai_api.chat_completions(service),
    }
    routes = [
        page_routes.pages(service, settings),
        chat_routes.router(service, settings, prose),
        watchlist_routes.router(service, settings),
    ]
    page = build(service, settings, writes=prose is not None)
    app = web_app(page, programs, settings, routes)
    app.add_exception_handler(YinjuError, page_routes.problem_page(service))
    return app


def serve(
    library: Library,
    host: str = "127.0.0.1",
    port: int = 7860,
    settings: ServerSettings | None = None,
    prose: Writer | None = None,
) -> None:
    """Serve page and interfaces until interrupted; the models are loaded meanwhile.

    Without settings the defaults apply, and the server may be called by the names of ``host``.

    Raises:
        ServeError: if nothing can listen at ``host`` and ``port``.
    """
    settings = settings or ServerSettings(allowed_hosts=host_names(host))
    with listen(host, port) as socket, suppress(KeyboardInterrupt):
        loading = ModelLoading(library)
        loading.start()
        make_server(application(library, loading, settings, prose)).run(sockets=[socket])

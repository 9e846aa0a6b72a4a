"""What happens when somebody uses the page: asking, starting anew, updating the index."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from qa.errors import YinjuError
from qa.representation import as_json
from qa.types import Answer, Exchange
from ui.escaping import escape
from ui.page.chat.conversation import Welcome, conversation_html
from ui.page.chat.filters import filters_html, read_filters
from ui.page.chat.history import history_button_html, history_html
from ui.page.chat.layout import evidence_html, export_html, header_html
from ui.page.chat.memory import KEPT, read, unread
from ui.page.chat.turns import Conversation, Turn
from ui.page.library.freshness import can_update, freshness_html, is_updating
from ui.service import Service
from ui.texts.languages import ENGLISH, EXAMPLES, SAMPLE, SAMPLES, Messages, choose

LOADING_POLL = 1.5  # seconds between two looks at the library while something is going on
_SYNC_POLL = 0.3  # seconds between two looks at a sync that was asked for here
FOLDER_POLL = 20.0  # seconds between two looks afterwards

Update = dict[str, Any]  # what gr.update returns
# What was said, None before the page has told; how that is shown; and what stays in the box.
Talk = tuple[Conversation | None, str | Update, str | Update]


def messages_of(request: gr.Request | None) -> Messages:
    """Return the texts in the language that the browser asks for."""
    return choose(request.headers.get("accept-language") if request else None)


def history_of(turns: Sequence[Turn]) -> list[Exchange]:
    """Return what was asked and answered before, for a follow-up to lean on."""
    return [
        Exchange(turn.question)
        if (answer := turn.answer) is None
        else Exchange(
            turn.question,
            answer.reading,
            answer.text if answer.status == "answered" else "",
            answer.citations[0].article.path if answer.citations else "",
        )
        for turn in turns
    ]


def _with(conversation: Conversation, turn: Turn) -> Conversation:
    return replace(conversation, turns=(*conversation.turns, turn))


class Chat:
    """The handlers of the page's events, for one library."""

    def __init__(
        self,
        service: Service,
        *,
        read_only: bool = False,
        writes: bool = False,
        upload_limit: int = 0,
    ) -> None:
        """Answer from the library that is served, once it is loaded.

        ``read_only`` offers nothing that changes the library; ``writes`` has the page ask for the
        prose of answers; ``upload_limit`` bounds the bytes of a file that is dropped on the page.
        """
        self._upload_limit = 0 if read_only else upload_limit
        self._service = service
        self._library = service.library
        self._loading = service.loading
        self._read_only = read_only
        self._writes = writes

    def greet(
        self, request: gr.Request
    ) -> tuple[str, str, str, str, str, str, Update, Update, Update, Update]:
        """Return all texts in the reader's language, for a page that has just been opened."""
        messages = messages_of(request)
        freshness, update_button, _ = self.look(request)
        return (
            history_button_html(messages),
            history_html(messages),
            header_html(messages),
            freshness,
            export_html(messages),
            filters_html(messages, self._sources()),
            update_button,
            gr.update(value=messages.new_chat),
            gr.update(placeholder=messages.placeholder, label=messages.question),
            gr.update(value=messages.send),
        )

    def converse(  # noqa: PLR0917 - Gradio hands inputs over by their places
        self,
        question: str,
        alone: str,
        within: str,
        conversation: Conversation | None,
        kept: str,
        request: gr.Request,
    ) -> Iterator[Talk]:
        """Answer ``question``; yield the conversation, how it is shown, what stays in the box.

        Where ``alone`` is that question, it is asked as it stands, without the earlier ones.
        ``within`` are the filters, as :func:`read_filters` takes them, and ``kept`` is the
        conversation as the browser keeps it, for when this server holds it no more.
        """
        messages, question = messages_of(request), question.strip()
        if not question:
            yield conversation, gr.skip(), gr.skip()
            return
        conversation = conversation or unread(kept) or Conversation()
        try:
            conversation = read(self._library, conversation)
        except YinjuError as error:  # what the browser keeps stays, and so does the question
            yield conversation, self._unread(conversation, error, messages), gr.skip()
            return
        before = replace(conversation, turns=conversation.turns[-KEPT + 1 :])

        def shown(turn: Turn) -> str:
            return self._conversation(_with(before, turn), messages)

        yield before, shown(Turn(question)), ""
        self._loading.wait()
        history = [] if question == alone.strip() else history_of(before.turns)
        turn = Turn(question)
        try:
            for step in self._library.consult(question, history, read_filters(within)):
                if isinstance(step, Answer):
                    turn = Turn(question, step, to_write=self._writes_out(step))
                else:
                    yield before, shown(Turn(question, found=step)), gr.skip()
        except YinjuError as error:
            turn = Turn(question, error=self._message(error, messages))
        yield _with(before, turn), shown(turn), gr.skip()

    def _writes_out(self, answer: Answer) -> bool:
        return self._writes and answer.status == "answered"

    def open(self, kept: str, request: gr.Request) -> tuple[Conversation, str]:
        """Return a conversation that the browser kept, as JSON, and how it is shown.

        It is shown as far as the articles bear it out.  While they cannot be read, it stays as it
        is in the browser until they can.  Nothing kept is a new conversation.
        """
        messages = messages_of(request)
        conversation = unread(kept) if kept else Conversation()
        if conversation is None:
            conversation = Conversation()  # whose key is another, so that what is kept stays
            return conversation, self._empty(conversation, messages, messages.unopened)
        try:
            conversation = read(self._library, conversation)
        except YinjuError as error:
            return conversation, self._unread(conversation, error, messages)
        return conversation, self._conversation(conversation, messages)

    def begin(self, kept: str, request: gr.Request) -> tuple[Conversation, str, str]:
        """Return what :meth:`open` does, and the evidence panel, for a page just opened."""
        return (*self.open(kept, request), evidence_html(messages_of(request)))

    def fail(self, conversation: Conversation | None, request: gr.Request) -> str:
        """Return the conversation without the question that a bug cut short."""
        return self._conversation(conversation or Conversation(), messages_of(request))

    def start_anew(self, request: gr.Request) -> Talk:
        """Return an empty conversation and question box; what was said stays in the browser."""
        conversation = Conversation()
        return conversation, self._empty(conversation, messages_of(request)), ""

    def look(self, request: gr.Request) -> tuple[str, Update, gr.Timer]:
        """Return the freshness line, whether the index can be updated, and when to look again."""
        messages = messages_of(request)
        notice = "" if self._loading.ready else messages.loading
        failed = self._loading.error
        error = messages.load_failed + self._message(failed, messages) if failed else ""
        line, button = self._freshness(messages, notice, error)
        is_busy = (
            self._service.sync.is_running or not self._loading.ready or self._is_being_updated()
        )
        return line, button, gr.Timer(LOADING_POLL if is_busy else FOLDER_POLL)

    def _is_being_updated(self) -> bool:
        """Tell whether somebody else, an upload or another process, is at the index."""
        try:
            return is_updating(self._service.status())
        except YinjuError:  # the freshness line shows it
            return False

    def update_index(self, request: gr.Request) -> Iterator[tuple[str, Update]]:
        """Sync the library with its folder; yield the freshness line and its button."""
        messages, job = messages_of(request), self._service.sync
        try:
            job.start(messages)
        except YinjuError as error:
            yield self._freshness(messages, error=self._message(error, messages))
            return
        while job.is_running:
            yield self._freshness(messages)[0], gr.update(interactive=False)
            time.sleep(_SYNC_POLL)
        yield self._freshness(messages, error=job.state(messages).error)

    def ask(self, question: str, history: list[str] | None = None) -> dict[str, Any]:
        """Answer a question with citations, or say that there is no evidence.

        ``history`` are the questions asked before, oldest first.  The fields are those of
        ``yinju ask --json``, but an article's ``path`` is called ``file``: Gradio's client takes
        everything with a ``path`` for a file to download.
        """
        self._loading.wait()
        try:
            answer: dict[str, Any] = as_json(self._library.ask(question, history=history or []))
        except YinjuError as error:
            raise gr.Error(self._message(error, ENGLISH), print_exception=False) from error
        listing = answer["listing"] or {"entries": (), "within": {"path": ""}}
        quoted = (*answer["citations"], *answer["related"], *listing["entries"])
        cited = [item["article"] for item in quoted]
        for named in (*cited, answer["filters"], listing["within"]):
            named["file"] = named.pop("path")
        return answer

    def _sources(self) -> list[str]:
        try:
            return [name for name, _ in self._library.catalog.sources()]
        except YinjuError:  # the freshness line shows it
            return []

    def _message(self, error: YinjuError, messages: Messages) -> str:
        """Return what an error says, without telling strangers where things lie."""
        return self._service.problem(error, messages).message

    def _conversation(self, conversation: Conversation, messages: Messages) -> str:
        if not conversation.turns:
            return self._empty(conversation, messages)
        return conversation_html(
            conversation.turns,
            messages,
            ready=self._loading.ready,
            feedback=not self._read_only,
            key=conversation.key,
        )

    def _unread(self, conversation: Conversation, error: YinjuError, messages: Messages) -> str:
        """Return what stands in for a conversation whose articles cannot be read."""
        problem = self._message(error, messages)
        return self._empty(conversation, messages, messages.unread.format(problem=problem))

    def _empty(self, conversation: Conversation, messages: Messages, notice: str = "") -> str:
        return conversation_html(
            [], messages, welcome=self._welcome(), notice=notice, key=conversation.key
        )

    def _welcome(self) -> Welcome:
        try:
            articles = self._library.count
            if articles:
                is_sample = articles == SAMPLES and self._library.has(SAMPLE)
                return Welcome(articles, EXAMPLES if is_sample else None)
            has_folder = self._service.status().changes is not None
        except YinjuError:  # the freshness line shows it
            return Welcome()
        return Welcome(0, upload_limit=self._upload_limit if has_folder else 0)

    def _freshness(
        self, messages: Messages, notice: str = "", error: str = ""
    ) -> tuple[str, Update]:
        try:
            status = self._service.status()
        except YinjuError as problem:
            said = escape(self._message(problem, messages))
            message = f'<p class="yj-error" role="alert"><bdi>{said}</bdi></p>'
            return message, gr.update(visible=False)
        sync = self._service.sync.state(messages)
        is_syncing = sync.state == "running"
        if is_syncing and sync.total:
            notice = messages.progress.format(done=sync.done, total=sync.total)
        updatable = can_update(status) and not self._read_only and not is_syncing
        return (
            freshness_html(status, messages, notice, error),
            gr.update(value=messages.update, visible=updatable, interactive=True),
        )

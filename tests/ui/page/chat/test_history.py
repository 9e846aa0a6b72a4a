"""ui.page.chat.history: the frame of the list of conversations, and what opening one shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa import Library
from qa.errors import LibraryDamagedError
from tests.serving import HESHAN, library_of
from ui.model_loading import ModelLoading
from ui.page.chat import history
from ui.page.chat.chat import Chat
from ui.page.chat.history import history_button_html, history_html
from ui.page.chat.memory import told
from ui.page.chat.turns import Turn
from ui.service import Service
from ui.texts.languages import CHINESE, ENGLISH

KEY = "0123456789abcdef" * 2


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def chat(library: Library) -> Chat:
    return Chat(Service(library, ModelLoading(library)))


def kept_of(library: Library) -> str:
    turn = told(Turn(HESHAN, library.ask(HESHAN)))
    return json.dumps({"key": KEY, "turns": [turn]})


def key_of(shown: str) -> str:
    (key,) = re.findall('data-conversation="([^"]*)"', shown)
    return str(key)


def test_the_list_tells_its_bounds_and_waits_for_its_entries() -> None:
    markup = history_html(CHINESE)
    assert f'data-most="{history.CONVERSATIONS}" data-bytes="{history.BYTES}"' in markup
    assert '<ul class="yj-history-list"></ul>' in markup
    assert "对话记录最多存 100 个、4 MiB" in markup
    assert 'aria-label="对话记录"' in markup
    assert 'aria-label="Conversations"' in history_html(ENGLISH)


@pytest.mark.parametrize("messages", [CHINESE, ENGLISH])
def test_gradio_finds_no_template_in_the_list(messages: object) -> None:
    markup = history_html(messages) + history_button_html(messages)  # type: ignore[arg-type]
    assert not set("{}$`") & set(markup)
    assert 'aria-controls="yj-history"' in markup


def test_a_conversation_is_opened_under_its_key(library: Library, chat: Chat) -> None:
    conversation, shown = chat.open(kept_of(library), None)  # type: ignore[arg-type]
    assert (conversation.key, key_of(shown)) == (KEY, KEY)
    assert [turn.answer.text for turn in conversation.turns if turn.answer] == ["60个"]
    assert 'data-state="answered"' in shown


def test_nothing_kept_is_a_new_conversation(chat: Chat) -> None:
    first, shown = chat.open("", None)  # type: ignore[arg-type]
    second, _, evidence = chat.begin("", None)  # type: ignore[arg-type]
    assert first.key == key_of(shown) != second.key
    assert (first.turns, second.turns) == ((), ())
    assert "yj-unread" not in shown
    assert 'id="yj-panel"' in evidence


def test_what_makes_no_sense_is_told_and_not_written_over(chat: Chat) -> None:
    conversation, shown = chat.open(f'{{"key": "{KEY}", "turns": [3]}}', None)  # type: ignore[arg-type]
    assert conversation.key == key_of(shown) != KEY
    assert CHINESE.unopened in shown


def test_a_conversation_waits_under_its_key_for_articles_that_cannot_be_read(
    library: Library, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise LibraryDamagedError("broken", "the database cannot be read")

    kept = kept_of(library)
    with monkeypatch.context() as patched:
        patched.setattr(library, "article", broken)
        conversation, shown = chat.open(kept, None)  # type: ignore[arg-type]
        assert (conversation.turns, key_of(shown)) == ((), KEY)
        assert "yj-unread" in shown
        ((again, told_so, _),) = chat.converse("问", "", "", conversation, "", None)  # type: ignore[arg-type]
        assert again == conversation
        assert "yj-unread" in str(told_so)
    *_, (said, shown_at_last, _) = chat.converse("还有呢", "", "", conversation, "", None)  # type: ignore[arg-type]
    assert said is not None
    assert [turn.question for turn in said.turns] == [HESHAN, "还有呢"]
    assert key_of(str(shown_at_last)) == KEY


def test_what_the_server_holds_no_more_goes_on_as_the_browser_kept_it(
    library: Library, chat: Chat
) -> None:
    *_, (said, shown, _) = chat.converse("还有呢", "", "", None, kept_of(library), None)  # type: ignore[arg-type]
    assert said is not None
    assert [turn.question for turn in said.turns] == [HESHAN, "还有呢"]
    assert key_of(str(shown)) == KEY


def test_a_new_conversation_has_a_key_of_its_own(library: Library, chat: Chat) -> None:
    conversation, _ = chat.open(kept_of(library), None)  # type: ignore[arg-type]
    new, shown, box = chat.start_anew(None)  # type: ignore[arg-type]
    assert new is not None
    assert new.key == key_of(str(shown)) != conversation.key
    assert (new.turns, box) == ((), "")

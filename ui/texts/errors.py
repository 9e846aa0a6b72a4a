"""What went wrong, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa.errors import YinjuError
from qa.types import Failure
from ui.texts.messages import Messages


def sentence(said: YinjuError | Failure, messages: Messages) -> str:
    """Return what an error says in the language of ``messages``.

    It stays English where that language has no sentence for it: of a file that an older version
    could not read, there may be no code.
    """
    english = said.reason if isinstance(said, Failure) else str(said)
    return _sentence(said.code, english, said.values, messages)


def _sentence(code: str, message: str, values: Mapping[str, Any], messages: Messages) -> str:
    template = messages.errors.get(code)
    if template is None:
        return message
    told = {
        name: _sentence(**value, messages=messages) if isinstance(value, dict) else value
        for name, value in values.items()
    }
    try:
        return template.format(**told)
    except (KeyError, TypeError, ValueError):  # stored by another version, with other values
        return message

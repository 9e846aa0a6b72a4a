"""The errors a caller can meet, as one tree; ``qa.errors`` continues it.

YinjuError
├── EmbeddingError
│   ├── ModelError            a model cannot be found, loaded or used
│   └── IndexDamagedError     a stored vector index cannot be read back
└── …                         see ``qa.errors``
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

_Error = TypeVar("_Error", bound="YinjuError")
Detail = str | int | float | dict[str, "Detail"]  # the last is an error's: see as_json

_HALF = re.compile(r"[\ud800-\udfff]")  # of a surrogate pair: nothing stores it, nothing shows it


class YinjuError(Exception):
    """Base of every error that this project reports; the message says what to do.

    ``code`` names what happened, and ``values`` are what varies in it: of these others make the
    sentence in their language (``ui.texts.errors``).  The English one stands where the error is
    raised, and is its message.
    """

    code: str
    values: Mapping[str, Detail]

    def __init__(self, code: str, english: str, /, **values: object) -> None:
        """Say ``english``, with ``values`` filled in as :meth:`str.format` does.

        A value is a number, or another error that is the reason for this one; of anything else
        it is what ``str`` makes of it.
        """
        told = {
            name: value if isinstance(value, int | float | YinjuError) else _whole(str(value))
            for name, value in values.items()
        }
        super().__init__(english.format(**told))
        self.code = code
        self.values = {
            name: value.as_json() if isinstance(value, YinjuError) else value
            for name, value in told.items()
        }

    def as_json(self) -> dict[str, Detail]:
        """Return the error without its kind: what :meth:`restored` takes, as JSON."""
        return {"code": self.code, "message": str(self), "values": dict(self.values)}

    @classmethod
    def restored(
        cls: type[_Error], code: str, message: str, values: Mapping[str, Detail]
    ) -> _Error:
        """Return an error of this kind that was told elsewhere, by another process."""
        error = cls.__new__(cls, message)
        error.code, error.values = code, values
        return error

    def __reduce__(self) -> tuple[Any, ...]:
        """Have the error be pickled as what it says: the sentence was made once."""
        return type(self).restored, (self.code, str(self), self.values)


class EmbeddingError(YinjuError):
    """Base of the errors of this package."""


class ModelError(EmbeddingError):
    """A model cannot be found, loaded or used."""


class IndexDamagedError(EmbeddingError):
    """A stored vector index cannot be read back; it can be rebuilt from the vectors."""


def _whole(text: str) -> str:
    return _HALF.sub("\ufffd", text)

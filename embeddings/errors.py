"""The errors a caller can meet, as one tree; ``qa.errors`` continues it.

YinjuError
├── EmbeddingError
│   ├── ModelError            a model cannot be found, loaded or used
│   └── IndexDamagedError     a stored vector index cannot be read back
└── …                         see ``qa.errors``
"""

from __future__ import annotations


class YinjuError(Exception):
    """Base of every error that this project reports; the message says what to do."""


class EmbeddingError(YinjuError):
    """Base of the errors of this package."""


class ModelError(EmbeddingError):
    """A model cannot be found, loaded or used."""


class IndexDamagedError(EmbeddingError):
    """A stored vector index cannot be read back; it can be rebuilt from the vectors."""

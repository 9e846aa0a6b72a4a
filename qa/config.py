"""Settings: the model of a library, and where it, its articles and its indexes lie."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from embeddings import BUILTIN

ENVIRONMENT = "YINJU_LIBRARY"
STORE_ENVIRONMENT = "YINJU_STORE"
DEFAULT_LIBRARY = "library"
INDEX_ENVIRONMENT = "YINJU_INDEX"
DEFAULT_INDEX = "embedded"


class ModelSettings(BaseModel):
    """The embedding model of a library, as stored in it.

    ``model`` is ``builtin``, a folder, or a name in the local model cache.  Prompts that are None
    are those of the model's own folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = BUILTIN
    query_prompt: str | None = None
    document_prompt: str | None = None


def default_library() -> Path:
    """Return the library folder that applies when none is named."""
    return Path(os.environ.get(ENVIRONMENT) or DEFAULT_LIBRARY)


def default_store() -> str | None:
    """Return the address of the database that holds the library, None for its own folder."""
    return os.environ.get(STORE_ENVIRONMENT) or None


def default_index() -> str:
    """Return where the indexes are if nothing else is said; it may hold a password."""
    return os.environ.get(INDEX_ENVIRONMENT) or DEFAULT_INDEX

"""Articles in, cited answers out.

>>> from qa import Library
>>> with Library.open("library") as library:
...     library.sync("seeds")
...     answer = library.ask("鹤山引进了多少亿元以上项目")
"""

from typing import TYPE_CHECKING, Any

from qa.errors import YinjuError
from qa.reading.reading import Reading
from qa.types import (
    Answer,
    Article,
    Citation,
    Damage,
    Exchange,
    Filters,
    Hit,
    LibraryStatus,
    Passage,
    SavedAnswer,
    SavedQuestion,
    SyncRecord,
    SyncReport,
    VerifyReport,
)

__version__ = "0.1.0"

if TYPE_CHECKING:
    from qa.library import Library
    from qa.reading.reader import Reader

__all__ = [
    "Answer",
    "Article",
    "Citation",
    "Damage",
    "Exchange",
    "Filters",
    "Hit",
    "Library",
    "LibraryStatus",
    "Passage",
    "Reader",
    "Reading",
    "SavedAnswer",
    "SavedQuestion",
    "SyncRecord",
    "SyncReport",
    "VerifyReport",
    "YinjuError",
    "__version__",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module attribute can be
    """Import the large parts when they are asked for: ``yinju --help`` need not wait for them."""
    if name == "Library":
        from qa.library import Library

        return Library
    if name == "Reader":
        from qa.reading.reader import Reader

        return Reader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

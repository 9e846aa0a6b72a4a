"""Articles in, cited answers out.

>>> from qa import Library
>>> with Library.open("library") as library:
...     library.sync("seeds")
...     answer = library.ask("鹤山引进了多少亿元以上项目")
"""

from qa.errors import YinjuError
from qa.library import Library
from qa.reader import Reader, Reading
from qa.types import Answer, Article, Citation, Filters, Hit, LibraryStatus, Passage, SyncReport

__all__ = [
    "Answer",
    "Article",
    "Citation",
    "Filters",
    "Hit",
    "Library",
    "LibraryStatus",
    "Passage",
    "Reader",
    "Reading",
    "SyncReport",
    "YinjuError",
]

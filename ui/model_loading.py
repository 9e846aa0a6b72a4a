"""Loading the model in the background, so that the page can open at once."""

from __future__ import annotations

import threading

from qa import Library
from qa.errors import YinjuError


class ModelLoading:
    """Whether a library's models are loaded; ``error`` says why they could not be."""

    def __init__(self, library: Library) -> None:
        """Prepare to warm ``library`` up; nothing is loaded before ``start``."""
        self._library = library
        self._settled = threading.Event()
        self._settled.set()
        self.error: YinjuError | None = None

    @property
    def ready(self) -> bool:
        """Tell whether nothing is being loaded now."""
        return self._settled.is_set()

    def start(self) -> None:
        """Begin to load in a background thread."""
        self._settled.clear()
        threading.Thread(target=self._load, name="yinju-warm-up", daemon=True).start()

    def wait(self) -> None:
        """Return when nothing is being loaded any more."""
        self._settled.wait()

    def _load(self) -> None:
        try:
            self._library.warm_up()
        except YinjuError as error:
            self.error = error
        finally:
            self._settled.set()

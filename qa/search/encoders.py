"""Which encoder a library uses: the one its settings name, whichever process chose it."""

from __future__ import annotations

import threading

from embeddings import BUILTIN, Encoder, SentenceTransformerEncoder
from qa.config import ModelSettings
from qa.errors import LibraryStaleError
from qa.store.store import Store


class Encoders:
    """The encoder of a library, and the one before it, for an index that is still in force."""

    def __init__(self, store: Store, given: Encoder | None = None) -> None:
        """Take what ``store`` says of the model; ``given`` is used instead of the one it names.

        Raises:
            ModelError: if the model is not on this machine.
        """
        self._store = store
        self.given = given
        self._choosing = threading.Lock()
        self._current = self.make(self.settings)
        self._previous = self._current

    @property
    def settings(self) -> ModelSettings:
        """The embedding model that the library names."""
        stored = self._store.get_meta("model")
        return ModelSettings.model_validate_json(stored) if stored else ModelSettings()

    @property
    def current(self) -> Encoder:
        """The encoder for the stored vectors, as far as this process can have it."""
        with self._choosing:
            stored = self._store.get_meta("fingerprint")
            if stored not in (None, self._current.fingerprint):
                latest = self.make(self.settings)  # another process may have chosen it
                if latest.fingerprint == stored:
                    self._previous, self._current = self._current, latest
            return self._current

    @property
    def is_stale(self) -> bool:
        """Tell whether the stored vectors are from another model than the library's."""
        return self._store.get_meta("fingerprint") not in (None, self.current.fingerprint)

    @property
    def is_outdated(self) -> bool:
        """Tell whether they are from another built-in model: the program was brought up to date."""
        return self.given is None and self.settings.model == BUILTIN and self.is_stale

    def require(self) -> Encoder:
        """Return the encoder for the stored vectors.

        Raises:
            LibraryStaleError: if they are from another model.
        """
        if self.is_stale:
            raise LibraryStaleError(
                "vectors_of_another_model",
                "the vectors in {library} are from another embedding model; run 'yinju rebuild'",
                library=self._store.name,
            )
        return self.current

    def of(self, fingerprint: str) -> Encoder | None:
        """Return the encoder with this fingerprint, if it is the current one or the one before."""
        with self._choosing:
            known = (self._current, self._previous)
            return next((found for found in known if found.fingerprint == fingerprint), None)

    def make(self, settings: ModelSettings) -> Encoder:
        """Return an encoder for ``settings``; nothing is chosen yet.

        Raises:
            ModelError: if the model is not on this machine.
        """
        return self.given or SentenceTransformerEncoder(
            settings.model,
            query_prompt=settings.query_prompt,
            document_prompt=settings.document_prompt,
        )

    def choose(self, settings: ModelSettings, encoder: Encoder) -> None:
        """Name the model in the store, in one step, and use it from now on."""
        with self._choosing:
            with self._store.transaction():
                self._store.set_meta("model", settings.model_dump_json())
                self._store.set_meta("fingerprint", encoder.fingerprint)
            self._previous, self._current = self._current, encoder

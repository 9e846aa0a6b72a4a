"""Text to vectors: the encoder protocol and its sentence-transformers implementation."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from embeddings.direct import DirectModel
from embeddings.errors import ModelError
from embeddings.precision import best_precision
from embeddings.trunk import STEP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vectors: TypeAlias = "NDArray[np.float32]"  # a name only: importing numpy takes a tenth of a second
Progress = Callable[[int], None]  # called with the number of texts just finished

BUILTIN = "builtin"
BUILTIN_FOLDER = Path(__file__).parent / "builtin"
BATCH = 32  # texts in one forward pass
CHUNK = 2 * BATCH  # texts between two progress reports; sorted by length within all texts
_REMEMBERED = 256  # questions: they are asked again with other filters, and on the next page
_PADDED = {"text": {"pad_to_multiple_of": STEP}}
_SAMPLE = 1 << 20  # bytes read from each end of a model file for its fingerprint


class Encoder(Protocol):
    """Turns texts into unit vectors, so that an inner product is a cosine."""

    @property
    def fingerprint(self) -> str:
        """Identify model and prompts: equal fingerprints give interchangeable vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode passages; shape ``(len(texts), dimension)``, rows of length 1."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions; shape ``(len(texts), dimension)``, rows of length 1."""


class Model(Protocol):
    """What an encoder runs."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str], kind: str, batch: int) -> NDArray[np.float32]:
        """Encode texts of a kind, ``query`` or ``document``, ``batch`` in one forward pass."""


class SentenceTransformerEncoder:
    """Any sentence-transformers model that is on this machine; the built-in one without that.

    Nothing is loaded until the first text is encoded, so a library can be opened, listed and
    compared with its folder without waiting for torch.
    """

    def __init__(
        self,
        model: str = BUILTIN,
        *,
        query_prompt: str | None = None,
        document_prompt: str | None = None,
        device: str | None = None,
    ) -> None:
        """Name a model: ``builtin``, a folder, or a name in the local model cache.

        Prompts, where given, replace the ones that the model's own folder names.

        Raises:
            ModelError: if there is no such model on this machine.
        """
        self.name = model
        self.folder = find_model(model)
        self._prompts = {"query": query_prompt, "document": document_prompt}
        self._device = device
        self._model: Model | None = None
        # The fast tokenizers refuse to be used from two threads at once.
        self._lock = threading.RLock()
        self._fingerprint: str | None = None
        self._asked: OrderedDict[str, Vectors] = OrderedDict()  # the last one last

    def __reduce__(self) -> tuple[Any, ...]:
        """Let another process have one like it, which loads the model for itself."""
        prompts = {f"{kind}_prompt": prompt for kind, prompt in self._prompts.items()}
        make = partial(type(self), str(self.name), **prompts, device=self._device)
        return make, ()

    @property
    def fingerprint(self) -> str:
        """Digest of the model's files (sizes and both ends of each) and the prompts."""
        if self._fingerprint is None:
            self._fingerprint = _digest(self.folder, self._prompts)
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.load().dimension

    def load(self) -> Model:
        """Load the model now instead of at the first text.

        Raises:
            ModelError: if the folder does not hold a usable model.
        """
        with self._lock:
            if self._model is None:
                if self.folder == BUILTIN_FOLDER and self._device in {None, "cpu"}:
                    self._model = DirectModel.load(self.folder, self._prompts)
                else:
                    self._model = _Sentences(self.folder, self._prompts, self._device)
            return self._model

    def query_tokens(
        self, text: str, layers: Sequence[int]
    ) -> tuple[Vectors, list[tuple[int, int]]]:
        """Return what the built-in model's ``layers`` have of a question's tokens, and where.

        Raises:
            ModelError: if this is another model.
        """
        model = self.load()
        if not isinstance(model, DirectModel):
            raise ModelError(
                "tokens_of_another_model",
                "only the built-in model tells of its layers, and {model} is another one",
                model=self.name,
            )
        with self._lock:
            return model.tokens(text, "query", layers)

    @property
    def is_builtin(self) -> bool:
        """Tell whether this is the built-in model, with the prompts that it was taught with."""
        prompts = any(prompt is not None for prompt in self._prompts.values())
        return self.folder == BUILTIN_FOLDER and self._device in {None, "cpu"} and not prompts

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode passages, longest first, so that a batch pads little."""
        import numpy as np  # here and below: listing a library need not wait for it

        model = self.load()
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        parts: list[Vectors] = []
        for start in range(0, len(order), CHUNK):
            chunk = [texts[index] for index in order[start : start + CHUNK]]
            with self._lock:  # held for one chunk at a time, so that questions get their turn
                rows = model.encode(chunk, "document", BATCH)
            parts.append(self._as_unit_vectors(rows))
            if progress is not None:
                progress(len(chunk))
        if not parts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = np.empty((len(order), parts[0].shape[1]), dtype=np.float32)
        vectors[order] = np.concatenate(parts)
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Encode questions; the last ones asked one by one are remembered."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if len(texts) > 1:
            return self._encode_queries(texts)
        (text,) = texts
        with self._lock:
            if text not in self._asked:
                self._asked[text] = self._encode_queries(texts)
            self._asked.move_to_end(text)
            if len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
            found: Vectors = self._asked[text].copy()
            return found

    def _encode_queries(self, texts: Sequence[str]) -> Vectors:
        model = self.load()
        with self._lock:
            rows = model.encode(texts, "query", BATCH)
        return self._as_unit_vectors(rows)

    def _as_unit_vectors(self, vectors: NDArray[Any]) -> Vectors:
        import numpy as np

        found = np.ascontiguousarray(vectors, dtype=np.float32)
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not (lengths > 0).all():
            raise ModelError(
                "vectors_not_finite",
                "the model {model} gave vectors that are not finite numbers",
                model=self.name,
            )
        unit: Vectors = found / lengths
        return unit


def find_model(model: str) -> Path:
    """Return the folder of a model that is on this machine; nothing is ever downloaded.

    Raises:
        ModelError: if it is neither ``builtin`` nor a folder nor in the local model cache.
    """
    if model == BUILTIN:
        return BUILTIN_FOLDER
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder.resolve()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError) as error:
        raise ModelError(
            "model_not_found",
            "the embedding model {model!r} is neither a folder nor in the local model "
            "cache; fetch it first (hf download {model}), give a folder, or use "
            "'{builtin}'",
            model=model,
            builtin=BUILTIN,
        ) from error


def _digest(folder: Path, prompts: dict[str, str | None]) -> str:
    digest = hashlib.sha256(repr(sorted(prompts.items())).encode())
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".json", ".safetensors", ".bin", ".model", ".txt"}:
            continue
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}\n".encode())
        with path.open("rb") as file:
            digest.update(file.read(_SAMPLE))
            file.seek(max(0, size - _SAMPLE))
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()[:32]


class _Sentences:
    """A model that sentence-transformers runs."""

    def __init__(self, folder: Path, prompts: dict[str, str | None], device: str | None) -> None:
        """Load the model in ``folder``.

        Raises:
            ModelError: if there is no usable one.
        """
        os.environ["HF_HUB_OFFLINE"] = "1"  # read at import: a model is local or it is an error
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            self._model = SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                # Another type would be torch's default, for every thread, while the model loads.
                model_kwargs={"dtype": torch.float32},
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(
                "sentence_model_unusable",
                "no usable sentence-transformers model in {folder}: {said}",
                folder=folder,
                said=error,
            ) from error
        self._folder = folder
        self._model.to(best_precision().dtype if device == "cpu" else torch.bfloat16)
        for name, prompt in prompts.items():
            if prompt is not None:
                self._model.prompts[name] = prompt

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        size = self._model.get_embedding_dimension()
        if size is None:
            raise ModelError(
                "vector_length_unknown",
                "the model in {folder} does not tell its vector length",
                folder=self._folder,
            )
        return int(size)

    def encode(self, texts: Sequence[str], kind: str, batch: int) -> NDArray[np.float32]:
        """Encode texts with the prompt of their kind."""
        encode = self._model.encode_query if kind == "query" else self._model.encode_document
        found: NDArray[np.float32] = encode(
            list(texts), batch_size=batch, show_progress_bar=False, processing_kwargs=_PADDED
        )
        return found

"""Text to vectors to neighbours: knows strings, float32 arrays and integer ids, no article."""

from embeddings.encoder import BUILTIN, Encoder, Progress, SentenceTransformerEncoder, Vectors
from embeddings.errors import EmbeddingError, IndexDamagedError, ModelError, YinjuError

__all__ = [
    "BUILTIN",
    "EmbeddingError",
    "Encoder",
    "IndexDamagedError",
    "ModelError",
    "Progress",
    "SentenceTransformerEncoder",
    "Vectors",
    "YinjuError",
]

"""What is trained on top of the encoder to tell kinds of questions and mark their characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, get_args

import torch
from torch import Tensor, nn

from qa.asking.asked import Compute, Kind

LAYERS = (1, 3, 5)  # of the encoder's six: early ones know words, late ones what is asked
KINDS: tuple[Kind, ...] = get_args(Kind)
COMPUTES: tuple[Compute, ...] = get_args(Compute)
# Of a span the first character and the others; nobody asks which of two dropped words one is of.
MARKS = ("", "part", "+part", "group", "+group", "topic", "+topic", "dropped")
LONGEST = 256  # characters of a question that is looked at
_CHARACTERS = 2003  # characters share so many vectors, by the remainder
_NARROW = 128
_OF_CHARACTER = 32
_HIDDEN = 112


class Said(NamedTuple):
    """Scores: of kinds ``(n, 11)``, of computations ``(n, 16)``, of marks ``(n, length, 8)``."""

    kinds: Tensor
    computes: Tensor
    marks: Tensor


class Heads(nn.Module):
    """Reads the characters of a question forth and back, each with its token's vector."""

    def __init__(self, dimension: int, dropout: float = 0.3) -> None:
        """Make untrained heads on token vectors of ``dimension``."""
        super().__init__()
        self.narrow = nn.Linear(dimension, _NARROW)
        self.character = nn.Embedding(_CHARACTERS, _OF_CHARACTER)
        self.along = nn.GRU(_NARROW + _OF_CHARACTER, _HIDDEN, batch_first=True, bidirectional=True)
        self.marks = nn.Linear(2 * _HIDDEN, len(MARKS))
        self.kinds = nn.Linear(2 * _HIDDEN + _NARROW, len(KINDS))
        self.computes = nn.Linear(2 * _HIDDEN + _NARROW, len(COMPUTES))
        self.dropout = nn.Dropout(dropout)

    def forward(self, vectors: Tensor, characters: Tensor, lengths: Tensor) -> Said:
        """Take each character's token vector ``(n, length, dimension)`` and its number.

        ``lengths`` are those of the questions, at whose ends the rows are filled up.
        """
        inside = torch.arange(vectors.shape[1])[None, :] < lengths[:, None]
        narrow = torch.tanh(self.narrow(self.dropout(vectors)))
        given = torch.cat([narrow, self.character(characters % _CHARACTERS)], dim=2)
        packed = nn.utils.rnn.pack_padded_sequence(
            given, lengths, batch_first=True, enforce_sorted=False
        )
        read, _ = nn.utils.rnn.pad_packed_sequence(
            self.along(packed)[0], batch_first=True, total_length=vectors.shape[1]
        )
        highest = read.masked_fill(~inside[:, :, None], -1.0).max(dim=1).values
        mean = (narrow * inside[:, :, None]).sum(dim=1) / lengths[:, None]
        whole = self.dropout(torch.cat([highest, mean], dim=1))
        return Said(self.kinds(whole), self.computes(whole), self.marks(self.dropout(read)))


class Together(nn.Module):
    """Several heads that learnt apart: what they say is the mean of their log probabilities.

    Each errs elsewhere (Hansen and Salamon 1990, doi:10.1109/34.58871).
    """

    def __init__(self, members: Sequence[Heads]) -> None:
        """Take the heads, one at least."""
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, vectors: Tensor, characters: Tensor, lengths: Tensor) -> Said:
        """Return what :class:`Heads` does, as log probabilities."""
        said = [member(vectors, characters, lengths) for member in self.members]
        means = (
            torch.stack([one.log_softmax(dim=-1) for one in of]).mean(dim=0)
            for of in zip(*said, strict=True)
        )
        return Said(*means)

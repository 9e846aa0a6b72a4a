"""Passages for a query: the encoder's and the words' indexes, and their scores fused."""

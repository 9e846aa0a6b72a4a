"""Prose by an optional language model, every sentence held against its quotes."""

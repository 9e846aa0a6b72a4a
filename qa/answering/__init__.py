"""A question and its passages to an answer with citations, or to none."""

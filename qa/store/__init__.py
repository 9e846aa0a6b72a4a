"""The truth: articles, passages, vectors and files, in SQLite or PostgreSQL."""

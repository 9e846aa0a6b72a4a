"""The trained reader: question and passage in, spans with scores out."""

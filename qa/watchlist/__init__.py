"""The watchlist: questions that are asked again when the articles have changed."""

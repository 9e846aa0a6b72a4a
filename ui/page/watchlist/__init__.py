"""The watchlist on the page: the button that keeps a question, the list, the feed."""

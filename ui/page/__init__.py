"""The page: an article, a search, and what all pages share."""

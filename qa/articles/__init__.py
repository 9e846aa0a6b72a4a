"""From bytes to articles, and from articles to passages."""

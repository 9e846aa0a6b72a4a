"""Where text stands on a page, and in which order it is read."""

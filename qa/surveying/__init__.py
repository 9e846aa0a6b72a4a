"""Questions about the folder itself: its articles, what they say in the main, and of a name."""

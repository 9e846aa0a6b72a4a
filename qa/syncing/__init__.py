"""The folder into the store, and the store into the indexes."""

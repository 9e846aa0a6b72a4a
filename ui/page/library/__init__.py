"""The library's page: what is held, what is missing, adding and taking out."""

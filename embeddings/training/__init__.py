"""How the built-in encoder was made; not needed by the installed program."""

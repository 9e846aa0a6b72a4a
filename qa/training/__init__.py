"""How the built-in reader was made; not needed by the installed program."""

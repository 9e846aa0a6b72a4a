"""An answer as people and programs get it: marked, cited, compared, exported."""

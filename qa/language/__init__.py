"""Chinese as such: words, numbers, periods, names, and what a question asks for."""

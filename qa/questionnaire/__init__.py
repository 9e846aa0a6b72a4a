"""Sheets of questions: reading them, asking what they hold, and writing what is answered."""

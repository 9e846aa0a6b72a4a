"""Figures for speed and quality, one command each."""

"""Interfaces for programs: REST, OpenAI's, and the Model Context Protocol."""

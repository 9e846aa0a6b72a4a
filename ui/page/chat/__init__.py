"""The chat: asking, the conversation so far, and the evidence beside it."""

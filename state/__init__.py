"""The pure core: messages in, effects out."""

"""What a person types: one file a command; ``app.py`` is the registry."""

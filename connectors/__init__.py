"""Outside bytes to messages and back, one file per outside system."""

"""The official close of a day: figures frozen by a person, held against flash and against now."""

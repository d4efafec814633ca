"""The log, and the days that can be played into it."""

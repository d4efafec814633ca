"""Shows what the monitor found: screens that read the store and compute nothing but formats."""

"""One market: its days and forward book, prices, volumes, positions, value."""

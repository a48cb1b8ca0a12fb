"""The terminal's own book, and what it owes the centre."""

"""Whole cases at the counter: what is asked of whoever works there, and what becomes of the replies."""

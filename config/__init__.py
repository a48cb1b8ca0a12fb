"""What this terminal is set to, and where each value came from."""

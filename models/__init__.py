"""Networks, and what their numbers mean."""

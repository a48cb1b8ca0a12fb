"""Near-infrared cameras that look at an eye, and eyes that are drawn."""

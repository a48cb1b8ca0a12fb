"""The parts of the counter window; each draws a snapshot and holds no state of the case."""

"""Runs any driver in a process of its own, so that a maker's library that hangs or crashes stays alone."""

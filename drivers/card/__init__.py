"""Readers of identity documents, and the simulated reader."""

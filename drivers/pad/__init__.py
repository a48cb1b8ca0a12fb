"""Signature pads that stream packets of pen positions, and a simulated one."""

"""Hostile bytes for the parsers that read a device: quickly in `make test`, by the million in `make fuzz`."""

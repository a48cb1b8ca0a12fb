"""Simulated devices seen from the other end of the wire: what all of them share."""

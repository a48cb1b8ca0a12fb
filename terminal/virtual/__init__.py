"""A branch without hardware: simulated devices that speak the real protocols, and invented people."""

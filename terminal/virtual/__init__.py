"""A branch without hardware: simulated devices that speak the real protocols, and people who are not there."""

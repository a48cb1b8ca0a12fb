"""E-passports and travel permits: the printed zone, the chip it opens, and what proves the chip genuine."""

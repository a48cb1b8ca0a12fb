"""Bank cards: number and expiry from chip or stripe, nothing else; and simulated cards and readers."""

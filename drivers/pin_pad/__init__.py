"""PIN pads: the PIN reaches this program only encrypted, under a key that it does not have."""

"""Devices behind a MOSIP Secure Biometric Interface: face, finger and iris of any certified make."""

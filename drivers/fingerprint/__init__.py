"""Fingerprint sensors: modules of the EF01 family for customers, fprintd for staff, and their simulators."""

"""Fingerprints: a picture in, minutiae out; two templates in, a score out. Templates live in memory only."""

"""Checks that others make for a case: the online check, and what else the centre knows.

Each result is a value of its own, with its own time, and is never merged with another (A05, F16).
"""

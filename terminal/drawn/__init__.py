"""Invented documents, drawn, and seen by a camera over a counter: to measure and to test reading with.

Nothing here copies a real document: the designs are our own, every one says that it is a specimen, and
numbers are invented.
"""

"""Cameras: OpenCV sources, and a virtual customer who can be put in front of the terminal."""

"""Faces: find them, judge the picture, line them up, turn them into templates, tell live from printed."""

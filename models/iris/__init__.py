"""Iris: boundaries, quality, code and comparison of near-infrared eye pictures (after Daugman 1993, 2004)."""

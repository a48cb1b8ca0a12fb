"""Measures the networks on pictures whose truth is known, in the terms of ISO/IEC 19795-1 and 30107-3."""

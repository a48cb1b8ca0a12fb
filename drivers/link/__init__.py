"""Byte pipes between a driver and its device: the serial port, and a scripted one for protocol tests."""

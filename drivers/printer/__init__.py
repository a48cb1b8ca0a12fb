"""Receipt printers, and a simulated one."""

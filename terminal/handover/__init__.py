"""A half-done case goes on at another terminal, with nothing entered again (J07)."""

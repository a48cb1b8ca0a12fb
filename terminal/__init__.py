"""The program: cases, policy, device supervision, composition and the command line."""

__version__ = "0.1.0"

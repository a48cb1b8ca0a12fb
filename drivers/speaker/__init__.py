"""Loudspeakers for spoken prompts; one that writes files, for tests and demonstration."""

"""Text in pictures: lines of machine-readable zones."""

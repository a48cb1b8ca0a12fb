"""The reference centre a terminal syncs with: one door, SQLite or PostgreSQL, nothing in memory."""

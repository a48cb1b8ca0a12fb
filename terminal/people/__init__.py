"""Staff: who they are, what they may do where and when, how they prove it, and who answers for what."""

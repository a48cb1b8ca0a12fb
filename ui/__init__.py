"""Qt: draws cases and forwards intents; it decides nothing."""

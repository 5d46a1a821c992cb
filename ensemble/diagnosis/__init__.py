"""Studies of whether an ensemble is worth building, and why (not)."""

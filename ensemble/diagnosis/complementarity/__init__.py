"""What an ensemble of these systems could gain, and from whom."""

"""Last step: from a probability for each candidate to one output."""

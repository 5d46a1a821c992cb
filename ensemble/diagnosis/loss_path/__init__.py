"""The loss on the straight line between two sets of weights."""

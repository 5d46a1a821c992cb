"""The loss on the straight line between two sets of weights (Goodfellow et al. 2015)."""

"""The neural combiner: the vote, and what labels teach to change in it."""

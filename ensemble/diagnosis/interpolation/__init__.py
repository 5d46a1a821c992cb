"""Loss along straight lines between parameters of networks."""

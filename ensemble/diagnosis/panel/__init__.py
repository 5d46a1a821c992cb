"""Whether a panel of models is worth its cost."""

"""A judge against people: whether its scores can stand in for labels, and how to correct them."""

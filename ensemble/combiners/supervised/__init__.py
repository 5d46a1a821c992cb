"""Combiners that learn from labels alone, as others have published them."""

"""Combiners: how probable each candidate is, from the votes."""

"""Measured, not claimed: one script a table. `make bench` runs them all."""

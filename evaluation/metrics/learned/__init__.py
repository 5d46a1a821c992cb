"""Metrics trained on ratings by people."""

"""Correlation, significance tests, confidence intervals, rater agreement and system ranking."""

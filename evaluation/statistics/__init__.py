"""Correlation, significance, intervals, agreement of raters, ranking of systems."""

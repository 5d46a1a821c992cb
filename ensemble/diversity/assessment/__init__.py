"""Experiments with a trained member, compared with baselines."""

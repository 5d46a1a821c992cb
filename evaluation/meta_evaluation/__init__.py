"""Metrics against people: how far each agrees with human judgements."""

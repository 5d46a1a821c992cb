"""Validates metrics without human judgements, on texts with ever more gold edits applied."""

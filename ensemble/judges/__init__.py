"""Judges that are asked for scores of outputs, where these can change the outcome."""

"""Encoders and language models used by metrics and studies."""

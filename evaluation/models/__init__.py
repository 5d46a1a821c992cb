"""Encoders and language models that metrics and studies ask."""

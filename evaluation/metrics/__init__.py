"""Automatic metrics behind one interface."""

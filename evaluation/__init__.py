"""Metrics and their meta-evaluation; imports neither `ensemble` nor `service`."""

from importlib.metadata import version

VERSION = version("consort")
"""The version of the package; every signature has it, as another version may give other figures."""

"""The lowest floor: how good is a text, and how good is the thing that says so."""

from importlib.metadata import version

VERSION = version("consort")
"""The package's: every signature carries it, for another version may give other figures."""

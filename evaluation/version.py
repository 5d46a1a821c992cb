"""The version of the package."""

from importlib.metadata import version

VERSION = version("consort")
"""The version of the package; every signature has it, as another version may give other figures."""

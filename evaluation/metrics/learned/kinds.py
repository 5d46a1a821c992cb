"""How a rating can be learnt."""

from typing import Literal

Kind = Literal["regression", "classification"]
"""Learnt as numbers, or as whether they are above 0."""

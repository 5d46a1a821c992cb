"""Checks for what people write themselves: each raises AssertionError where a law is broken."""

from ensemble.testing.rewards import check_reward
from ensemble.testing.systems import SYSTEM_CHECKS, check_system

__all__ = ["SYSTEM_CHECKS", "check_reward", "check_system"]

"""Checks for what people write themselves: each raises AssertionError where a law is broken."""

from ensemble.testing.combiners import COMBINER_CHECKS, check_combiner
from ensemble.testing.judges import JUDGE_CHECKS, check_judge
from ensemble.testing.rewards import check_reward
from ensemble.testing.systems import SYSTEM_CHECKS, check_system

__all__ = [
    "COMBINER_CHECKS",
    "JUDGE_CHECKS",
    "SYSTEM_CHECKS",
    "check_combiner",
    "check_judge",
    "check_reward",
    "check_system",
]

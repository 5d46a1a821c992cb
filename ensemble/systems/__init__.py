"""Black-box systems: what they are, and how several are asked at once."""

from ensemble.systems.ask import Answer, ask, check_answer, check_source
from ensemble.systems.base import Health, Name, System, SystemConfig, SystemFailure
from ensemble.systems.command import CommandConfig, CommandSystem
from ensemble.systems.pipeline import PipelineConfig
from ensemble.systems.python_function import CallableConfig, CallableSystem

__all__ = [
    "Answer",
    "CallableConfig",
    "CallableSystem",
    "CommandConfig",
    "CommandSystem",
    "Health",
    "Name",
    "PipelineConfig",
    "System",
    "SystemConfig",
    "SystemFailure",
    "ask",
    "check_answer",
    "check_source",
]

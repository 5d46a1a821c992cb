"""Admission: what work costs, estimated before it begins, and the gate that admits it.

Work is estimated in *units*. A unit takes about a microsecond of one processor core, as does an
ordinary character of a text that is corrected: so limits in characters, like `queue_characters`,
are limits on work, and a text whose characters cost more counts as more characters. `python -m
benchmarks.costs` compares the estimates with measured times; none may be off by a factor of 3.
"""

from service.core.admission.gate import Busy, Gate, WorkGates
from service.core.admission.work import INLINE, LONG, MOST_OFF, SECOND, check_work

__all__ = ["INLINE", "LONG", "MOST_OFF", "SECOND", "Busy", "Gate", "WorkGates", "check_work"]

"""The cores of processors that this process may use."""

import os

from evaluation.errors import ConfigError

_LIMIT = "LOKY_MAX_CPU_COUNT"


def cores() -> int:
    """Return how many cores this process may use, at least one.

    They are limited by its affinity, by the quota of its container (rounded up), and by the
    environment variable `LOKY_MAX_CPU_COUNT`.

    Raises:
        ConfigError: the variable is not a whole number.
    """
    from joblib import cpu_count  # here, as it takes a tenth of a second

    try:
        return int(cpu_count())
    except ValueError:
        message = f"{_LIMIT}: {os.environ.get(_LIMIT)!r} is not a whole number of cores"
        raise ConfigError(message) from None

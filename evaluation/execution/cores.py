"""The cores of processors that this process may use."""


def cores() -> int:
    """Return how many cores this process may use, at least one.

    They are limited by its affinity, by the quota of its container (rounded up), and by the
    environment variable `LOKY_MAX_CPU_COUNT`.
    """
    from joblib import cpu_count  # here, as it takes a tenth of a second

    return int(cpu_count())

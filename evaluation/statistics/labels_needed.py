"""The number of human labels that an interval of a wanted width needs."""

from math import ceil

from scipy.stats import norm

from evaluation.errors import InputError


def labels_needed(
    variance: float,
    correlation: float,
    items: int,
    half_width: float,
    level: float = 0.95,
) -> int | None:
    """Return the labels needed for a mean known to plus or minus `half_width`; `None` if too many.

    With n labels among `items` judged items, the variance of the prediction-powered mean is
    `variance` times `(1 - r**2) / n + r**2 / items` (the regression estimator of double sampling,
    Cochran 1977, 12.6). `None` is returned where more labels than items would be needed.

    Args:
        variance: the variance of the labels.
        correlation: r, of labels and scores of the judge; 0 is labels alone.
        items: the number of items that the judge scored.
        half_width: half the width of the wanted interval.
        level: the confidence level.

    Raises:
        InputError: `half_width` is not above 0, or `correlation` is not from -1 to 1.
    """
    if not half_width > 0:
        raise InputError("out-of-range", f"half width {half_width}; it is above 0")
    if not -1 <= correlation <= 1:
        raise InputError("out-of-range", f"correlation {correlation}; it is from -1 to 1")
    wanted = (half_width / float(norm.ppf((1 + level) / 2))) ** 2
    explained = correlation**2 * variance
    left = wanted - explained / items
    if left <= 0:
        return None
    # The tolerance keeps rounding error from adding a label.
    needed = max(1, ceil((variance - explained) / left - 1e-9))
    return needed if needed <= items else None

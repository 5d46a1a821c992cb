"""Simulated ratings, and strategies for random ones, shared by the tests of raters."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

NAN = np.nan


def simulated(generator, items, raters, each, offset=0.0, groups=None):
    """True values of items, and ratings by `each` of the raters: residuals have variance 1.

    Offsets have the standard deviation `offset`. Items of one of the `groups` share raters.
    """
    truth = generator.normal(size=items)
    groups = np.arange(items) if groups is None else groups
    order = np.argsort(generator.random((groups.max() + 1, raters)), axis=1)[groups, :each]
    rows, columns = order.ravel(), np.repeat(np.arange(items), each)
    ratings = np.full((raters, items), NAN)
    noise = generator.normal(size=len(rows))
    ratings[rows, columns] = truth[columns] + offset * generator.normal(size=raters)[rows] + noise
    return truth, ratings


RATINGS = st.tuples(st.integers(1, 5), st.integers(1, 8)).flatmap(
    lambda shape: arrays.arrays(
        float, shape, elements=st.one_of(st.integers(-4, 4).map(float), st.just(NAN))
    )
)
"""Ratings by up to five raters of up to eight items, any of them missing."""

"""Ratings as a list of those given, and the offset of each rater by least squares."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, cg

from evaluation.types import Array, Integers

_MOST_STEPS = 2000
_PRECISION = 1e-10
_ROUNDING = 1e-13


class GivenRatings(NamedTuple):
    """The ratings that are not missing, n of them: each with the numbers of its item and rater.

    `values`, `items` and `raters` have the shape (n,). Every item and every rater has a rating;
    both are numbered from 0.
    """

    values: Array
    items: Integers
    raters: Integers

    @property
    def per_item(self) -> Integers:
        """The number of ratings of each item, shape (items,)."""
        return np.bincount(self.items)

    @property
    def per_rater(self) -> Integers:
        """The number of ratings by each rater, shape (raters,)."""
        return np.bincount(self.raters)

    def item_means(self, values: Array) -> Array:
        """Return the mean of `values`, shape (n,), over the ratings of each item."""
        return np.asarray(np.bincount(self.items, values) / self.per_item)

    def rater_means(self, values: Array) -> Array:
        """Return the mean of `values`, shape (n,), over the ratings by each rater."""
        return np.asarray(np.bincount(self.raters, values) / self.per_rater)

    @property
    def components(self) -> Integers:
        """The component of each item, shape (items,), numbered from 0.

        Two items are in one component if a chain of items, of which each rater rated two
        neighbours, leads from one to the other: only then can they be compared without assuming
        anything of the raters.
        """
        n_items = len(self.per_item)
        size = n_items + len(self.per_rater)
        edges = self.items, self.raters + n_items
        graph = coo_array((np.ones(len(self.items)), edges), shape=(size, size))
        return np.asarray(connected_components(graph, directed=False)[1][:n_items])

    @property
    def n_components(self) -> int:
        """The number of components."""
        return int(self.components.max()) + 1

    def within(self, groups: Integers) -> "GivenRatings":
        """Return the ratings with a rater of items of several groups, shape (items,), as several.

        Groups are numbered from 0.
        """
        return self._replace(raters=numbered(self.raters * len(self.items) + groups[self.items]))

    def offsets(self, values: Array) -> Array:
        """Return each rater's offset from the others on the same items, shape (raters,).

        The least-squares fit of `values`, shape (n,), to item + rater, with mean 0 or nearly so in
        each component: items are eliminated, and the raters' equations solved by conjugate
        gradients, in time linear in the ratings for each step.
        """
        per_item, per_rater = self.per_item, self.per_rater
        scale = 1 / np.sqrt(per_rater)
        scaled: csr_array = (
            diags_array(1 / np.sqrt(per_item)) @ self._incidence() @ diags_array(scale)
        ).tocsr()
        across: csr_array = scaled.T.tocsr()
        deviations = values - self.item_means(values)[self.items]
        wanted = np.bincount(self.raters, deviations) * scale
        # Beside the values, offsets this small are rounding error.
        nothing = _ROUNDING * float(np.linalg.norm(values))
        if np.linalg.norm(wanted) <= nothing:
            return np.zeros(len(scale))
        shape = len(scale), len(scale)
        equations = LinearOperator(shape, matvec=lambda x: x - across @ (scaled @ x), dtype=float)
        limits = {"rtol": _PRECISION, "atol": nothing, "maxiter": _MOST_STEPS}
        solution, _ = cg(equations, wanted, **limits)
        return np.asarray(solution * scale)

    def _incidence(self) -> csr_array:
        shape = len(self.per_item), len(self.per_rater)
        return csr_array((np.ones(len(self.items)), (self.items, self.raters)), shape=shape)


def given_ratings(ratings: ArrayLike) -> GivenRatings:
    """Return the ratings of an array of the shape (raters, items), with NaN for a missing one."""
    values = np.asarray(ratings, dtype=np.float64)
    raters, items = np.nonzero(~np.isnan(values))
    return GivenRatings(values[raters, items], numbered(items), numbered(raters))


def numbered(labels: Integers) -> Integers:
    """Return labels as numbers from 0 without gaps, in their order."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
